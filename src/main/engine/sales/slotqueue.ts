import type { Clock } from '../clock/clock.ts';
import type { RequestId, SlotId } from '../contracts/ids.ts';
import { Emitter } from '../lib/emitter.ts';
import type { Logger } from '../logger.ts';
import { SlotQueueError } from './errors.ts';
import { QueuedSlots, type QueueEntry } from './queuedslots.ts';
import type { Reservations } from './reservations.ts';
import type { SlotQueueItem } from './slotqueueitem.ts';

export interface SlotQueueModules {
  readonly reservations: Pick<Reservations, 'generation' | 'onChange'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface SlotQueueOptions {
  /** How many slots are prepared, downloaded and filled at once. */
  readonly workers?: number;
  /** How many slots wait at most; 1 to 65,535. */
  readonly capacity?: number;
}

export type { QueueEntry };

export interface DroppedItem {
  readonly item: SlotQueueItem;
  readonly reason: 'evicted' | 'expired';
}

export type PushResult = 'queued' | 'alreadyQueued' | 'inFlight' | 'evicted';

/**
 * The slots that wait for a worker, best first, and those that are being worked on.
 *
 * A slot for which no offer fits is put back with the ledger's generation at which it was looked at; once the generation
 * has risen it is looked at again. So nothing has to be paused or cleared, and no wake-up is lost (engine.md 13-Q2).
 * A slot is in the queue once at most, and not while it is in flight.
 */
export class SlotQueue {
  /** Called when items came, went or changed, and when workers did. */
  readonly onChange: Emitter<void>;
  readonly onDropped: Emitter<DroppedItem>;
  readonly capacity: number;
  readonly #modules: SlotQueueModules;
  readonly #maxWorkers: number;
  readonly #queued: QueuedSlots;
  readonly #inFlight = new Map<SlotId, Flight>();
  #busy = 0;
  #sweptAt = 0;
  #process: ((item: SlotQueueItem) => void) | undefined;
  #unsubscribe = () => {};

  /** @throws SlotQueueError CAPACITY_OUT_OF_RANGE, WORKERS_OUT_OF_RANGE */
  constructor(modules: SlotQueueModules, { workers = 3, capacity = 128 }: SlotQueueOptions = {}) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > 65_535) {
      throw new SlotQueueError('CAPACITY_OUT_OF_RANGE', { capacity });
    }
    if (!Number.isInteger(workers) || workers < 1 || workers > capacity) {
      throw new SlotQueueError('WORKERS_OUT_OF_RANGE', { workers, capacity });
    }
    const onError = (error: unknown) => modules.logger.error('A listener of the queue failed', { error });
    this.onChange = new Emitter(onError);
    this.onDropped = new Emitter(onError);
    this.capacity = capacity;
    this.#modules = modules;
    this.#maxWorkers = workers;
    this.#queued = new QueuedSlots(capacity);
  }

  get workers(): { readonly max: number; readonly busy: number } {
    return { max: this.#maxWorkers, busy: this.#busy };
  }

  get length(): number {
    return this.#queued.length;
  }

  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  /** In the order in which they will be taken. */
  items(): QueueEntry[] {
    return this.#queued.entries();
  }

  has(slotId: SlotId): boolean {
    return this.#queued.has(slotId);
  }

  /** Hands items to `process`, as many at once as there are workers. Each is over with `freeWorker` or `end`. */
  start(process: (item: SlotQueueItem) => void): void {
    if (this.#process) return;
    this.#process = process;
    this.#unsubscribe = this.#modules.reservations.onChange.subscribe(({ isLooser }) => {
      if (isLooser) this.#lookAgain();
    });
    this.#lookAgain();
  }

  /** Nothing is handed out any more, and all is forgotten. Who processes ends its work itself. */
  stop(): void {
    this.#process = undefined;
    this.#unsubscribe();
    this.#queued.clear();
    this.#inFlight.clear();
    this.#busy = 0;
    this.onChange.emit();
  }

  /**
   * Adds items and answers for each what became of it. When the queue is over its capacity the last in order is
   * dropped, which may be the new one. A `freed` slot that is in flight is looked at again once that flight has ended.
   */
  push(items: readonly SlotQueueItem[], { freed = false } = {}): PushResult[] {
    this.#dropExpired();
    const results = items.map((item) => this.#add(item, freed));
    this.#dispatch();
    this.onChange.emit();
    return results;
  }

  deleteSlot(slotId: SlotId): void {
    this.#queued.delete(slotId);
    this.#inFlight.get(slotId)?.forget();
    this.onChange.emit();
  }

  deleteRequest(requestId: RequestId): void {
    this.#queued.deleteRequest(requestId);
    for (const flight of this.#inFlight.values()) if (flight.requestId === requestId) flight.forget();
    this.onChange.emit();
  }

  /** Marks a slot as being worked on that was not taken from the queue; it takes a worker even when none is free. */
  occupy({ slotId, requestId }: { readonly slotId: SlotId; readonly requestId: RequestId }): void {
    this.#queued.delete(slotId);
    this.#begin(slotId, new Flight(requestId));
    this.onChange.emit();
  }

  /** The slot is filled: its worker can take the next item, while its sale goes on. */
  freeWorker(slotId: SlotId): void {
    const flight = this.#inFlight.get(slotId);
    if (!flight?.hasWorker) return;
    flight.hasWorker = false;
    this.#busy--;
    this.#dispatch();
    this.onChange.emit();
  }

  /** The slot's sale has ended. With a reason the item is put back, to be looked at when an offer is loosened. */
  end(slotId: SlotId, { waitingFor }: { waitingFor?: string } = {}): void {
    const flight = this.#inFlight.get(slotId);
    if (!flight) return;
    this.#inFlight.delete(slotId);
    if (flight.hasWorker) this.#busy--;
    if (flight.parked) this.#add(flight.parked, false);
    else if (waitingFor !== undefined) this.#putBack(flight, waitingFor);
    this.#dispatch();
    this.onChange.emit();
  }

  #add(item: SlotQueueItem, freed: boolean): PushResult {
    const flight = this.#inFlight.get(item.slotId);
    if (flight) {
      if (freed) flight.parked = item;
      return 'inFlight';
    }
    if (this.has(item.slotId)) return 'alreadyQueued';
    this.#dropped(this.#queued.add(item), 'evicted');
    return this.has(item.slotId) ? 'queued' : 'evicted';
  }

  #putBack({ item, generation }: Flight, reason: string): void {
    if (!item) return;
    // What was loosened while it was looked at may be just what it needs.
    const isOld = generation < this.#modules.reservations.generation;
    this.#dropped(isOld ? this.#queued.add(item) : this.#queued.putBack(item, reason, generation), 'evicted');
  }

  #dropped(item: SlotQueueItem | undefined, reason: DroppedItem['reason']): void {
    if (!item) return;
    const { requestId, slotIndex, profit, expiresAt } = item;
    this.#modules.logger.debug('Slot dropped from the queue', {
      reason,
      requestId,
      slotIndex,
      profit,
      expiresAt,
    });
    this.onDropped.emit({ item, reason });
  }

  /** Those that wait in vain are not taken, so they would stay; once a second is often enough to look. */
  #dropExpired(): void {
    const now = this.#modules.clock.now();
    if (now <= this.#sweptAt) return;
    this.#sweptAt = now;
    for (const { item } of this.items()) {
      if (item.expiresAt >= now) continue;
      this.#queued.delete(item.slotId);
      this.#dropped(item, 'expired');
    }
  }

  #lookAgain(): void {
    this.#queued.lookAgain(this.#modules.reservations.generation);
    this.#dispatch();
    this.onChange.emit();
  }

  #dispatch(): void {
    while (this.#process && this.#busy < this.#maxWorkers) {
      const item = this.#queued.best;
      if (!item) return;
      this.#queued.delete(item.slotId);
      if (item.expiresAt < this.#modules.clock.now()) {
        this.#dropped(item, 'expired');
        continue;
      }
      this.#begin(item.slotId, new Flight(item.requestId, item, this.#modules.reservations.generation));
      this.#process(item);
    }
  }

  #begin(slotId: SlotId, flight: Flight): void {
    this.#inFlight.set(slotId, flight);
    this.#busy++;
  }
}

/** A slot between being taken and the end of its sale. */
class Flight {
  readonly requestId: RequestId;
  /** What is put back; absent when it did not come from the queue, or was deleted meanwhile. */
  item: SlotQueueItem | undefined;
  /** Freed again while in flight. */
  parked: SlotQueueItem | undefined;
  hasWorker = true;
  /** The ledger's when it was taken. */
  readonly generation: number;

  constructor(requestId: RequestId, item?: SlotQueueItem, generation = 0) {
    this.requestId = requestId;
    this.item = item;
    this.generation = generation;
  }

  forget(): void {
    this.item = undefined;
    this.parked = undefined;
  }
}
