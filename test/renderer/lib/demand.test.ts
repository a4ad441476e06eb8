import { describe, expect, it } from 'vitest';
import { marketOf, projected, type SeenRequest } from '../../../src/renderer/src/lib/demand.ts';
import { typicalOffer } from '../../../src/shared/practicemarket.ts';

const NOW = 1_000_000;
const HOUR = 3600;
const MONTH = 2_592_000n;

const request = (change: Partial<SeenRequest> = {}): SeenRequest => ({
  seenAt: NOW - 10 * HOUR,
  slots: 4n,
  slotSizeBytes: 1000n,
  durationSeconds: 3600n,
  pricePerBytePerSecond: 5n,
  collateralPerByte: 2n,
  ...change,
});

const offer = {
  totalBytes: 100_000n,
  minPricePerBytePerSecond: 5n,
  durationSeconds: 3600n,
  totalCollateral: 200_000n,
};

describe('What an offer may bring', () => {
  it('is one slot of each request that fits to all of them, as much a month as in the time they came in', () => {
    const seen = [request(), request({ seenAt: NOW - HOUR })];
    // Two slots of 1000 bytes for an hour each, in ten hours.
    const one = 2n * 1000n * 3600n * 5n;
    expect(projected(offer, seen, NOW)).toEqual({
      low: (one * MONTH) / 36_000n,
      high: (4n * one * MONTH) / 36_000n,
      lowShare: 2,
      highShare: 8,
      requests: 2,
      seconds: 36_000,
    });
  });

  it.each<[string, Partial<SeenRequest>]>([
    ['pay too little', { pricePerBytePerSecond: 4n }],
    ['run too long', { durationSeconds: 3601n }],
    ['are too large', { slotSizeBytes: 100_001n }],
    ['ask for more collateral', { collateralPerByte: 3n }],
  ])('counts no requests that %s', (_what, change) => {
    expect(projected(offer, [request(change)], NOW)).toBeUndefined();
  });

  it('is never more than its space can hold', () => {
    const all = projected({ ...offer, totalBytes: 1000n }, [request({ slots: 1_000_000n })], NOW);
    expect(all?.high).toBe(1000n * 5n * MONTH);
    expect(all?.highShare).toBe(1000);
  });

  it('takes the first minutes for an hour', () => {
    expect(projected(offer, [request({ seenAt: NOW - 60 })], NOW)?.seconds).toBe(HOUR);
  });

  it('is not known while nothing was seen', () => {
    expect(projected(offer, [], NOW)).toBeUndefined();
  });
});

describe('What the market asks', () => {
  it('is what was seen, from the lowest to the highest, rather than what waits', () => {
    const seen = [request(), request({ pricePerBytePerSecond: 9n, collateralPerByte: 7n })];
    expect(marketOf(seen, [], false)).toEqual({
      price: { low: 5n, high: 9n },
      collateralPerGb: { low: 2_000_000_000n, high: 7_000_000_000n },
      largestSlotBytes: 1000n,
    });
  });

  it('is on the practice network what its makers made it, and nowhere else invented', () => {
    expect(marketOf([], [], true)?.price.low).toBe(typicalOffer.minPricePerBytePerSecond);
    expect(marketOf([], [], false)).toBeUndefined();
  });

  it('is on the practice network at least as wide as that, however few were seen', () => {
    const { minPricePerBytePerSecond: usual, collateralPerByte } = typicalOffer;
    const dear = marketOf([request({ pricePerBytePerSecond: usual * 5n })], [], true);
    expect(dear?.price).toEqual({ low: usual, high: usual * 5n });
    expect(dear?.collateralPerGb.high).toBe(collateralPerByte * 1_000_000_000n);
    expect(marketOf([request()], [], true)?.price.low).toBe(5n);
  });
});
