import type { OfferChanges, SmallestChange, WhyNotRule } from '../../../shared/insight.ts';
import { bytesText } from '../../../shared/units.ts';
import type { Availability, Quota } from '../sales/availability.ts';
import { conflictOf, matchingRules, type MatchingRule, type WishTerms } from '../sales/matching.ts';

/**
 * The least change of an offer with which it takes the slot: of every term that is in the way just as much as is needed,
 * and not one unit more. The terms are changed together: room for the slot is more bytes to put collateral in for.
 * Says `none` when the terms are not what is in the way, or when the change is one the ledger would refuse.
 */
export function smallestChange(offer: Availability, wish: WishTerms, quota: Quota): SmallestChange {
  const impossible = impossibility(offer, wish, quota);
  if (impossible) return { kind: 'none', ...impossible };
  const broken = matchingRules.filter((rule) => conflictOf(rule, offer, wish));
  const changes: OfferChanges = {
    ...broken.reduce((all, rule) => ({ ...all, ...changeFor[rule](offer, wish) }), {}),
    ...collateralChange(offer, wish),
  };
  return { kind: 'change', changes };
}

/** For a rule that is none of the offer's: why no change of it would have helped. */
export function unhelpedBy(rule: WhyNotRule): SmallestChange | undefined {
  return rule === 'quota' || matchingRules.some((own) => own === rule)
    ? undefined
    : { kind: 'none', rule, text: 'No change of the offer would have helped.' };
}

const changeFor: Record<MatchingRule, (offer: Availability, wish: WishTerms) => OfferChanges> = {
  disabled: () => ({ enabled: true }),
  price: (_, { pricePerBytePerSecond }) => ({ minPricePerBytePerSecond: pricePerBytePerSecond }),
  duration: (_, { duration }) => ({ duration }),
  until: (_, { requestEndsAt }) => ({ until: requestEndsAt }),
  size: (offer, wish) => ({ totalSize: offer.totalSize + growthFor(offer, wish) }),
  freeSpace: (offer, wish) => ({ totalSize: offer.totalSize + growthFor(offer, wish) }),
  // Depends on the room that the other changes make.
  collateral: () => ({}),
};

/** Bytes that are missing for one slot. */
function growthFor({ freeSize }: Availability, { slotSize }: WishTerms): bigint {
  return slotSize > freeSize ? slotSize - freeSize : 0n;
}

/** Enough for the slot, and its rate for every byte that is free once there is room (engine.md 1.6). */
function collateralChange(offer: Availability, wish: WishTerms): OfferChanges {
  const { totalCollateral, totalRemainingCollateral } = offer;
  const freeSize = offer.freeSize + growthFor(offer, wish);
  const forEachByte = wish.collateralPerByte * freeSize;
  const needed = forEachByte > wish.collateral ? forEachByte : wish.collateral;
  if (needed <= totalRemainingCollateral) return {};
  return { totalCollateral: totalCollateral + needed - totalRemainingCollateral };
}

/** What no change of terms helps against, or what the ledger refuses. */
function impossibility(
  offer: Availability,
  wish: WishTerms,
  quota: Quota,
): { readonly rule: WhyNotRule; readonly text: string } | undefined {
  const available = quota.max - quota.used - quota.reserved;
  const growth = growthFor(offer, wish);
  if (offer.isDraining) return { rule: 'disabled', text: 'The offer is deleted and winds down.' };
  if (wish.pricePerBytePerSecond <= 0n)
    return { rule: 'price', text: 'It pays nothing; no offer can ask for that.' };
  if (wish.slotSize <= 0n)
    return { rule: 'size', text: 'Its slots have no bytes; there is nothing to store.' };
  if (wish.duration > MAX_DURATION) return { rule: 'duration', text: 'No offer can be made for that long.' };
  if (!Number.isSafeInteger(wish.requestEndsAt) || wish.requestEndsAt < 0)
    return { rule: 'until', text: 'It has no end that a calendar knows.' };
  if (offer.totalSize + growth > MAX_SIZE) return { rule: 'size', text: 'No offer can be that large.' };
  if (available < 0n) return { rule: 'quota', text: 'More is stored and promised than your quota allows.' };
  if (growth > available) {
    const text = `The offer would need ${bytesText(growth)} more; ${bytesText(available)} of your quota are not promised yet.`;
    return { rule: 'quota', text };
  }
  const { totalCollateral = 0n } = collateralChange(offer, wish);
  if (totalCollateral > MAX_AMOUNT) return { rule: 'collateral', text: 'So many tokens cannot exist.' };
  return undefined;
}

/** What an offer's terms can hold; see the ledger. */
const MAX_SIZE = 2n ** 63n - 1n;
const MAX_AMOUNT = 2n ** 256n - 1n;
const MAX_DURATION = 2n ** 64n - 1n;
