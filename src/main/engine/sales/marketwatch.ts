import type { Clock } from '../clock/clock.ts';
import { slotIdOf, type RequestId, type SlotId } from '../contracts/ids.ts';
import { slotCollateral } from '../contracts/requests.ts';
import type { Tasks } from '../lib/tasks.ts';
import type { Logger } from '../logger.ts';
import type { ChainEvent, Market, MarketEvent, StorageRequested } from '../market/market.ts';
import type { Database } from '../stores/database.ts';
import { DoubtfulRequests } from './doubtfulrequests.ts';
import { SlotQueueError } from './errors.ts';
import { FreedSlots } from './freedslots.ts';
import { OpenRequests } from './openrequests.ts';
import { PastRequests } from './pastrequests.ts';
import type { LedgerChange, Reservations } from './reservations.ts';
import type { RetryTimes } from './salestate.ts';
import type { SlotQueue } from './slotqueue.ts';
import { MAX_SLOTS, shuffledItems } from './slotqueueitem.ts';

export interface MarketWatchModules {
  readonly market: Market;
  readonly clock: Clock;
  readonly queue: SlotQueue;
  readonly reservations: Pick<Reservations, 'onChange'>;
  readonly database: Database;
  readonly tasks: Tasks;
  readonly logger: Logger;
}

export interface MarketWatchOptions {
  /** Every event, after the queue followed it: for the sales that run. */
  readonly onEvent: (event: MarketEvent) => void;
  /** Each request that can be filled when it is heard of, once, before its slots are queued. */
  readonly onRequest?: (request: StorageRequested) => void;
  /** How far back requests are looked for at least, seconds. */
  readonly lookBackSeconds: number;
  readonly retryTimes: RetryTimes;
}

/**
 * Keeps the queue in step with the market (engine.md 4.4). From `open` on no event is lost: they are held back until
 * `catchUp` has added the requests of the past, and are then followed in their order. When an offer is added or loosened
 * the past is read once more, for slots that the queue has lost meanwhile. What the chain takes back, as a block was
 * replaced by another, is no news but a doubt: the chain is asked anew what is so.
 */
export class MarketWatch {
  readonly #modules: MarketWatchModules;
  readonly #options: MarketWatchOptions;
  readonly #open: OpenRequests;
  readonly #freed: FreedSlots;
  readonly #doubtful: DoubtfulRequests;
  readonly #past: PastRequests;
  readonly #heldBack: MarketEvent[] = [];
  /** Set while events are followed as they come. */
  #signal: AbortSignal | undefined;
  readonly #unsubscribe: (() => void)[] = [];

  constructor(modules: MarketWatchModules, options: MarketWatchOptions) {
    this.#modules = modules;
    this.#options = options;
    this.#open = new OpenRequests(modules);
    this.#freed = new FreedSlots(modules, options);
    this.#doubtful = new DoubtfulRequests(modules, {
      ...options,
      onGone: (requestId) => this.#forget(requestId),
      onOpen: (requestId, slots, signal) => this.#lookAtSlots(requestId, slots, signal),
    });
    const add = (request: StorageRequested, heardAt: number) => this.#add(request, heardAt);
    this.#past = new PastRequests({ ...modules, open: this.#open }, { ...options, add });
  }

  /** To be called before the market begins to tell: what it told before nobody heard. Idempotent. */
  open(): void {
    if (this.#unsubscribe.length > 0) return;
    this.#unsubscribe.push(
      this.#modules.market.subscribe((event) => {
        if (this.#signal) this.#follow(event, this.#signal);
        else this.#heldBack.push(event);
      }),
    );
  }

  /** Resolves when all that is open is queued, and events go straight through. Tries until then. */
  async catchUp(signal: AbortSignal): Promise<void> {
    await this.#past.read(signal);
    // Following one may bring the next, so the list is read to its end.
    for (let event = this.#heldBack.shift(); event; event = this.#heldBack.shift()) {
      this.#follow(event, signal);
    }
    this.#signal = signal;
    this.#unsubscribe.push(
      this.#modules.reservations.onChange.subscribe((change) => {
        if (isLooserOffer(change) && !signal.aborted) this.#past.readAgain(signal);
      }),
    );
  }

  /** Others have the slot, as a sale found out: it comes back only when it is freed. */
  setTaken(requestId: RequestId, slotIndex: number): void {
    this.#open.setTaken(requestId, slotIndex, true);
  }

  /** Forgets all; it can be opened again. */
  close(): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    this.#signal = undefined;
    this.#heldBack.length = 0;
    this.#freed.clear();
    this.#doubtful.clear();
    this.#open.clear();
  }

  /** One that cannot be followed is left out, and costs no other. */
  #follow(event: MarketEvent, signal: AbortSignal): void {
    if (signal.aborted) return;
    try {
      this.#followInQueue(event, signal);
      this.#options.onEvent(event);
    } catch (error) {
      this.#modules.logger.error('An event of the market was left out', { event, error });
    }
    this.#past.followed();
  }

  #followInQueue(event: MarketEvent, signal: AbortSignal): void {
    const { queue, clock } = this.#modules;
    switch (event.name) {
      case 'StorageRequested':
        this.#doubtful.delete(event.requestId);
        this.#add(event, clock.now());
        break;
      case 'SlotFilled':
        this.#leave(event, true);
        break;
      case 'SlotReservationsFull':
        // One of those that reserved it may be our sale of it, which finds out by itself.
        this.#leave(event, !queue.isInFlight(checkedSlot(event)));
        break;
      case 'SlotFreed':
        checkedSlot(event);
        this.#open.setTaken(event.requestId, event.slotIndex, false);
        this.#freed.add(event.requestId, event.slotIndex, signal);
        break;
      case 'RequestFulfilled':
      case 'RequestCancelled':
      case 'RequestFailed':
        this.#open.close(event.requestId);
        queue.deleteRequest(event.requestId);
        break;
      case 'ProofSubmitted':
        break;
      case 'TakenBack':
        this.#takeBack(event.event, signal);
        break;
    }
  }

  #takeBack(event: ChainEvent, signal: AbortSignal): void {
    switch (event.name) {
      case 'StorageRequested':
        this.#doubtful.add(event.requestId, signal);
        break;
      case 'SlotFilled':
      case 'SlotReservationsFull':
        checkedSlot(event);
        this.#open.setTaken(event.requestId, event.slotIndex, false);
        this.#freed.add(event.requestId, event.slotIndex, signal);
        break;
      case 'SlotFreed':
        this.#leave(event, true);
        break;
      case 'RequestFulfilled':
      case 'RequestCancelled':
      case 'RequestFailed':
        this.#open.reopen(event.requestId);
        this.#doubtful.add(event.requestId, signal);
        break;
      case 'ProofSubmitted':
        break;
    }
  }

  #forget(requestId: RequestId): void {
    this.#open.forget(requestId);
    this.#modules.queue.deleteRequest(requestId);
  }

  /** No more than the queue would hold. */
  #lookAtSlots(requestId: RequestId, slots: number, signal: AbortSignal): void {
    for (let index = 0; index < Math.min(slots, this.#modules.queue.capacity); index++)
      this.#freed.add(requestId, index, signal);
  }

  #leave(event: SlotEvent, isTaken: boolean): void {
    const slotId = checkedSlot(event);
    if (isTaken) this.#open.setTaken(event.requestId, event.slotIndex, true);
    this.#freed.delete(slotId);
    this.#modules.queue.deleteSlot(slotId);
  }

  /** Queues the slots of a request that nobody has, as far as is known. What is queued or in flight stays as it is. */
  #add(request: StorageRequested, heardAt: number): void {
    const { market, queue, clock, logger } = this.#modules;
    const { requestId, ask, expiresAt } = request;
    if (expiresAt < clock.now()) return;
    if (this.#open.add(request, heardAt)) this.#options.onRequest?.(request);
    const taken = this.#open.takenSlots(requestId);
    if (!taken) return;
    try {
      const collateral = slotCollateral(ask, 'free', market.config);
      // More than fit would only push each other out.
      const limit = queue.capacity;
      queue.push(shuffledItems({ requestId, ask, collateral, expiresAt }, { limit, without: taken }));
    } catch (error) {
      logger.warn('A request was left out', { requestId, error });
    }
  }
}

/** By its owner: space and collateral that come back from a sale are no reason to look for what was passed over. */
const isLooserOffer = ({ isLooser, availability, reservation, removed }: LedgerChange): boolean =>
  isLooser && availability !== undefined && reservation === undefined && removed === undefined;

type SlotEvent = Extract<ChainEvent, { readonly slotIndex: number }>;

/** @throws SlotQueueError SLOTS_OUT_OF_RANGE */
function checkedSlot({ requestId, slotIndex }: SlotEvent): SlotId {
  if (Number.isInteger(slotIndex) && slotIndex >= 0 && slotIndex < MAX_SLOTS)
    return slotIdOf(requestId, slotIndex);
  throw new SlotQueueError('SLOTS_OUT_OF_RANGE', { slotIndex, max: MAX_SLOTS - 1 });
}
