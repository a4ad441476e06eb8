import type { Challenge, SlotId } from '../../src/main/engine/contracts/ids.ts';
import type { Groth16Proof } from '../../src/main/engine/contracts/proofs.ts';
import { untilAborted } from '../../src/main/engine/lib/abort.ts';
import type { HostedSlot, Progress, SlotHost } from '../../src/main/engine/slots/slothost.ts';
import { someProof } from './fakemarket.ts';

/**
 * Holds slots in memory: `chunks` per slot, each durable and booked before the next. Data goes missing, comes slowly or
 * fails as a test wishes.
 */
export class FakeSlotHost implements SlotHost {
  readonly stored = new Map<SlotId, bigint>();
  readonly proven: { slotId: SlotId; challenge: Challenge }[] = [];
  readonly cleared: SlotId[] = [];
  chunks = 4n;
  /** Downloads wait here, once before each chunk. */
  beforeChunk: (slot: HostedSlot, doneBytes: bigint) => Promise<void> = async () => {};
  /** Proofs wait here. */
  beforeProof: (slot: HostedSlot) => Promise<void> = async () => {};
  /** Bytes that are sent above the slot's size. */
  surplus = 0n;

  async store(
    slot: HostedSlot,
    options: {
      book: (durableBytes: bigint) => Promise<void>;
      onProgress?: (progress: Progress) => void;
      signal: AbortSignal;
    },
  ): Promise<void> {
    const { slotId, request } = slot;
    const totalBytes = request.ask.slotSize + this.surplus;
    const chunk = request.ask.slotSize / this.chunks;
    for (let done = this.stored.get(slotId) ?? 0n; done < totalBytes; done = this.stored.get(slotId) ?? 0n) {
      await untilAborted(this.beforeChunk(slot, done), options.signal);
      const durable = chunk < totalBytes - done ? chunk : totalBytes - done;
      this.stored.set(slotId, done + durable);
      await options.book(durable);
      options.onProgress?.({ doneBytes: done + durable, totalBytes });
    }
  }

  async prove(
    slot: HostedSlot,
    challenge: Challenge,
    { signal }: { signal: AbortSignal },
  ): Promise<Groth16Proof> {
    await untilAborted(this.beforeProof(slot), signal);
    if ((this.stored.get(slot.slotId) ?? 0n) < slot.request.ask.slotSize)
      throw new Error('The data of the slot is missing');
    this.proven.push({ slotId: slot.slotId, challenge });
    return someProof;
  }

  async clear(slotId: SlotId): Promise<void> {
    this.stored.delete(slotId);
    this.cleared.push(slotId);
  }

  async storedBytes(slotId: SlotId): Promise<bigint> {
    return this.stored.get(slotId) ?? 0n;
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
