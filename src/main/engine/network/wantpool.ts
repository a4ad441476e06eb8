import { untilAborted } from '../lib/abort.ts';
import { deferred } from './deferred.ts';

/**
 * The leaves one download still needs, from which its peers take turns. What a peer could not deliver comes back for the
 * others. The wanted indices are read from their source only as they are needed.
 */
export class WantPool<Peer> {
  readonly #source: Iterator<number>;
  readonly #returned = new Set<number>();
  readonly #lackingByPeer = new Map<Peer, Set<number>>();
  #ahead: number | undefined;
  #outstanding = 0;
  #changed = deferred<void>();

  constructor(wanted: Iterable<number>) {
    this.#source = wanted[Symbol.iterator]();
  }

  /** Whether leaves are wanted that nobody has been asked for, or that came back. */
  get isEmpty(): boolean {
    if (this.#returned.size > 0) return false;
    this.#ahead ??= this.#readSource();
    return this.#ahead === undefined;
  }

  /** Whether all wanted leaves were delivered. */
  get isDone(): boolean {
    return this.#outstanding === 0 && this.isEmpty;
  }

  /** Up to `count` leaves to ask this peer for. None when there will be nothing more for it. Waits while others may fail. */
  async take(peer: Peer, count: number, { signal }: { signal: AbortSignal }): Promise<number[]> {
    for (;;) {
      const batch = this.#pick(peer, count);
      this.#outstanding += batch.length;
      if (batch.length > 0 || this.#outstanding === 0) return batch;
      await untilAborted(this.#changed.promise, signal);
    }
  }

  delivered(): void {
    this.#outstanding--;
    if (this.#outstanding === 0) this.#announce();
  }

  /** Puts leaves back that a peer was asked for in vain; `lacks` when it said that it does not have them. */
  giveBack(indices: Iterable<number>, peer: Peer, { lacks }: { lacks: boolean }): void {
    for (const index of indices) {
      this.#outstanding--;
      this.#returned.add(index);
      if (lacks) this.#lacking(peer).add(index);
    }
    this.#announce();
  }

  /** For an error's text: how many came back, and the first of them. */
  get missing(): { count: number; first: number | undefined } {
    const [first] = this.#returned;
    return { count: this.#returned.size, first: first ?? this.#ahead };
  }

  #pick(peer: Peer, count: number): number[] {
    const batch: number[] = [];
    const lacking = this.#lacking(peer);
    for (const index of this.#returned) {
      if (batch.length === count) break;
      if (!lacking.has(index)) batch.push(index);
    }
    for (const index of batch) this.#returned.delete(index);
    while (batch.length < count) {
      const index = this.#ahead ?? this.#readSource();
      this.#ahead = undefined;
      if (index === undefined) break;
      batch.push(index);
    }
    return batch;
  }

  #readSource(): number | undefined {
    const { value, done } = this.#source.next();
    return done ? undefined : value;
  }

  #lacking(peer: Peer): Set<number> {
    const known = this.#lackingByPeer.get(peer);
    if (known) return known;
    const lacking = new Set<number>();
    this.#lackingByPeer.set(peer, lacking);
    return lacking;
  }

  #announce(): void {
    this.#changed.resolve();
    this.#changed = deferred();
  }
}
