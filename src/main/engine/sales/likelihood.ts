import type { Clock } from '../clock/clock.ts';
import type { Availability } from './availability.ts';
import { firstBrokenRule } from './matching.ts';
import type { SlotQueueItem } from './slotqueueitem.ts';

/**
 * Whether one of the offers would take the slot now, as far as that can be told without the chain (engine.md 0.3-S23): it
 * is taken to end as late as it can, and the collateral is what it was when it was queued. A hint for the order of the
 * queue, no verdict: what is unlikely is looked at all the same, later.
 */
export function isLikely(
  { slotSize, duration, pricePerBytePerSecond, collateral }: SlotQueueItem,
  offers: readonly Availability[],
  clock: Pick<Clock, 'now'>,
): boolean {
  const wish = {
    slotSize,
    duration,
    pricePerBytePerSecond,
    collateral,
    collateralPerByte: slotSize === 0n ? 0n : collateral / slotSize,
    requestEndsAt: clock.now() + Number(duration),
  };
  return offers.some((offer) => firstBrokenRule(offer, wish) === undefined);
}
