import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OfferChanges } from '../../../../src/shared/insight.ts';
import { smallestChange } from '../../../../src/main/engine/insight/smallestchange.ts';
import { wishOf } from '../../../../src/main/engine/insight/verdict.ts';
import type { Availability, Quota } from '../../../../src/main/engine/sales/availability.ts';
import { firstBrokenRule, type WishTerms } from '../../../../src/main/engine/sales/matching.ts';
import { patchAvailability } from '../../../../src/main/engine/sales/offers.ts';
import { anOffer, someQuota } from '../../../support/insightfixtures.ts';
import { exampleAsk } from '../../../support/requests.ts';

const now = 1_700_000_000;
const wish = wishOf(exampleAsk, now + 3600);
const slotSize = exampleAsk.slotSize;

describe('The smallest change of an offer', () => {
  it.each<[string, Partial<Availability>, OfferChanges]>([
    ['a paused one is taken up again', { enabled: false }, { enabled: true }],
    [
      'the price comes down to what is paid',
      { minPricePerBytePerSecond: 70n },
      { minPricePerBytePerSecond: 7n },
    ],
    ['the longest sale gets as long', { duration: 10n }, { duration: 3600n }],
    ['the end is put off to the end of the request', { until: now }, { until: now + 3600 }],
    [
      'it grows by the bytes that are missing, and by the collateral for them',
      { totalSize: 10n, totalCollateral: 1000n },
      { totalSize: slotSize, totalCollateral: 100n * slotSize },
    ],
    [
      'a sold-out one grows by one slot',
      { freeSize: 0n, totalRemainingCollateral: 0n },
      { totalSize: 9n * slotSize, totalCollateral: 900n * slotSize },
    ],
    [
      'collateral is added for every byte that is free',
      { totalRemainingCollateral: 799n * slotSize },
      { totalCollateral: 801n * slotSize },
    ],
    [
      'all that is in the way changes at once',
      { enabled: false, duration: 1n, minPricePerBytePerSecond: 8n },
      { enabled: true, duration: 3600n, minPricePerBytePerSecond: 7n },
    ],
  ])('%s', (_what, offer, changes) => {
    expect(smallestChange(anOffer(offer), wish, someQuota)).toEqual({ kind: 'change', changes });
  });

  it('is none for an offer that fits', () => {
    expect(smallestChange(anOffer(), wish, someQuota)).toEqual({ kind: 'change', changes: {} });
  });

  it.each<[string, Partial<Availability>, Partial<WishTerms>, Quota]>([
    ['disabled', { isDraining: true, enabled: false }, {}, someQuota],
    ['price', {}, { pricePerBytePerSecond: 0n }, someQuota],
    ['size', {}, { slotSize: 0n }, someQuota],
    ['size', {}, { slotSize: 2n ** 64n - 1n }, { ...someQuota, max: 2n ** 80n }],
    ['duration', {}, { duration: 2n ** 64n }, someQuota],
    ['until', { until: now }, { requestEndsAt: Infinity }, someQuota],
    ['quota', { freeSize: 0n }, {}, { max: slotSize, used: 0n, reserved: 1n }],
    ['quota', { enabled: false }, {}, { max: 10n, used: 5n, reserved: 6n }],
    ['collateral', {}, { collateralPerByte: 2n ** 255n, collateral: 2n ** 255n * slotSize }, someQuota],
  ])('cannot be made against %s, and says why', (rule, offer, asked, quota) => {
    const change = smallestChange(anOffer(offer), { ...wish, ...asked }, quota);
    expect(change).toMatchObject({ kind: 'none', rule, text: expect.stringMatching(/\.$/) });
  });

  it('takes the last byte of the quota, and not one more', () => {
    const full = anOffer({ freeSize: 1n });
    const quota = (free: bigint): Quota => ({
      max: 1000n * slotSize,
      used: 0n,
      reserved: 1000n * slotSize - free,
    });
    expect(smallestChange(full, wish, quota(slotSize - 1n)).kind).toBe('change');
    expect(smallestChange(full, wish, quota(slotSize - 2n))).toMatchObject({ kind: 'none', rule: 'quota' });
  });

  it('lets the slot in when the ledger makes it, and one unit less in any term does not', () => {
    fc.assert(
      fc.property(anyOffer, anyWish, (offer, asked) => {
        const { changes } = changeOf(offer, asked);
        expect(firstBrokenRule(patched(offer, changes), asked)).toBeUndefined();
        for (const less of oneUnitLess(changes)) {
          expect(
            firstBrokenRule(patched(offer, less), asked),
            JSON.stringify(Object.keys(less)),
          ).toBeDefined();
        }
      }),
      { numRuns: 2000 },
    );
  });
});

function changeOf(offer: Availability, asked: WishTerms): { changes: OfferChanges } {
  const change = smallestChange(offer, asked, plenty);
  if (change.kind === 'none') throw new Error(change.text);
  return change;
}

/** The offer as the ledger's own operation leaves it. */
function patched(offer: Availability, changes: OfferChanges): Availability {
  const ledger = { quota: plenty, availabilities: new Map([[offer.id, offer]]), reservations: new Map() };
  return patchAvailability(ledger, offer.id, changes).availability;
}

/** The changes with one of them drawn back by one unit, or left out where it has no units. */
function oneUnitLess(changes: OfferChanges): OfferChanges[] {
  const { totalSize, duration, minPricePerBytePerSecond, totalCollateral, enabled, until } = changes;
  const { enabled: _, ...stillPaused } = changes;
  return [
    ...(totalSize === undefined ? [] : [{ ...changes, totalSize: totalSize - 1n }]),
    ...(duration === undefined ? [] : [{ ...changes, duration: duration - 1n }]),
    ...(minPricePerBytePerSecond === undefined
      ? []
      : [{ ...changes, minPricePerBytePerSecond: minPricePerBytePerSecond + 1n }]),
    ...(totalCollateral === undefined ? [] : [{ ...changes, totalCollateral: totalCollateral - 1n }]),
    ...(until === undefined ? [] : [{ ...changes, until: until - 1 }]),
    ...(enabled === undefined ? [] : [stillPaused]),
  ];
}

const plenty: Quota = { max: 2n ** 62n, used: 0n, reserved: 2n ** 40n };

const small = fc.bigInt(1n, 12n);
const large = fc.bigInt(1n, 2n ** 60n);
const amount = fc.oneof(small, large);

const anyWish: fc.Arbitrary<WishTerms> = fc
  .record({
    slotSize: fc.oneof(small, fc.bigInt(1n, 2n ** 50n)),
    duration: amount,
    price: amount,
    rate: amount,
    endsAt: fc.integer({ min: 1, max: 20 }),
    discount: fc.bigInt(0n, 10n),
  })
  .map(({ slotSize, duration, price, rate, endsAt, discount }) => ({
    slotSize,
    duration,
    pricePerBytePerSecond: price,
    collateralPerByte: rate,
    // Less for one in repair.
    collateral: rate * slotSize - (rate * slotSize * discount) / 100n,
    requestEndsAt: endsAt,
  }));

/** One with slots in it. */
const anyOffer: fc.Arbitrary<Availability> = fc
  .record({
    free: fc.oneof(fc.constant(0n), small, fc.bigInt(0n, 2n ** 50n)),
    sold: fc.oneof(fc.constant(0n), small),
    left: fc.oneof(fc.constant(0n), small, fc.bigInt(0n, 2n ** 110n)),
    tied: fc.oneof(fc.constant(0n), amount),
    duration: amount,
    price: amount,
    enabled: fc.boolean(),
    until: fc.integer({ min: 0, max: 20 }),
  })
  .map(({ free, sold, left, tied, duration, price, enabled, until }) =>
    anOffer({
      totalSize: free + sold + (free + sold === 0n ? 1n : 0n),
      freeSize: free,
      totalCollateral: left + tied + 1n,
      totalRemainingCollateral: left,
      duration,
      minPricePerBytePerSecond: price,
      enabled,
      until,
    }),
  );
