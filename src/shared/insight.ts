/**
 * What the node tells about sales that were not made, that could have been made, and that can be lost. Amounts in the
 * smallest token unit, sizes in bytes, times in Unix seconds of chain time; probabilities from 0 to 1.
 */

/**
 * Why an offer did not take a slot. The first nine are asked of the offer in this order; the next four came later, from
 * the queue and the chain. The rest is of no offer: the queue had better slots, the sale failed on our side, the request
 * has more slots than a queue can tell apart, nothing is offered at all.
 */
export const whyNotRules = [
  'price',
  'duration',
  'size',
  'collateral',
  'until',
  'disabled',
  'freeSpace',
  'quota',
  'balance',
  'reservationsFull',
  'expired',
  'tooSlow',
  'lostRace',
  'queueFull',
  'failed',
  'tooManySlots',
  'noOffer',
] as const;
export type WhyNotRule = (typeof whyNotRules)[number];

/** What did not go together, in the units of the rule; seconds for `expired` and `tooSlow`. */
export interface ConflictDetails {
  readonly asked: bigint;
  readonly yours: bigint;
}

/** The terms of an offer to change; the others stay. */
export interface OfferChanges {
  readonly totalSize?: bigint;
  readonly duration?: bigint;
  readonly minPricePerBytePerSecond?: bigint;
  readonly totalCollateral?: bigint;
  readonly enabled?: boolean;
  readonly until?: number;
}

/** The least change of an offer with which it would have taken a slot of the request, or why none would have done. */
export type SmallestChange =
  | { readonly kind: 'change'; readonly changes: OfferChanges }
  | { readonly kind: 'none'; readonly rule: WhyNotRule; readonly text: string };

/** What was in the way of an offer, for so many slots of a request. */
export interface Obstacle {
  readonly rule: WhyNotRule;
  /** One plain sentence for a person. */
  readonly text: string;
  readonly details?: ConflictDetails;
  readonly slots: number;
  readonly smallestChange: SmallestChange;
}

export interface OfferExplanation {
  readonly availabilityId: string;
  /** As it was called then. */
  readonly name: string;
  /** In the order in which they came up; empty while nothing is in the way. */
  readonly obstacles: readonly Obstacle[];
}

/** One request that was seen, and what each offer made of it. */
export interface RequestExplanation {
  readonly requestId: string;
  readonly seenAt: number;
  readonly slots: bigint;
  readonly slotSizeBytes: bigint;
  readonly durationSeconds: bigint;
  readonly pricePerBytePerSecond: bigint;
  readonly collateralPerByte: bigint;
  readonly expiresAt: number;
  /** Slots that we filled. */
  readonly sold: number;
  /** What was in the way whatever the offers say: there was none, or too many slots. */
  readonly obstacle?: { readonly rule: WhyNotRule; readonly text: string };
  readonly offers: readonly OfferExplanation[];
}

/** How often a rule was in the way of an offer on one day (UTC), or `matched`: an offer fitted when the request came. */
export interface WhyNotCount {
  /** `2026-11-22` */
  readonly day: string;
  /** Undefined for what concerns no offer. */
  readonly availabilityId?: string;
  readonly rule: WhyNotRule | 'matched';
  /** Requests with at least one such slot. */
  readonly requests: number;
  readonly slots: number;
}

export interface WhyNotReport {
  readonly counts: readonly WhyNotCount[];
  /** Newest first. */
  readonly recent: readonly RequestExplanation[];
}

/** What an offer would have taken. */
export interface BacktestTotals {
  /** Requests of which at least one slot was taken. */
  readonly requests: number;
  readonly slots: bigint;
  readonly bytes: bigint;
  /** Tokens, were each slot held from its request's first second to its last. */
  readonly earned: bigint;
}

export interface BacktestReport {
  /** Requests looked at. */
  readonly requests: number;
  /** By the conditions alone, as if the offer were empty for each request. */
  readonly matched: BacktestTotals;
  /** With space and collateral taken for as long as each request runs. */
  readonly withCapacity: BacktestTotals;
  /** The first rule that failed, in requests; `freeSpace` and `collateral` also for what only the capacity forbade. */
  readonly refusedBy: Partial<Record<WhyNotRule, number>>;
  /** Those that failed by least, nearest first. */
  readonly nearestMisses: readonly NearestMiss[];
}

export interface NearestMiss {
  readonly requestId: string;
  readonly rule: WhyNotRule;
  readonly text: string;
  readonly smallestChange: SmallestChange;
  /** Tokens that all its slots pay. */
  readonly worth: bigint;
}

/** What being offline for so long may cost. All of it an upper bound of the kind that `risk.ts` documents. */
export interface OfflineRisk {
  readonly seconds: number;
  /** That at least one proof is missed. */
  readonly anySlash: number;
  /** That at least one slot is taken away. */
  readonly anyLoss: number;
  /** Tokens: collateral, and pay that has accrued. */
  readonly expectedLoss: bigint;
  readonly slots: readonly SlotOfflineRisk[];
}

export interface SlotOfflineRisk {
  readonly slotId: string;
  /** Periods that would pass without a proof being possible. */
  readonly periods: number;
  readonly expectedMisses: number;
  readonly slash: number;
  readonly loss: number;
  readonly expectedLoss: bigint;
}

/** What so many missed proofs have taken from a slot. */
export interface LadderStep {
  readonly missed: number;
  /** Tokens of the collateral that are left. */
  readonly collateralLeft: bigint;
  /** The slot is taken away: no collateral and no pay. */
  readonly isLost: boolean;
}

export interface SlotRisk {
  readonly slotId: string;
  /** Missed proofs so far. */
  readonly missed: number;
  readonly ladder: readonly LadderStep[];
  /** Collateral and accrued pay that go with the slot now. */
  readonly atRisk: bigint;
  /** That a period asks for a proof. */
  readonly proofChance: number;
}

export interface RiskReport {
  readonly asOf: number;
  /** Tokens that the loss of all slots would take now. */
  readonly atRisk: bigint;
  readonly slots: readonly SlotRisk[];
  readonly offline: readonly OfflineRisk[];
  /** How long the node can be off from now on at the chosen risk, seconds; Infinity: as long as its slots run. */
  readonly safeSeconds: { readonly risk: number; readonly noSlash: number; readonly noLoss: number };
}
