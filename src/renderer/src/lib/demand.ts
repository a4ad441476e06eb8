import type { RequestExplanation } from '../../../shared/insight.ts';
import type { QueueRow } from '../../../shared/rows.ts';
import { typicalOffer } from '../../../shared/practicemarket.ts';
import { GB, MONTH_SECONDS } from '../../../shared/units.ts';
import { askedIn, type Asked } from './asked.ts';
import type { Offer } from './offerdraft.ts';

/** What a request asked, as far as an offer is concerned. */
export type SeenRequest = Pick<
  RequestExplanation,
  'seenAt' | 'slots' | 'slotSizeBytes' | 'durationSeconds' | 'pricePerBytePerSecond' | 'collateralPerByte'
>;

/** What an offer may bring in a month, judged by the requests that were seen. */
export interface Projection {
  /** Tokens: had it taken one slot of each request that fits, to all of them. */
  readonly low: bigint;
  readonly high: bigint;
  /** How much of its space they would have filled, in thousandths, rounded up. */
  readonly lowShare: number;
  readonly highShare: number;
  /** Requests that fit, and the seconds in which they came. */
  readonly requests: number;
  readonly seconds: number;
}

/** The terms that decide how much an offer takes. */
export type ProjectedOffer = Pick<Offer, 'totalBytes' | 'minPricePerBytePerSecond' | 'durationSeconds'> &
  Partial<Pick<Offer, 'totalCollateral'>>;

/**
 * Undefined while no request was seen that fits. What came in less than an hour is taken for an hour's, so that the first
 * minutes do not promise a month like them.
 */
export function projected(
  offer: ProjectedOffer,
  seen: readonly SeenRequest[],
  now: number,
): Projection | undefined {
  const fitting = seen.filter((request) => fits(offer, request));
  if (fitting.length === 0 || offer.totalBytes === 0n) return undefined;
  const oldest = Math.min(...seen.map(({ seenAt }) => seenAt));
  const seconds = Math.max(HOUR, now - oldest);
  const one = demandOf(fitting, () => 1n);
  const all = demandOf(fitting, ({ slots }) => slots);
  const low = taken(offer, one, BigInt(seconds));
  const high = taken(offer, all, BigInt(seconds));
  return {
    low: low.monthly,
    high: high.monthly,
    lowShare: low.share,
    highShare: high.share,
    requests: fitting.length,
    seconds,
  };
}

/**
 * What the market asks: as far as it was seen, else as it waits in the queue; on the practice network at least as wide as
 * its makers made it. Undefined where nothing is known.
 */
export function marketOf(
  seen: readonly SeenRequest[],
  queue: Iterable<QueueRow>,
  isPractice: boolean,
): Asked | undefined {
  const asked = askedIn(
    seen.map((request) => ({
      ...request,
      collateral: request.collateralPerByte * request.slotSizeBytes,
    })),
  );
  const known = asked ?? askedIn(queue);
  if (!isPractice) return known;
  return known ? withTypical(known) : typicalMarket;
}

/** Few were seen when practice begins, and the next may pay less and ask more. */
const withTypical = ({ price, collateralPerGb, largestSlotBytes }: Asked): Asked => ({
  price: { ...price, low: least(price.low, typicalMarket.price.low) },
  collateralPerGb: {
    ...collateralPerGb,
    high: most(collateralPerGb.high, typicalMarket.collateralPerGb.high),
  },
  largestSlotBytes,
});

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);

const HOUR = 3600;

const typicalMarket: Asked = {
  price: { low: typicalOffer.minPricePerBytePerSecond, high: typicalOffer.minPricePerBytePerSecond },
  collateralPerGb: { low: typicalOffer.collateralPerByte * GB, high: typicalOffer.collateralPerByte * GB },
  largestSlotBytes: 0n,
};

/** By the rules of the node, as if the offer were empty. */
function fits(offer: ProjectedOffer, request: SeenRequest): boolean {
  const { totalBytes, minPricePerBytePerSecond, durationSeconds, totalCollateral } = offer;
  return (
    request.pricePerBytePerSecond >= minPricePerBytePerSecond &&
    request.durationSeconds <= durationSeconds &&
    request.slotSizeBytes <= totalBytes &&
    (totalCollateral === undefined || request.collateralPerByte * totalBytes <= totalCollateral)
  );
}

/** Space times time, and what is paid for it. */
interface Demand {
  readonly byteSeconds: bigint;
  readonly tokens: bigint;
}

function demandOf(requests: readonly SeenRequest[], slotsOf: (request: SeenRequest) => bigint): Demand {
  let [byteSeconds, tokens] = [0n, 0n];
  for (const request of requests) {
    const asked = slotsOf(request) * request.slotSizeBytes * request.durationSeconds;
    byteSeconds += asked;
    tokens += asked * request.pricePerBytePerSecond;
  }
  return { byteSeconds, tokens };
}

/** No more than the offer holds; at the mean price of what is asked. */
function taken(
  { totalBytes }: ProjectedOffer,
  { byteSeconds, tokens }: Demand,
  seconds: bigint,
): { monthly: bigint; share: number } {
  const room = totalBytes * seconds;
  const used = byteSeconds < room ? byteSeconds : room;
  const paid = byteSeconds === 0n ? 0n : (tokens * used) / byteSeconds;
  return { monthly: (paid * MONTH_SECONDS) / seconds, share: Number((used * 1000n + room - 1n) / room) };
}
