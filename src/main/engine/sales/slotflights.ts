import type { RequestId, SlotId } from '../contracts/ids.ts';
import { MultiMap } from '../lib/multimap.ts';
import type { SlotQueueItem } from './slotqueueitem.ts';

/** A slot between being taken and the end of its sale. */
export class Flight {
  readonly slotId: SlotId;
  readonly requestId: RequestId;
  /** The ledger's when it was taken. */
  readonly generation: number;
  /** What is put back; absent when it did not come from the queue, or was deleted meanwhile. */
  item: SlotQueueItem | undefined;
  /** Freed again while in flight: to be looked at when the flight has ended. */
  parked: SlotQueueItem | undefined;
  hasWorker = true;

  constructor(
    { slotId, requestId }: { readonly slotId: SlotId; readonly requestId: RequestId },
    { item, generation = 0 }: { item?: SlotQueueItem; generation?: number } = {},
  ) {
    this.slotId = slotId;
    this.requestId = requestId;
    this.item = item;
    this.generation = generation;
  }

  /** Nothing of it comes back to the queue. */
  forget(): void {
    this.item = undefined;
    this.parked = undefined;
  }
}

/** The slots that are being worked on, each once. */
export class SlotFlights {
  readonly #bySlot = new Map<SlotId, Flight>();
  readonly #slotsByRequest = new MultiMap<RequestId, SlotId>();
  #busy = 0;

  /** How many of them have a worker. */
  get busy(): number {
    return this.#busy;
  }

  get(slotId: SlotId): Flight | undefined {
    return this.#bySlot.get(slotId);
  }

  begin(flight: Flight): void {
    this.#bySlot.set(flight.slotId, flight);
    this.#slotsByRequest.add(flight.requestId, flight.slotId);
    this.#busy++;
  }

  /** False when it had none any more. */
  freeWorker(slotId: SlotId): boolean {
    const flight = this.#bySlot.get(slotId);
    if (!flight?.hasWorker) return false;
    flight.hasWorker = false;
    this.#busy--;
    return true;
  }

  end(slotId: SlotId): Flight | undefined {
    const flight = this.#bySlot.get(slotId);
    if (!flight) return undefined;
    this.freeWorker(slotId);
    this.#bySlot.delete(slotId);
    this.#slotsByRequest.delete(flight.requestId, slotId);
    return flight;
  }

  forgetRequest(requestId: RequestId): void {
    for (const slotId of this.#slotsByRequest.get(requestId)) this.#bySlot.get(slotId)?.forget();
  }

  clear(): void {
    this.#bySlot.clear();
    this.#slotsByRequest.clear();
    this.#busy = 0;
  }
}
