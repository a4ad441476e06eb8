import type { AvailabilityId, RequestId, SlotId } from '../contracts/ids.ts';
import { maxCollateralPerByte, type Availability } from './availability.ts';

/** What a slot asks of an offer. */
export interface Wish {
  readonly requestId: RequestId;
  readonly slotIndex: number;
  readonly slotId: SlotId;
  /** Bytes. */
  readonly slotSize: bigint;
  /** Seconds. */
  readonly duration: bigint;
  readonly pricePerBytePerSecond: bigint;
  readonly collateralPerByte: bigint;
  /** Tokens to put in for this slot; less than `collateralPerByte * slotSize` for one in repair. */
  readonly collateral: bigint;
  /** Unix second. */
  readonly requestEndsAt: number;
}

/** The rules of an offer, in the order in which they are asked. `overQuota` and `noOffer` are of the whole ledger. */
export const matchingRules = [
  'disabled',
  'price',
  'duration',
  'until',
  'size',
  'freeSpace',
  'collateral',
] as const;
export type MatchingRule = (typeof matchingRules)[number];

/** Why a slot is not taken: the first rule that failed, and the facts in words. */
export interface Refusal {
  readonly rule: MatchingRule | 'noOffer' | 'overQuota';
  readonly text: string;
  /** The offer that came closest. */
  readonly availabilityId?: AvailabilityId;
}

/** The first rule of the offer that the wish breaks; undefined when it fits. Source: engine.md 2.10. */
export function firstBrokenRule(offer: Availability, wish: Wish): MatchingRule | undefined {
  return matchingRules.find((rule) => breaks[rule](offer, wish));
}

/**
 * The tightest fit: the highest minimum price that still matches, then the least free space, then the id; so that the
 * generous offers stay open for those who need them. Without a fit, the refusal of the offer that came closest.
 */
export function tightestFit(offers: Iterable<Availability>, wish: Wish): Availability | Refusal {
  let best: Availability | undefined;
  let closest: { offer: Availability; rule: MatchingRule } | undefined;
  for (const offer of offers) {
    const rule = firstBrokenRule(offer, wish);
    if (rule === undefined) {
      if (best === undefined || byTightness(offer, best) < 0) best = offer;
    } else if (closest === undefined || matchingRules.indexOf(rule) > matchingRules.indexOf(closest.rule)) {
      closest = { offer, rule };
    }
  }
  if (best) return best;
  if (!closest) return { rule: 'noOffer', text: 'You offer no space yet.' };
  return {
    rule: closest.rule,
    text: words[closest.rule](closest.offer, wish),
    availabilityId: closest.offer.id,
  };
}

export function byTightness(a: Availability, b: Availability): number {
  if (a.minPricePerBytePerSecond !== b.minPricePerBytePerSecond) {
    return a.minPricePerBytePerSecond > b.minPricePerBytePerSecond ? -1 : 1;
  }
  if (a.freeSize !== b.freeSize) return a.freeSize < b.freeSize ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

const breaks: Record<MatchingRule, (offer: Availability, wish: Wish) => boolean> = {
  disabled: (offer) => !offer.enabled,
  price: (offer, wish) => wish.pricePerBytePerSecond < offer.minPricePerBytePerSecond,
  duration: (offer, wish) => wish.duration > offer.duration,
  until: (offer, wish) => offer.until !== 0 && wish.requestEndsAt > offer.until,
  size: (offer, wish) => wish.slotSize > offer.totalSize,
  freeSpace: (offer, wish) => wish.slotSize > offer.freeSize,
  // What is left must do for every byte that is still free; and it can never pay more than it is.
  collateral: (offer, wish) =>
    wish.collateralPerByte > maxCollateralPerByte(offer) || wish.collateral > offer.totalRemainingCollateral,
};

const words: Record<MatchingRule, (offer: Availability, wish: Wish) => string> = {
  disabled: (offer) => `Your offer "${offer.name}" is paused.`,
  price: (offer, wish) =>
    `Priced at ${wish.pricePerBytePerSecond} per byte and second; your lowest is ${offer.minPricePerBytePerSecond}.`,
  duration: (offer, wish) => `Runs for ${wish.duration} s; your longest is ${offer.duration} s.`,
  until: (offer, wish) => `Ends at ${utc(wish.requestEndsAt)}; your offer ends at ${utc(offer.until)}.`,
  size: (offer, wish) => `A slot of ${wish.slotSize} bytes; your largest offer has ${offer.totalSize}.`,
  collateral: (offer, wish) =>
    `Asks ${wish.collateralPerByte} of collateral per byte; what is left of yours allows ${maxCollateralPerByte(offer)}.`,
  freeSpace: (offer, wish) => `Needs ${wish.slotSize} bytes; ${offer.freeSize} are free.`,
};

const utc = (unixSeconds: number): string =>
  unixSeconds < 8.64e12
    ? new Date(unixSeconds * 1000).toISOString().replace('.000Z', 'Z')
    : String(unixSeconds);
