import type { Challenge, SlotId } from '../../src/main/engine/contracts/ids.ts';
import type { Groth16Proof } from '../../src/main/engine/contracts/proofs.ts';
import { Emitter } from '../../src/main/engine/lib/emitter.ts';
import { throwIfAborted, untilAborted } from '../../src/main/engine/lib/abort.ts';
import { dataMissing } from '../../src/main/engine/slots/errors.ts';
import type { HostedSlot, SlotHost, StoreOptions } from '../../src/main/engine/slots/slothost.ts';
import { someProof } from './fakemarket.ts';

/**
 * Holds slots in memory: `chunks` per slot, each charged and then written before the next. What it holds of a slot is
 * its beginning; what is harmed is the end of that. Data goes missing, comes slowly or fails as a test wishes.
 */
export class FakeSlotHost implements SlotHost {
  readonly onMissing = new Emitter<SlotId>();
  /** Bytes that the state of a slot speaks of, from its beginning on. */
  readonly stored = new Map<SlotId, bigint>();
  /** How many of them, at the end, nobody has found yet to be harmed. */
  readonly #harmed = new Map<SlotId, bigint>();
  readonly proven: { slotId: SlotId; challenge: Challenge }[] = [];
  readonly verified: SlotId[] = [];
  readonly cleared: SlotId[] = [];
  chunks = 4n;
  /** Downloads wait here, once before each chunk is charged. */
  beforeChunk: (slot: HostedSlot, doneBytes: bigint) => Promise<void> = async () => {};
  /** Here too, once between a chunk's charge and its writing: where a full disk shows. */
  beforeWrite: (slot: HostedSlot, doneBytes: bigint) => Promise<void> = async () => {};
  /** Proofs wait here. */
  beforeProof: (slot: HostedSlot) => Promise<void> = async () => {};
  /** Verifications wait here. */
  beforeVerify: (slot: HostedSlot) => Promise<void> = async () => {};
  /** Bytes that are sent above the slot's size. */
  surplus = 0n;

  /** Harms what is stored of a slot: all of it, or its last bytes. It shows when the slot is verified or proven. */
  damage(slotId: SlotId, bytes?: bigint): void {
    const stored = this.stored.get(slotId) ?? 0n;
    this.#harmed.set(slotId, bytes === undefined || bytes > stored ? stored : bytes);
  }

  async store(slot: HostedSlot, { charge, onProgress, signal }: StoreOptions): Promise<void> {
    const { slotId, request } = slot;
    const totalBytes = request.ask.slotSize + this.surplus;
    const chunk = request.ask.slotSize > this.chunks ? request.ask.slotSize / this.chunks : 1n;
    const done = () => this.stored.get(slotId) ?? 0n;
    throwIfAborted(signal);
    onProgress?.({ doneBytes: done(), totalBytes });
    while (done() < totalBytes) {
      await untilAborted(this.beforeChunk(slot, done()), signal);
      const bytes = chunk < totalBytes - done() ? chunk : totalBytes - done();
      await charge(bytes);
      await this.beforeWrite(slot, done());
      this.stored.set(slotId, done() + bytes);
      onProgress?.({ doneBytes: done(), totalBytes });
    }
  }

  /** A challenge looks at one place of the slot: that of its number, by the slot's size. */
  async prove(
    slot: HostedSlot,
    challenge: Challenge,
    { signal }: { signal: AbortSignal },
  ): Promise<Groth16Proof> {
    const { slotId, request } = slot;
    await untilAborted(this.beforeProof(slot), signal);
    const place = BigInt(challenge) % request.ask.slotSize;
    const stored = this.stored.get(slotId) ?? 0n;
    if (place >= stored - (this.#harmed.get(slotId) ?? 0n)) {
      if (place < stored) this.#strikeOut(slotId);
      throw dataMissing(slotId, [Number((place * this.chunks) / request.ask.slotSize)]);
    }
    this.proven.push({ slotId, challenge });
    return someProof;
  }

  async verify(slot: HostedSlot, { signal }: { signal: AbortSignal }): Promise<{ missingBytes: bigint }> {
    await untilAborted(this.beforeVerify(slot), signal);
    this.#strikeOut(slot.slotId);
    this.verified.push(slot.slotId);
    const missingBytes = slot.request.ask.slotSize - (this.stored.get(slot.slotId) ?? 0n);
    return { missingBytes: missingBytes > 0n ? missingBytes : 0n };
  }

  async clear(slotId: SlotId): Promise<void> {
    this.stored.delete(slotId);
    this.#harmed.delete(slotId);
    this.cleared.push(slotId);
  }

  async storedBytes(slotId: SlotId): Promise<bigint> {
    return this.stored.get(slotId) ?? 0n;
  }

  async sweep(keep: ReadonlySet<SlotId>): Promise<SlotId[]> {
    const swept = [...this.stored.keys()].filter((slotId) => !keep.has(slotId)).sort();
    for (const slotId of swept) await this.clear(slotId);
    return swept;
  }

  #strikeOut(slotId: SlotId): void {
    const left = (this.stored.get(slotId) ?? 0n) - (this.#harmed.get(slotId) ?? 0n);
    if (this.stored.has(slotId)) this.stored.set(slotId, left > 0n ? left : 0n);
    this.#harmed.delete(slotId);
  }
}

/** Something that waits until it is opened. */
export class Gate {
  #open = () => {};
  readonly #opened: Promise<void>;
  #reached = () => {};
  /** Resolves when somebody waits. */
  readonly reached: Promise<void>;

  constructor() {
    this.#opened = new Promise((resolve) => (this.#open = resolve));
    this.reached = new Promise((resolve) => (this.#reached = resolve));
  }

  pass(): Promise<void> {
    this.#reached();
    return this.#opened;
  }

  open(): void {
    this.#open();
  }
}
