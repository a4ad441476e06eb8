import type { Clock } from '../clock/clock.ts';
import type { RequestId } from '../contracts/ids.ts';
import { slotCollateral } from '../contracts/requests.ts';
import { isEngineError } from '../errors.ts';
import { retry } from '../lib/retry.ts';
import type { Tasks } from '../lib/tasks.ts';
import type { Logger } from '../logger.ts';
import type { Market, MarketEvent, StorageRequested } from '../market/market.ts';
import { slotIdOf } from '../contracts/ids.ts';
import type { SlotQueue } from './slotqueue.ts';
import { shuffledItems, slotQueueItem } from './slotqueueitem.ts';
import type { RetryTimes } from './salestate.ts';

export interface MarketWatchModules {
  readonly market: Market;
  readonly clock: Clock;
  readonly queue: SlotQueue;
  readonly tasks: Tasks;
  readonly logger: Logger;
}

export interface MarketWatchOptions {
  /** Every event, after the queue followed it: for the sales that run. */
  readonly onEvent: (event: MarketEvent) => void;
  /** How far back requests are looked for at the start, seconds. */
  readonly lookBackSeconds: number;
  readonly retryTimes: RetryTimes;
}

/**
 * Keeps the queue in step with the market (engine.md 4.4). From `open` on no event is lost: they are held back until
 * `catchUp` has added the requests of the past, and are then followed in their order, each once.
 */
export class MarketWatch {
  readonly #modules: MarketWatchModules;
  readonly #options: MarketWatchOptions;
  #heldBack: MarketEvent[] | undefined = [];
  #unsubscribe = () => {};

  constructor(modules: MarketWatchModules, options: MarketWatchOptions) {
    this.#modules = modules;
    this.#options = options;
  }

  open(signal: AbortSignal): void {
    this.#unsubscribe = this.#modules.market.subscribe((event) => {
      if (signal.aborted) return;
      if (this.#heldBack) this.#heldBack.push(event);
      else this.#follow(event, signal);
    });
  }

  close(): void {
    this.#unsubscribe();
    this.#heldBack = [];
  }

  async catchUp(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#modules;
    const from = clock.now() - this.#options.lookBackSeconds;
    const past = await this.#retry('Past requests could not be read; trying again', signal, async () => {
      const requests: StorageRequested[] = [];
      for await (const request of this.#modules.market.pastStorageRequests({ from }, { signal })) {
        if (request.expiresAt >= clock.now()) requests.push(request);
      }
      return requests;
    });
    logger.info('Looked for requests of the past', {
      open: past.length,
      lookBackSeconds: this.#options.lookBackSeconds,
    });
    for (const request of past) this.#addRequest(request);
    const seen = new Set(past.map(placeOnChain));
    // Following one may bring the next, so the list is read to its end before events go straight through.
    for (let event = this.#heldBack?.shift(); event; event = this.#heldBack?.shift()) {
      const place = placeOnChain(event);
      if (!seen.has(place)) this.#follow(event, signal);
      seen.add(place);
    }
    this.#heldBack = undefined;
  }

  #follow(event: MarketEvent, signal: AbortSignal): void {
    const { queue, tasks } = this.#modules;
    switch (event.name) {
      case 'StorageRequested':
        this.#addRequest(event);
        break;
      case 'SlotFilled':
      case 'SlotReservationsFull':
        queue.deleteSlot(slotIdOf(event.requestId, event.slotIndex));
        break;
      case 'SlotFreed':
        tasks.track('add a freed slot', this.#addFreed(event.requestId, event.slotIndex, signal));
        break;
      case 'RequestFulfilled':
      case 'RequestCancelled':
      case 'RequestFailed':
        queue.deleteRequest(event.requestId);
        break;
      case 'ProofSubmitted':
        break;
    }
    this.#options.onEvent(event);
  }

  #addRequest({ requestId, ask, expiresAt }: StorageRequested): void {
    const { market, queue, logger } = this.#modules;
    const collateral = slotCollateral(ask, 'free', market.config);
    try {
      // More than fit would only push each other out.
      queue.push(shuffledItems({ requestId, ask, collateral, expiresAt }, { limit: queue.capacity }));
    } catch (error) {
      if (!isEngineError(error, 'SLOTS_OUT_OF_RANGE')) throw error;
      logger.warn('A request was left out', { requestId, error });
    }
  }

  /** A slot that lost its host is sold anew, with the collateral of its state, until the request expires or ends. */
  async #addFreed(requestId: RequestId, slotIndex: number, signal: AbortSignal): Promise<void> {
    const { market, queue } = this.#modules;
    const item = await this.#retry('A freed slot could not be read; trying again', signal, async () => {
      const request = await market.getRequest(requestId, { signal });
      const requestState = await market.requestState(requestId, { signal });
      if (!request || (requestState !== 'new' && requestState !== 'started')) return undefined;
      const slotState = await market.slotState(slotIdOf(requestId, slotIndex), { signal });
      if (slotState !== 'free' && slotState !== 'repair') return undefined;
      const expiresAt = await (requestState === 'new'
        ? market.requestExpiresAt(requestId, { signal })
        : market.requestEnd(requestId, { signal }));
      const collateral = slotCollateral(request.ask, slotState, market.config);
      return slotQueueItem({ requestId, ask: request.ask, collateral, expiresAt }, slotIndex);
    });
    if (item && !signal.aborted) queue.push([item], { freed: true });
  }

  #retry<T>(message: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const onError = (error: unknown, attempt: number) =>
      this.#modules.logger.warn(message, { attempt, error });
    return retry(work, { signal, ...this.#options.retryTimes, onError });
  }
}

const placeOnChain = ({ blockNumber, logIndex }: MarketEvent): string => `${blockNumber}/${logIndex}`;
