import type { BacktestReport, NearestMiss, WhyNotRule } from '../../../shared/insight.ts';
import type { AvailabilityId } from '../contracts/ids.ts';
import { totalPrice } from '../contracts/requests.ts';
import { throwIfAborted } from '../lib/abort.ts';
import type { StorageRequested } from '../market/market.ts';
import type { Availability, Quota } from '../sales/availability.ts';
import type { WishTerms } from '../sales/matching.ts';
import type { Terms } from '../sales/offers.ts';
import { CapacityOverTime, Totals } from './capacity.ts';
import { NearestMisses } from './nearestmisses.ts';
import { smallestChange } from './smallestchange.ts';
import { askVerdict, conditionsVerdict, wishOf, type Verdict } from './verdict.ts';

export interface BacktestOptions {
  /**
   * When a request was posted, Unix seconds. An event does not say it; asked only for requests whose other conditions
   * fit, and for near misses of an offer with an end. Without it the request's expiry is taken, which is later by as much
   * as its client gave it to start.
   */
  readonly requestedAt?: (request: StorageRequested) => number | Promise<number>;
  readonly signal: AbortSignal;
}

/**
 * Which of these requests, oldest first, the offer would have taken: once by its conditions alone, and once with its
 * space and collateral used up by what it takes and given back when a request ends.
 *
 * It is the best case: every slot that fits is filled at once, none is lost to another provider, none fails, no proof is
 * missed; every slot is paid from its request's first second to its last, also beyond the last request looked at. The
 * offer takes part from the first request on and is never paused. Memory does not grow with the number of requests.
 */
export async function backtest(
  terms: Omit<Terms, 'name' | 'enabled'>,
  requests: AsyncIterable<StorageRequested> | Iterable<StorageRequested>,
  options: BacktestOptions,
): Promise<BacktestReport> {
  const run = new Backtest(offerOf(terms), options);
  for await (const request of requests) {
    throwIfAborted(options.signal);
    await run.take(request);
  }
  return run.report();
}

class Backtest {
  readonly #offer: Availability;
  readonly #options: BacktestOptions;
  readonly #matched = new Totals();
  readonly #withCapacity: CapacityOverTime;
  readonly #refusedBy = new Map<WhyNotRule, number>();
  readonly #nearestMisses = new NearestMisses();
  #requests = 0;

  constructor(offer: Availability, options: BacktestOptions) {
    this.#offer = offer;
    this.#options = options;
    this.#withCapacity = new CapacityOverTime(offer);
  }

  async take(request: StorageRequested): Promise<void> {
    this.#requests++;
    const refusal = askVerdict(request.ask) ?? (await this.#refusal(request));
    if (refusal) this.#refusedBy.set(refusal.rule, (this.#refusedBy.get(refusal.rule) ?? 0) + 1);
  }

  report(): BacktestReport {
    return {
      requests: this.#requests,
      matched: this.#matched.value,
      withCapacity: this.#withCapacity.totals,
      refusedBy: Object.fromEntries(this.#refusedBy),
      nearestMisses: this.#nearestMisses.list(),
    };
  }

  async #refusal(request: StorageRequested): Promise<Verdict | undefined> {
    const { ask } = request;
    const endless = wishOf(ask, 0);
    const early = conditionsVerdict(this.#offer, endless);
    if (early && !this.#asksForEnd(endless)) return this.#missed(request, endless, early);
    const startsAt = await this.#requestedAt(request);
    const wish = wishOf(ask, startsAt + Number(ask.duration));
    const verdict = conditionsVerdict(this.#offer, wish);
    if (verdict) return this.#missed(request, wish, verdict);
    this.#matched.add(ask, ask.slots);
    return this.#withCapacity.take(ask, wish, startsAt);
  }

  /** When a request ends is a question to the chain; of one that is refused anyway only if it may be told as a near miss. */
  #asksForEnd(endless: WishTerms): boolean {
    return this.#offer.until !== 0 && this.#nearestMisses.wouldTake(this.#offer, endless);
  }

  #missed(request: StorageRequested, wish: WishTerms, verdict: Verdict): Verdict {
    this.#nearestMisses.add(this.#offer, wish, () => missOf(this.#offer, request, wish, verdict));
    return verdict;
  }

  async #requestedAt(request: StorageRequested): Promise<number> {
    return (await this.#options.requestedAt?.(request)) ?? request.expiresAt;
  }
}

function missOf(
  offer: Availability,
  { requestId, ask }: StorageRequested,
  wish: WishTerms,
  { rule, text }: Verdict,
): NearestMiss {
  return {
    requestId,
    rule,
    text,
    smallestChange: smallestChange(offer, wish, noQuota),
    worth: totalPrice(ask),
  };
}

/** An offer as it would be when nothing is in it yet. */
function offerOf(terms: Omit<Terms, 'name' | 'enabled'>): Availability {
  return {
    ...terms,
    id: `0x${'0'.repeat(64)}` as AvailabilityId,
    name: '',
    freeSize: terms.totalSize,
    totalRemainingCollateral: terms.totalCollateral,
    enabled: true,
    isDraining: false,
    until: terms.until ?? 0,
    createdAtMs: 0,
  };
}

/** An offer that is only thought of takes nothing from a quota yet. */
const noQuota: Quota = { max: 2n ** 64n, used: 0n, reserved: 0n };
