import type { RequestId } from '../contracts/ids.ts';
import { isEngineError } from '../errors.ts';
import { isAborted } from '../lib/abort.ts';
import { retry } from '../lib/retry.ts';
import type { Tasks } from '../lib/tasks.ts';
import type { Logger } from '../logger.ts';
import type { Market } from '../market/market.ts';
import type { RetryTimes } from './salestate.ts';

export interface DoubtfulRequestsModules {
  readonly market: Market;
  readonly tasks: Tasks;
  readonly logger: Logger;
}

export interface DoubtfulRequestsOptions {
  readonly retryTimes: RetryTimes;
  /** The chain does not know it any more. */
  readonly onGone: (requestId: RequestId) => void;
  /** Slots of it can be sold, as far as its own state says. */
  readonly onOpen: (requestId: RequestId, slots: number, signal: AbortSignal) => void;
}

/**
 * Requests of which something was told that the chain took back, as a block was replaced by another: each is asked for
 * anew. One after another, as the last question counts.
 */
export class DoubtfulRequests {
  readonly #modules: DoubtfulRequestsModules;
  readonly #options: DoubtfulRequestsOptions;
  readonly #waiting = new Map<RequestId, object>();
  #isReading = false;

  constructor(modules: DoubtfulRequestsModules, options: DoubtfulRequestsOptions) {
    this.#modules = modules;
    this.#options = options;
  }

  add(requestId: RequestId, signal: AbortSignal): void {
    this.#waiting.delete(requestId);
    this.#waiting.set(requestId, {});
    if (!this.#isReading)
      this.#modules.tasks.track('look at requests that were taken back', this.#readAll(signal));
  }

  /** It was told again: what is being read of it is of before. */
  delete(requestId: RequestId): void {
    this.#waiting.delete(requestId);
  }

  clear(): void {
    this.#waiting.clear();
  }

  async #readAll(signal: AbortSignal): Promise<void> {
    this.#isReading = true;
    try {
      for (let [next] = this.#waiting; next; [next] = this.#waiting) {
        const [requestId, question] = next;
        const tell = await this.#lookUp(requestId, signal);
        if (this.#waiting.get(requestId) !== question) continue;
        this.#waiting.delete(requestId);
        tell();
      }
    } finally {
      this.#isReading = false;
    }
  }

  async #lookUp(requestId: RequestId, signal: AbortSignal): Promise<() => void> {
    const { logger } = this.#modules;
    const onError = (error: unknown, attempt: number) => {
      if (isEngineError(error, 'HOSTILE_VALUE')) throw error;
      logger.warn('A request that was taken back could not be read; trying again', {
        requestId,
        attempt,
        error,
      });
    };
    try {
      return await retry(() => this.#read(requestId, signal), {
        signal,
        ...this.#options.retryTimes,
        onError,
      });
    } catch (error) {
      if (isAborted(error)) throw error;
      logger.error('A request that was taken back is left as it was', { requestId, error });
      return () => {};
    }
  }

  async #read(requestId: RequestId, signal: AbortSignal): Promise<() => void> {
    const { market, logger } = this.#modules;
    const state = await market.requestState(requestId, { signal });
    if (state === undefined) {
      logger.info('A request is gone from the chain', { requestId });
      return () => this.#options.onGone(requestId);
    }
    if (state !== 'new' && state !== 'started') return () => {};
    const request = await market.getRequest(requestId, { signal });
    return () => request && this.#options.onOpen(requestId, Number(request.ask.slots), signal);
  }
}
