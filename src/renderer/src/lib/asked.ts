import type { QueueRow } from '../../../shared/rows.ts';

/** What the requests in the queue ask and pay now, from the lowest to the highest, and the largest of their slots. Undefined when none waits. */
export interface Asked {
  readonly price: Range;
  /** Smallest units of the token for 10^9 bytes. */
  readonly collateralPerGb: Range;
  /** The largest slot among them; 0 where the sizes are not known. */
  readonly largestSlotBytes: bigint;
}

export interface Range {
  readonly low: bigint;
  readonly high: bigint;
}

/** What of a slot is looked at. */
type AskedSlot = Pick<QueueRow, 'pricePerBytePerSecond' | 'collateral' | 'slotSizeBytes'>;

export function askedIn(queue: Iterable<AskedSlot>): Asked | undefined {
  const prices: bigint[] = [];
  const collaterals: bigint[] = [];
  let largestSlotBytes = 0n;
  for (const { pricePerBytePerSecond, collateral, slotSizeBytes } of queue) {
    if (slotSizeBytes === 0n) continue;
    if (slotSizeBytes > largestSlotBytes) largestSlotBytes = slotSizeBytes;
    prices.push(pricePerBytePerSecond);
    collaterals.push((collateral * 1_000_000_000n + slotSizeBytes - 1n) / slotSizeBytes);
  }
  const price = rangeOf(prices);
  const collateralPerGb = rangeOf(collaterals);
  return price && collateralPerGb && { price, collateralPerGb, largestSlotBytes };
}

function rangeOf(amounts: readonly bigint[]): Range | undefined {
  const [first, ...rest] = amounts;
  if (first === undefined) return undefined;
  let [low, high] = [first, first];
  for (const amount of rest) {
    if (amount < low) low = amount;
    if (amount > high) high = amount;
  }
  return { low, high };
}
