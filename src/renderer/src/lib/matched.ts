import type { RequestExplanation, WhyNotReport, WhyNotRule } from '../../../shared/insight.ts';

/** How many of the requests seen lately an offer's terms fitted. */
export interface Matched {
  readonly requests: number;
  readonly byOffer: ReadonlyMap<string, number>;
}

/** Counts the requests of a report that were seen at `since` (Unix seconds) or later. */
export function matchedSince({ recent }: WhyNotReport, since: number): Matched {
  const byOffer = new Map<string, number>();
  const lately = recent.filter(({ seenAt }) => seenAt >= since);
  for (const request of lately) {
    for (const { availabilityId, obstacles } of request.offers) {
      if (!fits(request, obstacles)) continue;
      byOffer.set(availabilityId, (byOffer.get(availabilityId) ?? 0) + 1);
    }
  }
  return { requests: lately.length, byOffer };
}

/** With at least one slot against which no term of the offer stood. */
const fits = ({ slots }: RequestExplanation, obstacles: RequestExplanation['offers'][number]['obstacles']) =>
  obstacles.filter(({ rule }) => terms.has(rule)).reduce((sum, obstacle) => sum + obstacle.slots, 0) <
  Number(slots);

const terms: ReadonlySet<WhyNotRule> = new Set(['price', 'duration', 'size', 'collateral', 'until']);
