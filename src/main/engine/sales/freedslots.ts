import { slotIdOf, type RequestId, type SlotId } from '../contracts/ids.ts';
import { slotCollateral } from '../contracts/requests.ts';
import { isEngineError } from '../errors.ts';
import { isAborted } from '../lib/abort.ts';
import { retry } from '../lib/retry.ts';
import type { Tasks } from '../lib/tasks.ts';
import type { Logger } from '../logger.ts';
import type { Market } from '../market/market.ts';
import type { RetryTimes } from './salestate.ts';
import type { SlotQueue } from './slotqueue.ts';
import { slotQueueItem, type SlotQueueItem } from './slotqueueitem.ts';

export interface FreedSlotsModules {
  readonly market: Market;
  readonly queue: SlotQueue;
  readonly tasks: Tasks;
  readonly logger: Logger;
}

/**
 * Slots that lost their host, on their way to the queue: each is looked up on chain for its collateral and the second
 * until which it can be filled. One after another, as a node that was away long may hear of many at once.
 */
export class FreedSlots {
  readonly #modules: FreedSlotsModules;
  readonly #retryTimes: RetryTimes;
  readonly #waiting = new Map<SlotId, Freed>();
  #isReading = false;

  constructor(modules: FreedSlotsModules, { retryTimes }: { retryTimes: RetryTimes }) {
    this.#modules = modules;
    this.#retryTimes = retryTimes;
  }

  add(requestId: RequestId, slotIndex: number, signal: AbortSignal): void {
    const slotId = slotIdOf(requestId, slotIndex);
    // At the end of the line, also when it waited already: what is being read of it may be of before.
    this.#waiting.delete(slotId);
    this.#waiting.set(slotId, { slotId, requestId, slotIndex });
    if (!this.#isReading) this.#modules.tasks.track('look at freed slots', this.#readAll(signal));
  }

  /** It has a host again. */
  delete(slotId: SlotId): void {
    this.#waiting.delete(slotId);
  }

  clear(): void {
    this.#waiting.clear();
  }

  async #readAll(signal: AbortSignal): Promise<void> {
    this.#isReading = true;
    try {
      for (let [freed] = this.#waiting.values(); freed; [freed] = this.#waiting.values()) {
        const item = await this.#lookUp(freed, signal);
        // Filled, or freed once more, while it was read.
        if (this.#waiting.get(freed.slotId) !== freed) continue;
        this.#waiting.delete(freed.slotId);
        if (item) this.#modules.queue.push([item], { freed: true });
      }
    } finally {
      this.#isReading = false;
    }
  }

  async #lookUp(freed: Freed, signal: AbortSignal): Promise<SlotQueueItem | undefined> {
    const { logger } = this.#modules;
    const onError = (error: unknown, attempt: number) => {
      // What the chain answers wrongly it answers so each time, and others wait behind this one.
      if (attempt >= ATTEMPTS && !mayPass(error)) throw error;
      logger.warn('A freed slot could not be read; trying again', { ...freed, attempt, error });
    };
    try {
      return await retry(() => this.#read(freed, signal), { signal, ...this.#retryTimes, onError });
    } catch (error) {
      if (isAborted(error)) throw error;
      logger.error('A freed slot was left out', { ...freed, error });
      return undefined;
    }
  }

  /** Undefined when it is not for sale. It is until the request expires, or, when that has started, until it ends. */
  async #read(
    { requestId, slotId, slotIndex }: Freed,
    signal: AbortSignal,
  ): Promise<SlotQueueItem | undefined> {
    const { market } = this.#modules;
    const request = await market.getRequest(requestId, { signal });
    const requestState = await market.requestState(requestId, { signal });
    if (!request || (requestState !== 'new' && requestState !== 'started')) return undefined;
    const slotState = await market.slotState(slotId, { signal });
    if (slotState !== 'free' && slotState !== 'repair') return undefined;
    const expiresAt = await (requestState === 'new'
      ? market.requestExpiresAt(requestId, { signal })
      : market.requestEnd(requestId, { signal }));
    const collateral = slotCollateral(request.ask, slotState, market.config);
    return slotQueueItem({ requestId, ask: request.ask, collateral, expiresAt }, slotIndex);
  }
}

interface Freed {
  readonly slotId: SlotId;
  readonly requestId: RequestId;
  readonly slotIndex: number;
}

const ATTEMPTS = 5;

const mayPass = (error: unknown): boolean =>
  isEngineError(error, 'CHAIN_UNREACHABLE') || isEngineError(error, 'RPC_REFUSED');
