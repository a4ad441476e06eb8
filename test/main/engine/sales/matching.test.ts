import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Availability } from '../../../../src/main/engine/sales/availability.ts';
import {
  firstBrokenRule,
  tightestFit,
  type MatchingRule,
  type Wish,
} from '../../../../src/main/engine/sales/matching.ts';
import { availabilityId, aWish } from '../../../support/salesfixtures.ts';

const offer: Availability = {
  id: availabilityId(1),
  name: 'Example',
  totalSize: 1000n,
  freeSize: 100n,
  duration: 10n,
  minPricePerBytePerSecond: 10n,
  totalCollateral: 1000n,
  totalRemainingCollateral: 100n,
  enabled: true,
  until: 1_700_000_100,
  createdAtMs: 0,
};

describe('matching a slot with an offer', () => {
  it('takes one that fits exactly', () => {
    expect(firstBrokenRule(offer, aWish())).toBeUndefined();
  });

  it.each<[MatchingRule, Partial<Availability>, Partial<Wish>]>([
    ['disabled', { enabled: false }, {}],
    ['price', {}, { pricePerBytePerSecond: 9n }],
    ['duration', {}, { duration: 11n }],
    ['until', {}, { requestEndsAt: 1_700_000_101 }],
    ['size', {}, { slotSize: 1001n }],
    ['collateral', {}, { collateralPerByte: 2n }],
    ['collateral', {}, { collateral: 101n }],
    ['freeSpace', { freeSize: 99n }, {}],
  ])('refuses by the rule %s', (rule, changes, wish) => {
    expect(firstBrokenRule({ ...offer, ...changes }, aWish(wish))).toBe(rule);
  });

  it('takes any end when the offer has none', () => {
    expect(firstBrokenRule({ ...offer, until: 0 }, aWish({ requestEndsAt: 9_000_000_000 }))).toBeUndefined();
  });

  it('prefers the dearest offer that still fits, then the fullest, then the lowest id', () => {
    const cheap = { ...offer, id: availabilityId(2), minPricePerBytePerSecond: 9n };
    const roomy = { ...offer, id: availabilityId(3), freeSize: 101n, totalRemainingCollateral: 101n };
    const twin = { ...offer, id: availabilityId(4) };
    const tooDear = { ...offer, id: availabilityId(5), minPricePerBytePerSecond: 11n };
    expect(tightestFit([tooDear, cheap, roomy, twin, offer], aWish())).toBe(offer);
    expect(tightestFit([tooDear, cheap, roomy], aWish())).toBe(roomy);
    expect(tightestFit([tooDear, cheap], aWish())).toBe(cheap);
  });

  it('names the rule of the offer that came closest, with the numbers', () => {
    const full = { ...offer, id: availabilityId(2), freeSize: 7n, totalRemainingCollateral: 7n };
    expect(tightestFit([{ ...offer, minPricePerBytePerSecond: 60n }, full], aWish())).toEqual({
      rule: 'freeSpace',
      text: 'Needs 100 bytes; 7 are free.',
      availabilityId: full.id,
    });
    expect(tightestFit([{ ...offer, minPricePerBytePerSecond: 60n }], aWish())).toMatchObject({
      rule: 'price',
      text: 'Priced at 10 per byte and second; your lowest is 60.',
    });
    expect(tightestFit([], aWish())).toMatchObject({ rule: 'noOffer' });
  });

  it('does not depend on the order of the offers', () => {
    const offers = fc.array(
      fc
        .record({ price: fc.bigInt(8n, 12n), free: fc.bigInt(98n, 103n), enabled: fc.boolean() })
        .map((o) => ({
          ...offer,
          minPricePerBytePerSecond: o.price,
          freeSize: o.free,
          totalRemainingCollateral: o.free,
          enabled: o.enabled,
        })),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(offers, (list) => {
        const named = list.map((o, n) => ({ ...o, id: availabilityId(n) }));
        const fit = tightestFit(named, aWish());
        const back = tightestFit(named.toReversed(), aWish());
        expect('id' in fit ? fit.id : fit.rule).toBe('id' in back ? back.id : back.rule);
        expect('id' in fit).toBe(named.some((o) => firstBrokenRule(o, aWish()) === undefined));
      }),
    );
  });
});
