import type { Obstacle, RequestExplanation, WhyNotRule } from '../../../shared/insight.ts';
import type { StorageRequested } from '../market/market.ts';
import type { Availability, Quota } from '../sales/availability.ts';
import type { WishTerms } from '../sales/matching.ts';
import { smallestChange, unhelpedBy } from './smallestchange.ts';
import type { Verdict } from './verdict.ts';

/** A request as it was when it was seen, and what each offer made of it. */
export class SeenRequest {
  readonly request: StorageRequested;
  readonly seenAt: number;
  readonly wish: WishTerms;
  /** Whether what happens to it is counted; not when it was counted before a restart. */
  readonly isCounted: boolean;
  readonly offers: SeenOffer[] = [];
  /** What was in the way whatever the offers say. */
  obstacle: Verdict | undefined;
  readonly #sold = new Set<number>();
  readonly #settled = new Set<number>();

  constructor(
    request: StorageRequested,
    { seenAt, wish, isCounted }: { seenAt: number; wish: WishTerms; isCounted: boolean },
  ) {
    this.request = request;
    this.seenAt = seenAt;
    this.wish = wish;
    this.isCounted = isCounted;
  }

  /** As many as can be told apart. */
  get slots(): number {
    const { slots } = this.request.ask;
    return slots > MAX_SLOTS ? Number(MAX_SLOTS) : Number(slots);
  }

  /** Offers that would have taken a slot when the request was seen. */
  get matched(): SeenOffer[] {
    return this.offers.filter(({ hasMatched }) => hasMatched);
  }

  /** Whether nothing was told of the slot before. Of a request with very many slots only some are told apart. */
  settle(slotIndex: number): boolean {
    if (this.#settled.has(slotIndex) || this.#settled.size >= MAX_SETTLED) return false;
    this.#settled.add(slotIndex);
    return true;
  }

  /** It is ours now, whatever was in the way before. */
  sell(slotIndex: number): void {
    this.#settled.add(slotIndex);
    this.#sold.add(slotIndex);
  }

  explain(): RequestExplanation {
    const { ask, requestId, expiresAt } = this.request;
    return {
      requestId,
      seenAt: this.seenAt,
      slots: ask.slots,
      slotSizeBytes: ask.slotSize,
      durationSeconds: ask.duration,
      pricePerBytePerSecond: ask.pricePerBytePerSecond,
      collateralPerByte: ask.collateralPerByte,
      expiresAt,
      sold: this.#sold.size,
      ...(this.obstacle && { obstacle: { rule: this.obstacle.rule, text: this.obstacle.text } }),
      offers: this.offers.map((judged) => ({
        availabilityId: judged.offer.id,
        name: judged.offer.name,
        obstacles: judged.obstacles(this.wish),
      })),
    };
  }
}

/** An offer as it was when a request was seen. */
export class SeenOffer {
  readonly offer: Availability;
  readonly hasMatched: boolean;
  readonly #inTheWay = new Map<WhyNotRule, InTheWay>();

  constructor(offer: Availability, { hasMatched }: { hasMatched: boolean }) {
    this.offer = offer;
    this.hasMatched = hasMatched;
  }

  /** `now`: offer and quota at that moment. Answers whether the rule is in the way for the first time. */
  block(
    verdict: Verdict,
    slots: number,
    now: { readonly offer: Availability; readonly quota: Quota },
  ): boolean {
    const before = this.#inTheWay.get(verdict.rule);
    if (before) before.slots += slots;
    else this.#inTheWay.set(verdict.rule, { verdict, slots, ...now });
    return before === undefined;
  }

  /** In the order in which they came up. The smallest change is worked out when it is asked for. */
  obstacles(wish: WishTerms): Obstacle[] {
    return Array.from(this.#inTheWay.values(), ({ verdict, slots, offer, quota }) => ({
      ...verdict,
      slots,
      smallestChange: unhelpedBy(verdict.rule) ?? smallestChange(offer, wish, quota),
    }));
  }
}

interface InTheWay {
  readonly verdict: Verdict;
  readonly offer: Availability;
  readonly quota: Quota;
  slots: number;
}

const MAX_SLOTS = 65_535n;
const MAX_SETTLED = 1024;
