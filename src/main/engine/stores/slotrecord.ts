import type { SlotId } from '../contracts/ids.ts';
import { Mutex } from '../lib/mutex.ts';
import type { SlotState } from './slotstate.ts';

/** What everybody who has a slot open shares: which of its blocks are durable, and whose turn it is to change that. */
export interface SlotRecord {
  readonly turn: Mutex;
  /** Undefined while it was not read, or while there is none. */
  state: SlotState | undefined;
  /** Its files are gone; who asks again gets a new record. */
  isRemoved: boolean;
  users: number;
}

/** The records of the slots that somebody uses; a slot has one at a time. */
export class SlotRecords {
  readonly #recordsBySlot = new Map<SlotId, SlotRecord>();

  /** Does `work` when it is the caller's turn with the slot. */
  async run<T>(slotId: SlotId, work: (record: SlotRecord) => Promise<T>): Promise<T> {
    const record = this.#hold(slotId);
    try {
      return await record.turn.run(async () => {
        if (record.isRemoved) return this.run(slotId, work);
        return work(record);
      });
    } finally {
      this.release(slotId, record);
    }
  }

  /** For a longer use of a record that one has at the moment. To be released. */
  keep(record: SlotRecord): void {
    record.users++;
  }

  release(slotId: SlotId, record: SlotRecord): void {
    record.users--;
    if (record.users === 0) this.#forget(slotId, record);
  }

  /** To be called once the slot's files are gone. */
  removed(slotId: SlotId, record: SlotRecord): void {
    record.isRemoved = true;
    this.#forget(slotId, record);
  }

  #hold(slotId: SlotId): SlotRecord {
    const record = this.#recordsBySlot.get(slotId) ?? {
      turn: new Mutex(),
      state: undefined,
      isRemoved: false,
      users: 0,
    };
    record.users++;
    this.#recordsBySlot.set(slotId, record);
    return record;
  }

  #forget(slotId: SlotId, record: SlotRecord): void {
    if (this.#recordsBySlot.get(slotId) === record) this.#recordsBySlot.delete(slotId);
  }
}
