import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { api } from '../../../src/shared/api.ts';
import type { AvailabilityRow } from '../../../src/shared/rows.ts';
import { GB, MONTH_SECONDS } from '../../../src/shared/units.ts';
import { fixtureSnapshot } from '../../../src/renderer/src/dev/fixture.ts';
import { askedIn } from '../../../src/renderer/src/lib/asked.ts';
import {
  changedTerms,
  checkDraft,
  dayOf,
  limitsOf,
  monthlyIfSold,
  termsOf,
  tokensShort,
  wouldFit,
  type OfferDraft,
} from '../../../src/renderer/src/lib/offerdraft.ts';
import { suggestedDraft } from '../../../src/renderer/src/lib/offersuggestion.ts';
import { draftOf, humanDraft, rawDraft } from '../../../src/renderer/src/lib/offerunits.ts';

const plain = { isRaw: false, decimals: 18, symbol: 'TST', now: 1_800_000_000 };
const raw = { ...plain, isRaw: true };
const limits = {
  quotaLeft: 131_300_000_000n,
  diskLeft: 441_700_000_000n,
  inSales: { bytes: 0n, collateral: 0n },
};
const good: OfferDraft = {
  space: '120.0',
  price: '0.60',
  longest: '14',
  collateral: '60.00',
  name: 'Evening disk',
  until: '',
};
const check = (changes: Partial<OfferDraft>) => checkDraft({ ...good, ...changes }, plain, limits);

describe('a draft of an offer', () => {
  it('becomes bytes, seconds and smallest units, the price never below what was typed', () => {
    const { offer } = check({});
    expect(offer).toEqual({
      name: 'Evening disk',
      totalBytes: 120_000_000_000n,
      durationSeconds: 1_209_600n,
      minPricePerBytePerSecond: 232n,
      totalCollateral: 60n * 10n ** 18n,
      until: 0,
    });
    expect(232n * GB * MONTH_SECONDS).toBeGreaterThanOrEqual(6n * 10n ** 17n);
    expect(api.calls.createAvailability.input.safeParse(offer).success).toBe(true);
  });

  it('reads sizes as people write them', () => {
    expect(check({ space: '100gb' }).values.totalBytes).toBe(100n * GB);
    expect(checkDraft({ ...good, space: '1,5 TB' }, plain, undefined).offer?.totalBytes).toBe(1500n * GB);
    expect(check({ space: '500 MB' }).values.totalBytes).toBe(500_000_000n);
  });

  it('says for each refusal what to enter instead', () => {
    expect(check({ space: 'many' }).errors.space).toContain('Enter a number');
    expect(check({ space: '' }).errors.space).toContain('Enter a number');
    expect(check({ space: '1,500 gb' }).errors.space).toContain('without the comma');
    expect(check({ space: '5 parsecs' }).errors.space).toContain('MB, GB or TB');
    expect(check({ price: '-1' }).errors.price).toContain('more than zero');
    expect(check({ price: '0' }).errors.price).toContain('more than zero');
    expect(check({ collateral: '9'.repeat(90) }).errors.collateral).toContain('Enter less');
    expect(check({ collateral: `0.${'0'.repeat(18)}1` }).errors.collateral).toContain('fewer digits');
    expect(check({ longest: '3 moons' }).errors.longest).toContain('unit');
    expect(check({ name: '   ' }).errors.name).toContain('Give it a name');
    expect(check({ name: 'x'.repeat(61) }).errors.name).toContain('60');
  });

  it('names the limit that is passed, and how much may be entered', () => {
    expect(check({ space: '140' }).errors.space).toBe(
      'That is more than the quota leaves. Enter at most 131.3 GB.',
    );
    const fullDisk = { ...limits, quotaLeft: 900n * GB, diskLeft: 5n * GB };
    expect(checkDraft(good, plain, fullDisk).errors.space).toBe(
      'That is more than the disk has free. Enter at most 5.0 GB.',
    );
    expect(check({ space: '140' }).offer).toBeUndefined();
  });

  it('keeps what could be read when another field is wrong', () => {
    const { values, offer } = check({ price: 'cheap' });
    expect(values.totalBytes).toBe(120_000_000_000n);
    expect(offer).toBeUndefined();
  });

  it('never makes an offer that the node would not accept, whatever is typed', () => {
    fc.assert(
      fc.property(
        fc.record({
          space: fc.string(),
          price: fc.string(),
          longest: fc.string(),
          collateral: fc.string(),
          name: fc.string({ maxLength: 90 }),
          until: fc.string(),
        }),
        fc.boolean(),
        (draft, isRaw) => {
          const { offer, errors } = checkDraft(draft, { ...plain, isRaw }, undefined);
          if (offer) expect(api.calls.createAvailability.input.safeParse(offer).success).toBe(true);
          else expect(Object.keys(errors)).not.toHaveLength(0);
        },
      ),
    );
  });

  it('goes to raw values and back without losing a digit', () => {
    const amount = (max: bigint) => fc.bigInt({ min: 1n, max });
    fc.assert(
      fc.property(
        amount(2n ** 60n),
        amount(2n ** 64n),
        amount(2n ** 32n),
        amount(2n ** 90n),
        (bytes, price, seconds, tokens) => {
          const values = {
            name: 'x',
            totalBytes: bytes,
            minPricePerBytePerSecond: price,
            durationSeconds: seconds,
            totalCollateral: tokens,
            until: 0,
          };
          const draft = (fields: Partial<OfferDraft>) => ({ ...good, ...fields, name: 'x' });
          expect(checkDraft(draft(rawDraft(values)), raw, undefined).offer).toEqual(values);
          expect(checkDraft(draft(humanDraft(values, 18)), plain, undefined).offer).toEqual(values);
        },
      ),
    );
  });
});

describe('the draft of an offer that is there', () => {
  const { tables } = fixtureSnapshot(1_800_000_000);
  const [offer] = tables.availabilities;
  if (!offer) throw new Error('The fixture has an offer');
  const checkEdit = (row: AvailabilityRow, changes: Partial<OfferDraft>) =>
    checkDraft(
      { ...draftOf(termsOf(row), 18), ...changes },
      { ...plain, knownUntil: row.until },
      limitsOf(tables.storage[0], row),
    );

  it('is the offer itself, to the last digit and second, while nothing is typed', () => {
    const until = 1_800_100_000;
    const odd = { ...offer, until, durationSeconds: 1_209_601n, minPricePerBytePerSecond: 233n };
    const same = checkEdit(odd, {}).offer;
    expect(same).toEqual(termsOf(odd));
    expect(changedTerms(termsOf(odd), same ?? termsOf(offer))).toEqual({});
  });

  it('is only what differs', () => {
    const { offer: after } = checkEdit(offer, { price: '0.70', name: 'Dearer' });
    expect(after && changedTerms(termsOf(offer), after)).toEqual({
      name: 'Dearer',
      minPricePerBytePerSecond: 271n,
    });
  });

  it('may keep its own space, and not give away what is sold of it', () => {
    expect(checkEdit(offer, { space: '631' }).errors.space).toBeUndefined();
    expect(checkEdit(offer, { space: '632' }).errors.space).toContain('Enter at most 631.3 GB');
    expect(checkEdit(offer, { space: '292' }).errors.space).toContain('hold 292.1 GB');
    expect(checkEdit(offer, { space: '293' }).errors.space).toBeUndefined();
  });

  it('keeps the collateral that is in sales', () => {
    expect(checkEdit(offer, { collateral: '145.9' }).errors.collateral).toContain('hold 146 TST');
    expect(checkEdit(offer, { collateral: '146' }).errors.collateral).toBeUndefined();
  });

  it('ends with the last second of a day to come, here', () => {
    const day = dayOf(1_800_000_000);
    const { offer: after } = checkEdit(offer, { until: day });
    const end = new Date((after?.until ?? 0) * 1000);
    expect([end.getHours(), end.getMinutes(), end.getSeconds()]).toEqual([23, 59, 59]);
    expect(dayOf(after?.until ?? 0)).toBe(day);
    expect(checkEdit(offer, { until: '2020-01-01' }).errors.until).toContain('over');
    expect(checkEdit(offer, { until: 'tomorrow' }).errors.until).toContain('over');
    expect(checkEdit({ ...offer, until: 1_800_000_500 }, { until: '' }).offer?.until).toBe(0);
  });
});

describe('what an offer means', () => {
  const { tables } = fixtureSnapshot(1_800_000_000);

  it('earns at most the lowest price for all of it over a whole month', () => {
    const { offer } = check({ space: '1', price: '0.62208' });
    expect(offer && monthlyIfSold(offer)).toBe(622_080_000_000_000_000n);
  });

  it('is short of what active offers promise above what the wallet holds', () => {
    const [wallet] = tables.wallet;
    if (!wallet) throw new Error('The fixture has a wallet');
    const { promised, short } = tokensShort(60n * 10n ** 18n, tables.availabilities, wallet);
    expect(promised).toBe(178n * 10n ** 18n);
    expect(short).toBe(promised - wallet.tokens);
    expect(tokensShort(0n, [], wallet).short).toBe(0n);
  });

  it('leaves of the quota what neither files nor promises take', () => {
    expect(limitsOf(tables.storage[0])).toEqual(limits);
  });

  it('fits a waiting slot by price, length, size and collateral', () => {
    const [slot] = tables.queue;
    if (!slot) throw new Error('The fixture has a queue');
    const offer = {
      totalBytes: slot.slotSizeBytes,
      minPricePerBytePerSecond: slot.pricePerBytePerSecond,
      durationSeconds: slot.durationSeconds,
      totalCollateral: slot.collateral,
    };
    expect(wouldFit(offer, slot)).toBe(true);
    expect(wouldFit({ ...offer, minPricePerBytePerSecond: slot.pricePerBytePerSecond + 1n }, slot)).toBe(
      false,
    );
    expect(wouldFit({ ...offer, durationSeconds: slot.durationSeconds - 1n }, slot)).toBe(false);
    expect(wouldFit({ ...offer, totalBytes: slot.slotSizeBytes - 1n }, slot)).toBe(false);
    expect(wouldFit({ ...offer, totalCollateral: slot.collateral - 1n }, slot)).toBe(false);
    expect(wouldFit({ ...offer, totalBytes: slot.slotSizeBytes * 2n }, slot)).toBe(false);
    expect(wouldFit({}, slot)).toBe(false);
  });

  it('is suggested so that it fits what waits and the wallet can pay for it', () => {
    const [wallet] = tables.wallet;
    if (!wallet) throw new Error('The fixture has a wallet');
    const asked = askedIn(tables.queue);
    const rich = { ...wallet, tokens: 10n ** 24n };
    const draft = suggestedDraft({ limits, asked, wallet: rich, offers: [], decimals: 18 });
    const { offer } = checkDraft({ ...good, longest: '30', ...draft }, plain, limits);
    expect(offer && tables.queue.every((slot) => wouldFit(offer, slot))).toBe(true);
    expect(draft.space).toBe('65');

    const poor = suggestedDraft({
      limits,
      asked,
      wallet: { ...wallet, tokens: 10n ** 19n },
      offers: [],
      decimals: 18,
    });
    const { values } = checkDraft({ ...good, ...poor }, plain, limits);
    expect(values.totalCollateral).toBeLessThanOrEqual(10n ** 19n);
    expect(values.totalBytes).toBeLessThan(20n * GB);
  });

  it.each([
    // The limits leave 131.3 GB of the quota.
    ['a slot that half of what is left would not hold', 100n * GB, '100'],
    ['a slot of a broken size', 100n * GB + 1n, '101'],
    ['one that half holds', 60n * GB, '65'],
    ['none that all of it would not hold', 132n * GB, '65'],
  ])('is suggested large enough for %s', (_what, slotSizeBytes, space) => {
    const [wallet] = tables.wallet;
    const [slot] = tables.queue;
    if (!wallet || !slot) throw new Error('The fixture has a wallet and a queue');
    const asked = askedIn([{ ...slot, slotSizeBytes, collateral: GB }]);
    const rich = { ...wallet, tokens: 10n ** 24n };
    expect(suggestedDraft({ limits, asked, wallet: rich, offers: [], decimals: 18 }).space).toBe(space);
  });

  it('suggests no price where no slot waits to learn it from', () => {
    const [wallet] = tables.wallet;
    if (!wallet) throw new Error('The fixture has a wallet');
    expect(askedIn([])).toBeUndefined();
    expect(suggestedDraft({ limits, asked: undefined, wallet, offers: [], decimals: 18 })).toEqual({
      space: '65',
    });
  });
});
