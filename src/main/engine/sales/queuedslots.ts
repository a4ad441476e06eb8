import type { RequestId, SlotId } from '../contracts/ids.ts';
import { MultiMap } from '../lib/multimap.ts';
import { SortedList } from '../lib/sorted-list.ts';
import { compareItems, type SlotQueueItem } from './slotqueueitem.ts';

export interface QueueEntry {
  readonly item: SlotQueueItem;
  /** It was looked at in vain, and no offer was loosened since. */
  readonly seen: boolean;
  /** What was in the way when it was seen. */
  readonly waitingFor?: string;
}

export interface QueuedSlotsOptions {
  readonly capacity: number;
  /** Whether some offer would take it now, as far as that can be told without the chain. */
  readonly isLikely: (item: SlotQueueItem) => boolean;
}

/**
 * The items of the queue in the order in which they are taken. First those that were not looked at since the ledger last
 * loosened: among them the likely ones, so that a flood of what this node could never take displaces nothing it could.
 * Then those that were looked at in vain. Each kind best first; never more than `capacity`.
 */
export class QueuedSlots implements Iterable<SlotQueueItem> {
  readonly #options: QueuedSlotsOptions;
  readonly #likely = bestFirst();
  readonly #reasons = new Map<SlotId, string>();
  readonly #slotsByRequest = new MultiMap<RequestId, SlotId>();
  #unlikely = bestFirst();
  #seen = bestFirst();

  constructor(options: QueuedSlotsOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#likely.length + this.#unlikely.length + this.#seen.length;
  }

  /** The first that was not looked at. */
  get best(): SlotQueueItem | undefined {
    return this.#likely.first ?? this.#unlikely.first;
  }

  has(slotId: SlotId): boolean {
    return this.#likely.has(slotId) || this.#unlikely.has(slotId) || this.#seen.has(slotId);
  }

  *[Symbol.iterator](): Iterator<SlotQueueItem> {
    yield* this.#likely;
    yield* this.#unlikely;
    yield* this.#seen;
  }

  /** The first so many, in order. */
  entries(limit: number): QueueEntry[] {
    const entries: QueueEntry[] = [];
    for (const item of this) {
      if (entries.length >= limit) break;
      const waitingFor = this.#reasons.get(item.slotId);
      entries.push(waitingFor === undefined ? { item, seen: false } : { item, seen: true, waitingFor });
    }
    return entries;
  }

  /** In place of an item of the same slot. Answers with the item that had to go, the last in order, maybe the new one. */
  add(item: SlotQueueItem): SlotQueueItem | undefined {
    this.delete(item.slotId);
    (this.#options.isLikely(item) ? this.#likely : this.#unlikely).set(item);
    return this.#keepWithin(item);
  }

  /** As `add`, for an item that was looked at in vain. */
  putBack(item: SlotQueueItem, reason: string): SlotQueueItem | undefined {
    this.delete(item.slotId);
    this.#seen.set(item);
    this.#reasons.set(item.slotId, reason);
    return this.#keepWithin(item);
  }

  /** What was looked at in vain is to be looked at again, and what was unlikely may be no more. */
  lookAgain(): void {
    this.#reasons.clear();
    [this.#unlikely, this.#seen] = merged(this.#unlikely, this.#seen);
    for (const item of [...this.#unlikely].filter((each) => this.#options.isLikely(each))) {
      this.#unlikely.delete(item.slotId);
      this.#likely.set(item);
    }
  }

  delete(slotId: SlotId): void {
    const item = this.#likely.delete(slotId) ?? this.#unlikely.delete(slotId) ?? this.#seen.delete(slotId);
    if (!item) return;
    this.#reasons.delete(slotId);
    this.#slotsByRequest.delete(item.requestId, slotId);
  }

  deleteRequest(requestId: RequestId): void {
    for (const slotId of this.#slotsByRequest.get(requestId)) this.delete(slotId);
  }

  clear(): void {
    for (const list of [this.#likely, this.#unlikely, this.#seen]) list.clear();
    this.#reasons.clear();
    this.#slotsByRequest.clear();
  }

  #keepWithin({ requestId, slotId }: SlotQueueItem): SlotQueueItem | undefined {
    this.#slotsByRequest.add(requestId, slotId);
    if (this.length <= this.#options.capacity) return undefined;
    const last = this.#seen.last ?? this.#unlikely.last ?? this.#likely.last;
    if (last) this.delete(last.slotId);
    return last;
  }
}

type Items = SortedList<SlotId, SlotQueueItem>;

const bestFirst = (): Items => new SortedList({ compare: compareItems, keyOf: ({ slotId }) => slotId });

/** Both in one, by moving the fewer of them, and the other one empty. */
function merged(a: Items, b: Items): [all: Items, empty: Items] {
  const [few, many] = a.length < b.length ? [a, b] : [b, a];
  for (const item of few) many.set(item);
  few.clear();
  return [many, few];
}
