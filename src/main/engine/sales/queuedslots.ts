import type { RequestId, SlotId } from '../contracts/ids.ts';
import { SortedList } from '../lib/sorted-list.ts';
import { compareItems, type SlotQueueItem } from './slotqueueitem.ts';

export interface QueueEntry {
  readonly item: SlotQueueItem;
  /** Why it was put back; it is looked at again when an offer is loosened. */
  readonly waitingFor?: string;
}

/**
 * The items of the queue in the order in which they are taken: first those that were not looked at since the ledger last
 * loosened, then those that were looked at in vain; each kind best first. Never more than `capacity`.
 */
export class QueuedSlots {
  readonly #capacity: number;
  readonly #ready = new SortedList<SlotId, SlotQueueItem>({ compare: compareItems, keyOf: slotIdOfItem });
  readonly #waiting = new SortedList<SlotId, SlotQueueItem>({ compare: compareItems, keyOf: slotIdOfItem });
  readonly #waitingFor = new Map<SlotId, { reason: string; generation: number }>();
  readonly #slotsByRequest = new Map<RequestId, Set<SlotId>>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#ready.length + this.#waiting.length;
  }

  /** The best that was not looked at. */
  get best(): SlotQueueItem | undefined {
    return this.#ready.at(0);
  }

  has(slotId: SlotId): boolean {
    return this.#ready.has(slotId) || this.#waiting.has(slotId);
  }

  entries(): QueueEntry[] {
    const reason = ({ slotId }: SlotQueueItem) => this.#waitingFor.get(slotId)?.reason ?? '';
    return [
      ...[...this.#ready].map((item) => ({ item })),
      ...[...this.#waiting].map((item) => ({ item, waitingFor: reason(item) })),
    ];
  }

  /** Answers with the item that had to go, the last in order, which may be the new one. */
  add(item: SlotQueueItem): SlotQueueItem | undefined {
    this.#ready.set(item);
    return this.#keepWithin(item);
  }

  /** As `add`, for an item that was looked at in vain at some generation of the ledger. */
  putBack(item: SlotQueueItem, reason: string, generation: number): SlotQueueItem | undefined {
    this.#waiting.set(item);
    this.#waitingFor.set(item.slotId, { reason, generation });
    return this.#keepWithin(item);
  }

  /** What was looked at before this generation is to be looked at again. */
  lookAgain(generation: number): void {
    const waiting = [...this.#waiting];
    for (const item of waiting) {
      if ((this.#waitingFor.get(item.slotId)?.generation ?? 0) >= generation) continue;
      this.#waiting.delete(item.slotId);
      this.#waitingFor.delete(item.slotId);
      this.#ready.set(item);
    }
  }

  delete(slotId: SlotId): void {
    const item = this.#ready.delete(slotId) ?? this.#waiting.delete(slotId);
    this.#waitingFor.delete(slotId);
    if (!item) return;
    const slots = this.#slotsByRequest.get(item.requestId);
    slots?.delete(slotId);
    if (slots?.size === 0) this.#slotsByRequest.delete(item.requestId);
  }

  deleteRequest(requestId: RequestId): void {
    for (const slotId of this.#slotsByRequest.get(requestId) ?? []) this.delete(slotId);
  }

  clear(): void {
    this.#ready.clear();
    this.#waiting.clear();
    this.#waitingFor.clear();
    this.#slotsByRequest.clear();
  }

  #keepWithin({ requestId, slotId }: SlotQueueItem): SlotQueueItem | undefined {
    const slots = this.#slotsByRequest.get(requestId);
    if (slots) slots.add(slotId);
    else this.#slotsByRequest.set(requestId, new Set([slotId]));
    if (this.length <= this.#capacity) return undefined;
    const last = this.#waiting.at(-1) ?? this.#ready.at(-1);
    if (last) this.delete(last.slotId);
    return last;
  }
}

const slotIdOfItem = ({ slotId }: SlotQueueItem): SlotId => slotId;
