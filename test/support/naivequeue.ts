import type { RequestId, SlotId } from '../../src/main/engine/contracts/ids.ts';
import { compareItems, type SlotQueueItem } from '../../src/main/engine/sales/slotqueueitem.ts';

/** What the slot queue is, in arrays that are sorted and searched from end to end: to be compared with. */
export class NaiveQueue {
  readonly taken: SlotQueueItem[] = [];
  readonly dropped: { readonly item: SlotQueueItem; readonly reason: string }[] = [];
  readonly capacity: number;
  workers: number;
  generation = 1;
  now: number;
  bytesPerSecond: number | undefined;
  /** The largest slot that an offer would take. */
  room = 4n;
  isRunning = false;
  #ready: { readonly item: SlotQueueItem; readonly isLikely: boolean }[] = [];
  #seen: { readonly item: SlotQueueItem; readonly waitingFor: string }[] = [];
  #flights: NaiveFlight[] = [];
  #sweptAt = 0;

  constructor({ capacity, workers, now }: { capacity: number; workers: number; now: number }) {
    this.capacity = capacity;
    this.workers = workers;
    this.now = now;
  }

  get busy(): number {
    return this.#flights.filter(({ hasWorker }) => hasWorker).length;
  }

  items() {
    return [
      ...this.#ready.map(({ item }) => ({ item, seen: false })),
      ...this.#seen.map(({ item, waitingFor }) => ({ item, seen: true, waitingFor })),
    ];
  }

  start(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    this.lookAgain();
  }

  stop(): void {
    this.isRunning = false;
    [this.#ready, this.#seen, this.#flights] = [[], [], []];
  }

  setWorkers(workers: number): void {
    this.workers = workers;
    this.#dispatch();
  }

  /** The ledger loosened; only one that runs hears it. */
  loosen(): void {
    this.generation++;
    if (this.isRunning) this.lookAgain();
  }

  lookAgain(): void {
    const again = [...this.#ready.filter(({ isLikely }) => !isLikely), ...this.#seen];
    this.#ready = this.#ready.filter(({ isLikely }) => isLikely);
    this.#seen = [];
    for (const { item } of again) this.#addReady(item);
    this.#dispatch();
  }

  push(item: SlotQueueItem, freed: boolean): void {
    if (this.now > this.#sweptAt) {
      this.#sweptAt = this.now;
      for (const { item: queued } of this.items()) this.#dropIfHopeless(queued);
    }
    this.#add(item, freed);
    this.#dispatch();
  }

  deleteSlot(slotId: SlotId): void {
    this.#remove((item) => item.slotId === slotId);
  }

  deleteRequest(requestId: RequestId): void {
    this.#remove((item) => item.requestId === requestId);
  }

  occupy({ slotId, requestId }: SlotQueueItem): void {
    if (this.#flights.some((flight) => flight.slotId === slotId)) return;
    this.#take(slotId);
    this.#flights.push({ slotId, requestId, hasWorker: true, generation: 0 });
  }

  freeWorker(slotId: SlotId): void {
    for (const flight of this.#flights) if (flight.slotId === slotId) flight.hasWorker = false;
    this.#dispatch();
  }

  end(slotId: SlotId, waitingFor: string | undefined): void {
    const flight = this.#flights.find((each) => each.slotId === slotId);
    if (!flight) return;
    this.#flights = this.#flights.filter((each) => each !== flight);
    const { item, parked, generation } = flight;
    if (parked) this.#add(parked, true);
    else if (item && waitingFor !== undefined) {
      if (generation < this.generation) this.#addReady(item);
      else this.#seen = [...this.#seen, { item, waitingFor }].sort((a, b) => compareItems(a.item, b.item));
      this.#evict();
    }
    this.#dispatch();
  }

  #add(item: SlotQueueItem, freed: boolean): void {
    const flight = this.#flights.find(({ slotId }) => slotId === item.slotId);
    if (flight) {
      if (freed) flight.parked = item;
      return;
    }
    if (!freed && this.items().some(({ item: { slotId } }) => slotId === item.slotId)) return;
    this.#take(item.slotId);
    this.#addReady(item);
    this.#evict();
  }

  #addReady(item: SlotQueueItem): void {
    this.#ready = [...this.#ready, { item, isLikely: item.slotSize <= this.room }].sort(
      (a, b) => Number(b.isLikely) - Number(a.isLikely) || compareItems(a.item, b.item),
    );
  }

  #evict(): void {
    if (this.items().length <= this.capacity) return;
    const item = (this.#seen.at(-1) ?? this.#ready.at(-1))?.item as SlotQueueItem;
    this.#take(item.slotId);
    this.dropped.push({ item, reason: 'evicted' });
  }

  #dispatch(): void {
    while (this.isRunning && this.busy < this.workers) {
      const item = this.#ready.shift()?.item;
      if (!item) return;
      if (this.#dropIfHopeless(item)) continue;
      const { slotId, requestId } = item;
      this.#flights.push({ slotId, requestId, item, hasWorker: true, generation: this.generation });
      this.taken.push(item);
    }
  }

  #dropIfHopeless(item: SlotQueueItem): boolean {
    const seconds = this.bytesPerSecond === undefined ? 0 : Number(item.slotSize) / this.bytesPerSecond;
    if (item.expiresAt >= this.now + seconds) return false;
    this.#take(item.slotId);
    this.dropped.push({ item, reason: item.expiresAt < this.now ? 'expired' : 'tooSlow' });
    return true;
  }

  #take(slotId: SlotId): void {
    this.#ready = this.#ready.filter(({ item }) => item.slotId !== slotId);
    this.#seen = this.#seen.filter(({ item }) => item.slotId !== slotId);
  }

  #remove(isMeant: (item: { slotId: SlotId; requestId: RequestId }) => boolean): void {
    for (const { item } of this.items()) if (isMeant(item)) this.#take(item.slotId);
    for (const flight of this.#flights) {
      if (isMeant(flight)) [flight.item, flight.parked] = [undefined, undefined];
    }
  }
}

interface NaiveFlight {
  readonly slotId: SlotId;
  readonly requestId: RequestId;
  item?: SlotQueueItem | undefined;
  parked?: SlotQueueItem | undefined;
  hasWorker: boolean;
  readonly generation: number;
}
