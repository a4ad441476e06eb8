import type { Clock } from '../clock/clock.ts';
import { isEngineError } from '../errors.ts';
import { retry } from '../lib/retry.ts';
import type { Tasks } from '../lib/tasks.ts';
import type { Logger } from '../logger.ts';
import type { Market, StorageRequested } from '../market/market.ts';
import type { Database } from '../stores/database.ts';
import type { OpenRequests } from './openrequests.ts';
import type { RetryTimes } from './salestate.ts';
import { WatchedSince } from './watchedsince.ts';

export interface PastRequestsModules {
  readonly market: Market;
  readonly clock: Clock;
  readonly open: OpenRequests;
  readonly database: Database;
  readonly tasks: Tasks;
  readonly logger: Logger;
}

export interface PastRequestsOptions {
  readonly lookBackSeconds: number;
  readonly retryTimes: RetryTimes;
  /** Takes each request that can still be filled, with the time it counts as heard of. */
  readonly add: (request: StorageRequested, heardAt: number) => void;
}

/**
 * Reads the requests that were posted before now. How far back: as far as a request that is open may have been posted,
 * by what was noted when the node last ran, and the look-back beyond that; never farther than a request may last.
 */
export class PastRequests {
  readonly #modules: PastRequestsModules;
  readonly #options: PastRequestsOptions;
  readonly #since: WatchedSince;
  /** As noted by an earlier run, until the past was read in this one. */
  #sinceLastRun: number | undefined;
  #savedAt = -Infinity;
  #isReading = false;
  #isOutdated = false;

  constructor(modules: PastRequestsModules, options: PastRequestsOptions) {
    this.#modules = modules;
    this.#options = options;
    this.#since = new WatchedSince(modules);
  }

  /** At the start. Tries until it succeeds. */
  async read(signal: AbortSignal): Promise<void> {
    this.#sinceLastRun = await this.#loadSince();
    await this.#read(signal);
    this.#sinceLastRun = undefined;
    this.#save();
  }

  /** Once more, in the background. While it runs, any number of calls make it run one more time. */
  readAgain(signal: AbortSignal): void {
    this.#isOutdated = true;
    if (!this.#isReading) this.#modules.tasks.track('read past requests', this.#readWhileOutdated(signal));
  }

  /** The market was followed until now; noted at most once a minute. */
  followed(): void {
    if (this.#modules.clock.now() >= this.#savedAt + SAVE_SECONDS) this.#save();
  }

  async #readWhileOutdated(signal: AbortSignal): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#isOutdated) {
        this.#isOutdated = false;
        await this.#read(signal);
      }
    } finally {
      this.#isReading = false;
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    let refusals = 0;
    const onError = (error: unknown, attempt: number) => {
      if (isEngineError(error, 'RPC_REFUSED')) refusals++;
      this.#modules.logger.warn('Past requests could not be read; trying again', { attempt, error });
    };
    const work = () => this.#readFrom(this.#from(refusals), signal);
    await retry(work, { signal, ...this.#options.retryTimes, onError });
  }

  async #readFrom(from: number, signal: AbortSignal): Promise<void> {
    const { market, clock, logger } = this.#modules;
    const heardAt = from + this.#options.lookBackSeconds;
    let open = 0;
    for await (const request of market.pastStorageRequests({ from }, { signal })) {
      if (request.expiresAt < clock.now()) continue;
      open++;
      this.#options.add(request, heardAt);
    }
    logger.info('Looked for requests of the past', { open, seconds: clock.now() - from });
  }

  /** Unix seconds. A server that has forgotten what is long ago refuses again and again: then less is asked for. */
  #from(refusals: number): number {
    const { market, clock, open } = this.#modules;
    const now = clock.now();
    const since = Math.min(now, open.oldest ?? now, this.#sinceLastRun ?? now);
    const wanted = now - since + this.#options.lookBackSeconds;
    const reach = Math.min(wanted, market.config.requestDurationLimitSeconds);
    return Math.max(0, now - Math.floor(reach / 2 ** Math.max(0, refusals - PATIENCE)));
  }

  async #loadSince(): Promise<number | undefined> {
    try {
      return await this.#since.load();
    } catch (error) {
      this.#modules.logger.warn('When the market was last followed could not be read', { error });
      return undefined;
    }
  }

  /** What is not saved makes the next start read more than it needs. */
  #save(): void {
    const { clock, open, tasks } = this.#modules;
    const now = clock.now();
    this.#savedAt = now;
    tasks.track('note how far the market was followed', this.#since.save(Math.min(now, open.oldest ?? now)));
  }
}

const SAVE_SECONDS = 60;
/** So many times a refusal may be about something else, as too many questions at once. */
const PATIENCE = 3;
