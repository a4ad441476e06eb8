import { LAST_SECOND, ruleText, type RefusalFigures } from '../../../shared/refusal.ts';
import { said } from '../../../shared/i18n/shared.ts';
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
  /** One plain sentence for a person. */
  readonly text: string;
  /** The offer that came closest. */
  readonly availabilityId?: AvailabilityId;
  readonly details?: RefusalDetails;
}

export type RefusalDetails = RefusalFigures;

/** What the rules look at: the wish without the slot it is for. */
export type WishTerms = Omit<Wish, 'requestId' | 'slotIndex' | 'slotId'>;

/** The first rule of the offer that the wish breaks; undefined when it fits. Source: engine.md 2.10. */
export function firstBrokenRule(offer: Availability, wish: WishTerms): MatchingRule | undefined {
  return matchingRules.find((rule) => conflicts[rule](offer, wish));
}

/** What one rule has against a wish, whatever the others say; undefined when it has nothing. */
export function conflictOf(rule: MatchingRule, offer: Availability, wish: WishTerms): Refusal | undefined {
  const details = conflicts[rule](offer, wish);
  return details && refusalOf({ offer, rule, details });
}

/**
 * The tightest fit: the highest minimum price that still matches, then the least free space, then the id; so that the
 * generous offers stay open for those who need them. Without a fit, the refusal of the offer that came closest.
 */
export function tightestFit(offers: Iterable<Availability>, wish: Wish): Availability | Refusal {
  let best: Availability | undefined;
  let closest: Miss | undefined;
  for (const offer of offers) {
    const miss = missOf(offer, wish);
    if (miss) closest = closest && byCloseness(closest, miss) <= 0 ? closest : miss;
    else if (best === undefined || byTightness(offer, best) < 0) best = offer;
  }
  return best ?? (closest ? refusalOf(closest) : noOffer);
}

export function byTightness(a: Availability, b: Availability): number {
  if (a.minPricePerBytePerSecond !== b.minPricePerBytePerSecond) {
    return a.minPricePerBytePerSecond > b.minPricePerBytePerSecond ? -1 : 1;
  }
  if (a.freeSize !== b.freeSize) return a.freeSize < b.freeSize ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** An offer that does not fit: the first rule that is broken, and by what. */
interface Miss {
  readonly offer: Availability;
  readonly rule: MatchingRule;
  readonly details: RefusalDetails;
}

function missOf(offer: Availability, wish: Wish): Miss | undefined {
  for (const rule of matchingRules) {
    const details = conflicts[rule](offer, wish);
    if (details) return { offer, rule, details };
  }
  return undefined;
}

/** Who fails at a later rule came closer; at the same rule, who lacks less. */
function byCloseness(a: Miss, b: Miss): number {
  const rules = matchingRules.indexOf(b.rule) - matchingRules.indexOf(a.rule);
  if (rules !== 0) return rules;
  const lack = lackOf(a) - lackOf(b);
  if (lack !== 0n) return lack < 0n ? -1 : 1;
  return a.offer.id < b.offer.id ? -1 : 1;
}

function lackOf({ details: { asked, yours } }: Miss): bigint {
  return asked > yours ? asked - yours : yours - asked;
}

function refusalOf({ offer, rule, details }: Miss): Refusal {
  const refusal = { rule, text: textOf(rule, details, offer), availabilityId: offer.id };
  return details === unmeasured ? refusal : { ...refusal, details };
}

/** Of a rule that compares nothing. */
const unmeasured: RefusalDetails = { asked: 0n, yours: 0n };

const noOffer: Refusal = { rule: 'noOffer', text: said('refusal.noOffer') };

const conflicts: Record<MatchingRule, (offer: Availability, wish: WishTerms) => RefusalDetails | undefined> =
  {
    disabled: ({ enabled, isDraining }) => (enabled && !isDraining ? undefined : unmeasured),
    price: (offer, wish) => below(wish.pricePerBytePerSecond, offer.minPricePerBytePerSecond),
    duration: (offer, wish) => above(wish.duration, offer.duration),
    until: ({ until }, wish) =>
      above(unixSeconds(wish.requestEndsAt), until === 0 ? LAST_SECOND : BigInt(until)),
    // A slot of nothing would need no room and bring no pay.
    size: ({ totalSize }, { slotSize }) =>
      slotSize > 0n ? above(slotSize, totalSize) : { asked: slotSize, yours: totalSize },
    freeSpace: (offer, wish) => above(wish.slotSize, offer.freeSize),
    // What is left must do for every byte that is still free; and it can never pay more than it is.
    collateral: (offer, wish) =>
      above(wish.collateralPerByte, maxCollateralPerByte(offer)) ??
      perByte(above(wish.collateral, offer.totalRemainingCollateral), wish.slotSize),
  };

/** What is no moment in time lies beyond all of them, so that no offer takes it. */
const unixSeconds = (time: number): bigint =>
  Number.isSafeInteger(time) && time >= 0 ? BigInt(time) : LAST_SECOND + 1n;

const above = (asked: bigint, yours: bigint) => (asked > yours ? { asked, yours } : undefined);
const below = (asked: bigint, yours: bigint) => (asked < yours ? { asked, yours } : undefined);

/** Rounded apart, so that what was too much still is. */
function perByte(details: RefusalDetails | undefined, bytes: bigint): RefusalDetails | undefined {
  if (bytes === 0n) return details;
  return details && { asked: (details.asked + bytes - 1n) / bytes, yours: details.yours / bytes };
}

function textOf(rule: MatchingRule, details: RefusalDetails, { name, isDraining }: Availability): string {
  if (rule !== 'disabled') return ruleText(rule, details);
  return isDraining ? said('refusal.deleted', { name }) : said('refusal.paused', { name });
}
