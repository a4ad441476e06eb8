import type { BacktestReport, RiskReport, WhyNotReport } from '../../../shared/insight.ts';
import { EngineError } from '../errors.ts';
import { abortScope, isAborted, type AbortScope } from '../lib/abort.ts';
import { Tasks } from '../lib/tasks.ts';
import type { Market, StorageRequested } from '../market/market.ts';
import type { Terms } from '../sales/offers.ts';
import { backtest } from './backtest.ts';
import { riskReport } from './slotsatrisk.ts';
import { WhyNot, type WhyNotModules, type WhyNotOptions } from './whynot.ts';

export interface InsightModules extends Omit<WhyNotModules, 'market'> {
  readonly market: Pick<Market, 'subscribe' | 'pastStorageRequests' | 'getRequest' | 'config'>;
}

export class InsightError extends EngineError<'BACKTEST_REPLACED'> {}

/** What can be asked. */
export type Insights = Pick<Insight, 'whyNotReport' | 'backtest' | 'risk'>;

/** What the node knows beyond its sales: why there were not more, what an offer would have sold, what can be lost. */
export class Insight {
  readonly whyNot: WhyNot;
  readonly #modules: InsightModules;
  readonly #scope = abortScope();
  readonly #tasks: Tasks;
  #latest: AbortScope | undefined;

  constructor(modules: InsightModules, options: WhyNotOptions = {}) {
    this.#modules = modules;
    this.whyNot = new WhyNot(modules, options);
    // Whoever asked hears of it.
    this.#tasks = new Tasks(() => {});
  }

  /** Call before the sales start, so that no request is missed. */
  async start(): Promise<void> {
    await this.whyNot.start();
  }

  /** Calls off what runs, and saves the counts. Idempotent. */
  async stop(): Promise<void> {
    this.#scope.abort();
    await this.#tasks.settle();
    await this.whyNot.stop();
  }

  /** Counts of some days and the newest requests. */
  whyNotReport({
    limit,
    ...range
  }: {
    from?: string | undefined;
    to?: string | undefined;
    limit: number;
  }): WhyNotReport {
    return { counts: this.whyNot.counts(range), recent: this.whyNot.recent(limit) };
  }

  /**
   * Which of the requests posted between two times an offer would have taken; see `backtest`. One runs at a time: a newer
   * question calls off the older one.
   * @throws InsightError BACKTEST_REPLACED; MarketError when the chain does not answer
   */
  async backtest(
    terms: Omit<Terms, 'name' | 'enabled'>,
    { from, to = this.#modules.clock.now() }: { from: number; to?: number | undefined },
  ): Promise<BacktestReport> {
    using scope = abortScope(this.#scope.signal);
    this.#latest?.abort();
    this.#latest = scope;
    const { signal } = scope;
    const requests = this.#modules.market.pastStorageRequests({ from, to }, { signal });
    const running = backtest(terms, requests, {
      signal,
      requestedAt: (request) => this.#requestedAt(request, signal),
    });
    this.#tasks.track('backtest', running);
    try {
      return await running;
    } catch (error) {
      if (isAborted(error) && this.#latest !== scope && !this.#scope.signal.aborted) throw replaced(error);
      throw error;
    } finally {
      if (this.#latest === scope) this.#latest = undefined;
    }
  }

  /** What running sales put at risk, now and if the node were off from now on. */
  risk({ seconds, risk }: { seconds: readonly number[]; risk: number }): RiskReport {
    const { sales, market, clock } = this.#modules;
    return riskReport(sales.list(), market.config, { now: clock.now(), seconds, risk });
  }

  /** The expiry of an event is absolute, that of the request counts from its posting. */
  async #requestedAt({ requestId, expiresAt }: StorageRequested, signal: AbortSignal): Promise<number> {
    const request = await this.#modules.market.getRequest(requestId, { signal });
    return request ? expiresAt - Number(request.expiry) : expiresAt;
  }
}

const replaced = (cause: unknown): InsightError =>
  new InsightError(
    'BACKTEST_REPLACED',
    {},
    { cause, message: 'A newer question took the place of this one.' },
  );
