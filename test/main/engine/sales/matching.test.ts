import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxCollateralPerByte, type Availability } from '../../../../src/main/engine/sales/availability.ts';
import {
  firstBrokenRule,
  tightestFit,
  type MatchingRule,
  type Wish,
} from '../../../../src/main/engine/sales/matching.ts';
import {
  aLedger,
  availabilityId,
  aWish,
  exampleTerms,
  expectSoundBooks,
  openLedger,
  snapshot,
} from '../../../support/ledgerfixtures.ts';

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
  isDraining: false,
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

  it('takes one whose end lies before that of the offer', () => {
    expect(firstBrokenRule(offer, aWish({ requestEndsAt: 1_700_000_099 }))).toBeUndefined();
  });

  it('takes nothing for an offer that winds down', () => {
    expect(firstBrokenRule({ ...offer, isDraining: true }, aWish())).toBe('disabled');
  });

  it('allows each free byte its share of the collateral that is left, rounded down; a full offer all of it', () => {
    const left = { ...offer, totalRemainingCollateral: 299n };
    expect(maxCollateralPerByte({ ...left, freeSize: 100n })).toBe(2n);
    expect(maxCollateralPerByte({ ...left, freeSize: 0n })).toBe(299n);
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

  it('names the rule of the offer that came closest, in words and as the bare numbers', () => {
    const full = { ...offer, id: availabilityId(2), freeSize: 7n, totalRemainingCollateral: 7n };
    expect(tightestFit([{ ...offer, minPricePerBytePerSecond: 60n }, full], aWish())).toEqual({
      rule: 'freeSpace',
      text: 'Its slots have 100 B; 7 B of your offer are free.',
      availabilityId: full.id,
      details: { asked: 100n, yours: 7n },
    });
    expect(tightestFit([], aWish())).toEqual({ rule: 'noOffer', text: 'You offer no space yet.' });
  });

  it('of offers that fail at the same rule, names the one that lacks least', () => {
    const offers = [61n, 20n, 60n].map((price, n) => ({
      ...offer,
      id: availabilityId(n),
      minPricePerBytePerSecond: price,
    }));
    expect(tightestFit(offers, aWish())).toMatchObject({
      rule: 'price',
      availabilityId: availabilityId(1),
      details: { asked: 10n, yours: 20n },
    });
  });

  const TST = 10n ** 18n;
  const GB = 1_000_000_000n;
  const roomy = { ...offer, freeSize: 4n * GB, totalSize: 4n * GB, totalRemainingCollateral: 10n ** 30n };
  it.each<[string, Partial<Availability>, Partial<Wish>]>([
    ['Your offer "Example" is paused.', { enabled: false }, {}],
    [
      'It pays 0.20 tokens per GB and month; your lowest is 0.60.',
      { minPricePerBytePerSecond: (6n * TST) / 10n / (GB * 2_592_000n) },
      { pricePerBytePerSecond: (2n * TST) / 10n / (GB * 2_592_000n) },
    ],
    [
      'It pays 0.256608 tokens per GB and month; your lowest is 0.2592.',
      { minPricePerBytePerSecond: 100n },
      { pricePerBytePerSecond: 99n },
    ],
    ['It runs for 3 d; your longest sale is 1 h.', { duration: 3600n }, { duration: 259_200n }],
    ['It runs for 90,061 s; your longest sale is 90,060 s.', { duration: 90_060n }, { duration: 90_061n }],
    [
      'It runs until 2023-11-16 22:13 UTC; your offer ends on 2023-11-14 22:15 UTC.',
      {},
      { requestEndsAt: 1_700_172_800 },
    ],
    [
      'It runs until 2023-11-14 22:15:01 UTC; your offer ends on 2023-11-14 22:15:00 UTC.',
      {},
      { requestEndsAt: 1_700_000_101 },
    ],
    ['Its slots have 17.2 GB; your offer has 4.0 GB.', {}, { slotSize: 17_179_869_184n, collateral: 1n }],
    [
      'Its slots have 1.1 GB; 999.0 MB of your offer are free.',
      { freeSize: 999_000_000n },
      { slotSize: 1_100_000_000n, collateral: 1n },
    ],
    [
      'It runs until 9999-12-31 23:59 UTC; your offer ends on 2023-11-14 22:15 UTC.',
      {},
      { requestEndsAt: 2 ** 50 },
    ],
    [
      'It asks for 100.00 tokens of collateral per GB; what is left of yours allows 50.00.',
      { totalRemainingCollateral: 200n * TST },
      { collateralPerByte: (100n * TST) / GB },
    ],
  ])('tells a person: %s', (text, changes, wish) => {
    expect(tightestFit([{ ...roomy, ...changes }], aWish(wish))).toMatchObject({ text });
  });

  it('never shows two amounts that differ as the same', () => {
    const amount = fc.bigInt(1n, 2n ** 60n);
    const gap = fc.oneof(fc.bigInt(1n, 1000n), amount);
    fc.assert(
      fc.property(
        amount,
        gap,
        fc.constantFrom(...(['price', 'duration', 'size', 'freeSpace'] as const)),
        (less, difference, rule) => {
          const more = less + difference;
          const ample = {
            ...roomy,
            duration: 2n ** 62n,
            totalSize: 2n ** 62n,
            freeSize: 2n ** 62n,
            until: 0,
          };
          const { changes, wish, pattern } = {
            price: {
              changes: { minPricePerBytePerSecond: more },
              wish: { pricePerBytePerSecond: less },
              pattern: /^It pays (.+) tokens per GB and month; your lowest is (.+)\.$/,
            },
            duration: {
              changes: { duration: less },
              wish: { duration: more },
              pattern: /^It runs for (.+); your longest sale is (.+)\.$/,
            },
            size: {
              changes: { totalSize: less },
              wish: { slotSize: more },
              pattern: /^Its slots have (.+); your offer has (.+)\.$/,
            },
            freeSpace: {
              changes: { freeSize: less },
              wish: { slotSize: more },
              pattern: /^Its slots have (.+); (.+) of your offer are free\.$/,
            },
          }[rule];
          const refusal = tightestFit([{ ...ample, ...changes }], aWish({ collateral: 1n, ...wish }));
          const [, asked, yours] = pattern.exec('rule' in refusal ? refusal.text : '') ?? [];
          expect(asked).toBeDefined();
          expect(asked).not.toBe(yours);
        },
      ),
    );
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

describe('a hostile request', () => {
  const open: Availability = {
    ...offer,
    totalSize: 2n ** 63n - 1n,
    freeSize: 2n ** 63n - 1n,
    duration: 2n ** 64n - 1n,
    totalCollateral: 2n ** 256n - 1n,
    totalRemainingCollateral: 2n ** 256n - 1n,
    until: 0,
  };

  it.each<[MatchingRule, string, Partial<Wish>]>([
    ['size', 'It is larger than any offer', { slotSize: 2n ** 64n - 1n, collateral: 1n }],
    ['size', 'It has no bytes', { slotSize: 0n, collateral: 2n ** 300n }],
    ['size', 'It has fewer than no bytes', { slotSize: -1n }],
    ['price', 'It pays nothing', { pricePerBytePerSecond: 0n }],
    ['collateral', 'Its collateral is beyond 256 bits', { collateral: 2n ** 256n }],
    ['collateral', 'Its collateral per byte is beyond 256 bits', { collateralPerByte: 2n ** 256n }],
    ['until', 'It ends after all dates', { requestEndsAt: Number(2n ** 64n) }],
    ['until', 'Its end is no moment', { requestEndsAt: Number.NaN }],
    ['until', 'It ended before time began', { requestEndsAt: -1 }],
  ])('is refused by the rule %s: %s', (rule, _, changes) => {
    expect(tightestFit([open], aWish(changes))).toMatchObject({ rule, text: expect.stringMatching(/\.$/) });
  });

  it('is told plainly what is wrong with it', () => {
    const textOf = (changes: Partial<Wish>) => tightestFit([open], aWish(changes));
    expect(textOf({ slotSize: 0n })).toMatchObject({
      text: 'Its slots have no bytes; there is nothing to store.',
    });
    expect(textOf({ requestEndsAt: Infinity })).toMatchObject({
      text: 'It has no end that a calendar knows.',
    });
  });

  it('never makes the ledger throw, and never breaks its books', async () => {
    const edge = fc.constantFrom(
      0n,
      1n,
      2n ** 63n - 1n,
      2n ** 63n,
      2n ** 64n - 1n,
      2n ** 128n,
      2n ** 256n - 1n,
      2n ** 320n,
    );
    const any = fc.oneof(edge, fc.bigInt({ min: 0n, max: 2000n }));
    const wish = fc.record({
      slot: fc.nat(65_535),
      slotSize: any,
      duration: any,
      pricePerBytePerSecond: any,
      collateralPerByte: any,
      collateral: any,
      requestEndsAt: fc.oneof(
        fc.integer({ min: -1, max: 2_000_000_000 }),
        // No chain knows −0, and no JSON keeps it.
        fc.double().map((time) => time + 0),
        fc.constantFrom(0, 2 ** 53, Number(2n ** 64n - 1n), Infinity, NaN),
      ),
    });
    const terms = fc.record({
      totalSize: fc.bigInt({ min: 1n, max: 2n ** 61n }),
      duration: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
      minPricePerBytePerSecond: fc.bigInt({ min: 1n, max: 10n }),
      totalCollateral: fc.bigInt({ min: 1n, max: 2n ** 256n - 1n }),
    });
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(terms, fc.array(wish, { maxLength: 20 }), async (offered, wishes) => {
        const { database, reservations } = await aLedger(2n ** 62n);
        await reservations.createAvailability({ ...exampleTerms, ...offered });
        for (const hostile of wishes) {
          const found = await reservations.findAndReserve(aWish(hostile));
          if ('rule' in found) expect(found.text).toMatch(/\.$/);
          else taken++;
        }
        expectSoundBooks(reservations);
        expect(snapshot(await openLedger(database, { quotaMax: 2n ** 62n }))).toEqual(snapshot(reservations));
      }),
    );
    expect(taken).toBeGreaterThan(0);
  });
});
