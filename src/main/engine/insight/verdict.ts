import type { ConflictDetails, WhyNotRule } from '../../../shared/insight.ts';
import { bytesText, durationText, tokensText } from '../../../shared/units.ts';
import { collateralPerSlot, type StorageAsk } from '../contracts/requests.ts';
import type { Availability, Quota } from '../sales/availability.ts';
import { conflictOf, type MatchingRule, type WishTerms } from '../sales/matching.ts';
import { MAX_SLOTS } from '../sales/slotqueueitem.ts';

/** Why an offer does not take a slot: the first rule that fails, and the facts in words. */
export interface Verdict {
  readonly rule: WhyNotRule;
  /** One plain sentence for a person. */
  readonly text: string;
  readonly details?: ConflictDetails;
}

/** What counts beside the offer. What is not known is not held against a slot. */
export interface VerdictFacts {
  readonly quota: Quota;
  /** Chain time. */
  readonly now: number;
  /** Unix second after which the slot can no longer be filled. */
  readonly expiresAt: number;
  /** Tokens in the wallet. */
  readonly balance?: bigint | undefined;
  /** How long such a slot takes to fetch, at the speed that was measured. */
  readonly downloadSeconds?: number | undefined;
}

/** The conditions of an offer: what it says whatever it holds at the moment. */
export const conditionRules = [
  'price',
  'duration',
  'size',
  'collateral',
  'until',
  'disabled',
] as const satisfies readonly MatchingRule[];

/**
 * The first rule by which an offer does not take a slot; undefined when it does. First its conditions, asked of the offer
 * as if nothing were in it; then its room and what is left of its collateral; then what the node as a whole can do. So an
 * offer that is sold out is told to have no free space, and not too little collateral.
 */
export function verdictOf(offer: Availability, wish: WishTerms, facts: VerdictFacts): Verdict | undefined {
  return conditionsVerdict(offer, wish) ?? roomVerdict(offer, wish) ?? nodeVerdict(wish, facts);
}

/** By the conditions alone, however full the offer is. */
export function conditionsVerdict(offer: Availability, wish: WishTerms): Verdict | undefined {
  const empty = emptied(offer);
  for (const rule of conditionRules) {
    const verdict = ruleVerdict(rule, empty, wish);
    if (verdict) return verdict;
  }
  return undefined;
}

/** By what is free of the offer, and what is left of its collateral. */
export function roomVerdict(offer: Availability, wish: WishTerms): Verdict | undefined {
  return ruleVerdict('freeSpace', offer, wish) ?? ruleVerdict('collateral', offer, wish);
}

/** The offer with nothing in it. */
export const emptied = (offer: Availability): Availability => ({
  ...offer,
  freeSize: offer.totalSize,
  totalRemainingCollateral: offer.totalCollateral,
});

/** What a free slot of a request asks of an offer. `endsAt`: when the request ends at the latest, Unix seconds. */
export function wishOf(ask: StorageAsk, endsAt: number): WishTerms {
  return {
    slotSize: ask.slotSize,
    duration: ask.duration,
    pricePerBytePerSecond: ask.pricePerBytePerSecond,
    collateralPerByte: ask.collateralPerByte,
    collateral: collateralPerSlot(ask),
    requestEndsAt: endsAt,
  };
}

/** What keeps a request from the queue, whatever the offers say. */
export function askVerdict({ slots }: StorageAsk): Verdict | undefined {
  if (slots > 0n && slots <= BigInt(MAX_SLOTS)) return undefined;
  const text =
    slots > 0n ? `It has ${slots} slots; the node takes no more than ${MAX_SLOTS}.` : 'It has no slot.';
  return { rule: 'tooManySlots', text, details: { asked: slots, yours: BigInt(MAX_SLOTS) } };
}

function nodeVerdict(
  { slotSize, collateral }: WishTerms,
  { quota, now, expiresAt, balance, downloadSeconds }: VerdictFacts,
): Verdict | undefined {
  const taken = quota.used + quota.reserved;
  if (taken > quota.max) {
    const text = `You store and promise ${bytesText(taken)}, more than your quota of ${bytesText(quota.max)}.`;
    return { rule: 'quota', text, details: { asked: taken, yours: quota.max } };
  }
  if (balance !== undefined && balance < collateral) {
    const text = `A slot takes ${tokensText(collateral)} tokens of collateral; the wallet has ${tokensText(balance)}.`;
    return { rule: 'balance', text, details: { asked: collateral, yours: balance } };
  }
  if (expiresAt < now) {
    return {
      rule: 'expired',
      text: 'It expired before it could be filled.',
      details: seconds(now, expiresAt),
    };
  }
  if (downloadSeconds !== undefined && downloadSeconds > expiresAt - now) {
    const text = `A slot of ${bytesText(slotSize)} takes ${durationText(downloadSeconds)} to fetch; it expires in ${durationText(expiresAt - now)}.`;
    return { rule: 'tooSlow', text, details: seconds(downloadSeconds, expiresAt - now) };
  }
  return undefined;
}

function ruleVerdict(rule: MatchingRule, offer: Availability, wish: WishTerms): Verdict | undefined {
  const conflict = conflictOf(rule, offer, wish);
  if (!conflict) return undefined;
  const { text, details } = conflict;
  return { rule, text, ...(details && { details }) };
}

const seconds = (asked: number, yours: number): ConflictDetails => ({
  asked: BigInt(Math.ceil(asked)),
  yours: BigInt(Math.floor(yours)),
});
