import type { Clock } from '../clock/clock.ts';
import type { RequestId } from '../contracts/ids.ts';
import type { StorageRequested } from '../market/market.ts';

/**
 * What the market told of the requests that can still be filled: so that each is told once, and no slot that another has
 * comes back when the past is read again. Kept until a request's expiry has passed; of very many the newest.
 */
export class OpenRequests {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #limit: number;
  readonly #known = new Map<RequestId, Known>();
  #prunedAt = 0;

  constructor({ clock }: { clock: Pick<Clock, 'now'> }, { limit = 10_000 }: { limit?: number } = {}) {
    this.#clock = clock;
    this.#limit = limit;
  }

  get size(): number {
    return this.#known.size;
  }

  /** When the oldest that is still open was heard of. Unix seconds. */
  get oldest(): number | undefined {
    for (const { isOver, expiresAt, heardAt } of this.#known.values()) {
      if (!isOver && expiresAt >= this.#clock.now()) return heardAt;
    }
    return undefined;
  }

  /** False when it is known already. */
  add({ requestId, expiresAt }: StorageRequested, heardAt: number): boolean {
    if (this.#known.has(requestId)) return false;
    this.#prune();
    this.#known.set(requestId, { expiresAt, heardAt, taken: new Set(), isOver: false });
    return true;
  }

  /** All its slots are taken, or nothing can be sold to it any more. */
  close(requestId: RequestId): void {
    const known = this.#known.get(requestId);
    if (!known) return;
    known.isOver = true;
    known.taken.clear();
  }

  /** It is not over after all. */
  reopen(requestId: RequestId): void {
    const known = this.#known.get(requestId);
    if (known) known.isOver = false;
  }

  /** There is no such request; should it be told again, it is a new one. */
  forget(requestId: RequestId): void {
    this.#known.delete(requestId);
  }

  setTaken(requestId: RequestId, slotIndex: number, isTaken: boolean): void {
    const known = this.#known.get(requestId);
    if (isTaken && !known?.isOver) known?.taken.add(slotIndex);
    else known?.taken.delete(slotIndex);
  }

  /** The slots that others have; undefined when none of them is for sale. */
  takenSlots(requestId: RequestId): ReadonlySet<number> | undefined {
    const known = this.#known.get(requestId);
    return known?.isOver ? undefined : (known?.taken ?? new Set());
  }

  clear(): void {
    this.#known.clear();
  }

  #prune(): void {
    const now = this.#clock.now();
    if (now >= this.#prunedAt + PRUNE_SECONDS) {
      this.#prunedAt = now;
      for (const [requestId, { expiresAt }] of this.#known) {
        if (expiresAt < now) this.#known.delete(requestId);
      }
    }
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size >= this.#limit) this.#known.delete(oldest);
  }
}

interface Known {
  readonly expiresAt: number;
  readonly heardAt: number;
  readonly taken: Set<number>;
  isOver: boolean;
}

const PRUNE_SECONDS = 60;
