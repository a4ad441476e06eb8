import type { Clock } from '../clock/clock.ts';
import type { RequestId, SlotId } from '../contracts/ids.ts';
import { Emitter } from '../lib/emitter.ts';
import type { Logger } from '../logger.ts';
import type { DownloadSpeed } from './downloadspeed.ts';
import { SlotQueueError } from './errors.ts';
import { isLikely } from './likelihood.ts';
import { QueuedSlots, type QueueEntry } from './queuedslots.ts';
import type { Reservations } from './reservations.ts';
import { Flight, SlotFlights } from './slotflights.ts';
import { hopelessness, type Hopelessness, type SlotQueueItem } from './slotqueueitem.ts';

export interface SlotQueueModules {
  /** Without `availabilities` every slot counts as one that some offer would take. */
  readonly reservations: Pick<Reservations, 'generation' | 'onChange'> &
    Partial<Pick<Reservations, 'availabilities'>>;
  readonly clock: Clock;
  /** Without it no slot counts as too slow to fetch. */
  readonly speed?: Pick<DownloadSpeed, 'secondsFor'>;
  readonly logger: Logger;
}

export interface SlotQueueOptions {
  /** How many slots are prepared, downloaded and filled at once; 1 to the capacity. */
  readonly workers?: number;
  /** How many slots wait at most; 1 to 65,535. */
  readonly capacity?: number;
}

export type { QueueEntry };

/** `evicted`: the queue was full, and this was the last in order. */
export type DropReason = 'evicted' | Hopelessness;

export interface DroppedItem {
  readonly item: SlotQueueItem;
  readonly reason: DropReason;
}

export type PushResult = 'queued' | 'alreadyQueued' | 'inFlight' | 'evicted';

/**
 * The slots that wait for a worker and those that are being worked on. Among the waiting those that an offer would take
 * come first, each kind best first (`compareItems`).
 *
 * A slot for which no offer fits is put back as seen, and is looked at again once the ledger's generation has risen above
 * the one at which it was taken. So nothing has to be paused, and no wake-up is lost (engine.md 13-Q2).
 * A slot is in the queue once at most, and not while it is in flight.
 */
export class SlotQueue {
  /** Called when items came, went or changed, and when workers did. */
  readonly onChange: Emitter<void>;
  readonly onDropped: Emitter<DroppedItem>;
  readonly capacity: number;
  readonly #modules: SlotQueueModules;
  readonly #queued: QueuedSlots;
  readonly #flights = new SlotFlights();
  #maxWorkers: number;
  #sweptAt = 0;
  #process: ((item: SlotQueueItem) => void) | undefined;
  #unsubscribe = () => {};

  /** @throws SlotQueueError CAPACITY_OUT_OF_RANGE, WORKERS_OUT_OF_RANGE */
  constructor(modules: SlotQueueModules, { workers = 3, capacity = 128 }: SlotQueueOptions = {}) {
    const onError = (error: unknown) => modules.logger.error('A listener of the queue failed', { error });
    this.onChange = new Emitter(onError);
    this.onDropped = new Emitter(onError);
    this.capacity = checkedCapacity(capacity);
    this.#maxWorkers = checkedWorkers(workers, capacity);
    this.#modules = modules;
    this.#queued = new QueuedSlots({ capacity, isLikely: (item) => this.#isLikely(item) });
  }

  /** More may be busy than the most there are: after the number was lowered, and at the start, with what is ours already. */
  get workers(): { readonly max: number; readonly busy: number } {
    return { max: this.#maxWorkers, busy: this.#flights.busy };
  }

  get length(): number {
    return this.#queued.length;
  }

  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  /** Whether nothing is there to be taken: what waits was seen, and waits for an offer. */
  get paused(): boolean {
    return this.#queued.best === undefined;
  }

  /** In the order in which they will be taken; of very many the first `limit`. */
  items({ limit = this.capacity } = {}): QueueEntry[] {
    return this.#queued.entries(limit);
  }

  has(slotId: SlotId): boolean {
    return this.#queued.has(slotId);
  }

  /** Whether its sale runs. */
  isInFlight(slotId: SlotId): boolean {
    return this.#flights.get(slotId) !== undefined;
  }

  /** Hands items to `process`, as many at once as there are workers. Each is over with `freeWorker` or `end`. */
  start(process: (item: SlotQueueItem) => void): void {
    if (this.#process) return;
    this.#process = process;
    this.#unsubscribe = this.#modules.reservations.onChange.subscribe(({ isLooser }) => {
      if (isLooser) this.clearSeenFlags();
    });
    this.clearSeenFlags();
  }

  /** Nothing is handed out any more, and all is forgotten. Who processes ends its work itself. */
  stop(): void {
    this.#process = undefined;
    this.#unsubscribe();
    this.#queued.clear();
    this.#flights.clear();
    this.onChange.emit();
  }

  /** From now on. With fewer, those that are busy finish what they do. @throws SlotQueueError WORKERS_OUT_OF_RANGE */
  setWorkers(workers: number): void {
    this.#maxWorkers = checkedWorkers(workers, this.capacity);
    this.#dispatch();
    this.onChange.emit();
  }

  /** What was looked at in vain is looked at again. */
  clearSeenFlags(): void {
    this.#queued.lookAgain();
    this.#dispatch();
    this.onChange.emit();
  }

  /**
   * Adds items and answers for each what became of it. When the queue is over its capacity the last in order is dropped,
   * which may be the new one. A `freed` slot takes the place of what was known of it; one that is in flight is looked at
   * again once that flight has ended.
   */
  push(items: readonly SlotQueueItem[], { freed = false } = {}): PushResult[] {
    this.#dropHopeless();
    const results = items.map((item) => this.#add(item, freed));
    this.#dispatch();
    this.onChange.emit();
    return results;
  }

  deleteSlot(slotId: SlotId): void {
    this.#queued.delete(slotId);
    this.#flights.get(slotId)?.forget();
    this.onChange.emit();
  }

  deleteRequest(requestId: RequestId): void {
    this.#queued.deleteRequest(requestId);
    this.#flights.forgetRequest(requestId);
    this.onChange.emit();
  }

  /** Marks a slot as being worked on that was not taken from the queue; it takes a worker even when none is free. */
  occupy(slot: { readonly slotId: SlotId; readonly requestId: RequestId }): void {
    if (this.#flights.get(slot.slotId)) return;
    this.#queued.delete(slot.slotId);
    this.#flights.begin(new Flight(slot));
    this.onChange.emit();
  }

  /** The slot is filled: its worker can take the next item, while its sale goes on. */
  freeWorker(slotId: SlotId): void {
    if (!this.#flights.freeWorker(slotId)) return;
    this.#dispatch();
    this.onChange.emit();
  }

  /** The slot's sale has ended. With a reason the item is put back, to be looked at when an offer is loosened. */
  end(slotId: SlotId, { waitingFor }: { waitingFor?: string } = {}): void {
    const flight = this.#flights.end(slotId);
    if (!flight) return;
    if (flight.parked) this.#add(flight.parked, true);
    else if (waitingFor !== undefined) this.#putBack(flight, waitingFor);
    this.#dispatch();
    this.onChange.emit();
  }

  #add(item: SlotQueueItem, freed: boolean): PushResult {
    const flight = this.#flights.get(item.slotId);
    if (flight) {
      if (freed) flight.parked = item;
      return 'inFlight';
    }
    if (!freed && this.has(item.slotId)) return 'alreadyQueued';
    this.#dropped(this.#queued.add(item), 'evicted');
    return this.has(item.slotId) ? 'queued' : 'evicted';
  }

  #putBack({ item, generation }: Flight, reason: string): void {
    if (!item) return;
    // What was loosened while it was looked at may be just what it needs.
    const isOld = generation < this.#modules.reservations.generation;
    this.#dropped(isOld ? this.#queued.add(item) : this.#queued.putBack(item, reason), 'evicted');
  }

  #dropped(item: SlotQueueItem | undefined, reason: DropReason): void {
    if (!item) return;
    const { requestId, slotIndex, profit, expiresAt } = item;
    const fields = { reason, requestId, slotIndex, profit, expiresAt };
    this.#modules.logger.debug('Slot dropped from the queue', fields);
    this.onDropped.emit({ item, reason });
  }

  #isLikely(item: SlotQueueItem): boolean {
    const { reservations, clock } = this.#modules;
    const offers = reservations.availabilities?.();
    return offers === undefined || isLikely(item, offers, clock);
  }

  /** Those that wait in vain are not taken, so they would stay; once a second is often enough to look. */
  #dropHopeless(): void {
    const now = this.#modules.clock.now();
    if (now <= this.#sweptAt) return;
    this.#sweptAt = now;
    const hopeless = [...this.#queued].flatMap((item) => {
      const reason = hopelessness(item, now, this.#modules.speed);
      return reason ? [{ item, reason }] : [];
    });
    for (const { item, reason } of hopeless) {
      this.#queued.delete(item.slotId);
      this.#dropped(item, reason);
    }
  }

  #dispatch(): void {
    while (this.#process && this.#flights.busy < this.#maxWorkers) {
      const item = this.#queued.best;
      if (!item) return;
      this.#queued.delete(item.slotId);
      const reason = hopelessness(item, this.#modules.clock.now(), this.#modules.speed);
      if (reason) this.#dropped(item, reason);
      else this.#take(item, this.#process);
    }
  }

  #take(item: SlotQueueItem, process: (item: SlotQueueItem) => void): void {
    this.#flights.begin(new Flight(item, { item, generation: this.#modules.reservations.generation }));
    try {
      process(item);
    } catch (error) {
      // It must not cost a worker, nor keep the next slots from being taken.
      this.#modules.logger.error('A slot could not be taken', { slotId: item.slotId, error });
      this.#flights.end(item.slotId);
    }
  }
}

function checkedCapacity(capacity: number): number {
  if (Number.isInteger(capacity) && capacity >= 1 && capacity <= 65_535) return capacity;
  const message = 'The queue can hold 1 to 65,535 slots.';
  throw new SlotQueueError('CAPACITY_OUT_OF_RANGE', { capacity }, { message });
}

function checkedWorkers(workers: number, capacity: number): number {
  if (Number.isInteger(workers) && workers >= 1 && workers <= capacity) return workers;
  const message = `Between 1 and ${capacity} slots can be worked on at once: no more than the queue holds.`;
  throw new SlotQueueError('WORKERS_OUT_OF_RANGE', { workers, capacity }, { message });
}
