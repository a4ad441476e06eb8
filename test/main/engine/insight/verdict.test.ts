import { describe, expect, it } from 'vitest';
import { whyNotRules } from '../../../../src/shared/insight.ts';
import {
  askVerdict,
  conditionsVerdict,
  verdictOf,
  wishOf,
  type VerdictFacts,
} from '../../../../src/main/engine/insight/verdict.ts';
import type { Availability } from '../../../../src/main/engine/sales/availability.ts';
import type { WishTerms } from '../../../../src/main/engine/sales/matching.ts';
import { anOffer, someQuota } from '../../../support/insightfixtures.ts';
import { exampleAsk } from '../../../support/requests.ts';

const now = 1_700_000_000;
const facts: VerdictFacts = { quota: someQuota, now, expiresAt: now + 600 };
const wish = wishOf(exampleAsk, now + 3600);
const slotSize = exampleAsk.slotSize;

interface Case {
  offer?: Partial<Availability>;
  wish?: Partial<WishTerms>;
  facts?: Partial<VerdictFacts>;
}

/** In the order: each case breaks its own rule and none that comes earlier. */
const cases: readonly [string, Case][] = [
  ['price', { offer: { minPricePerBytePerSecond: 8n } }],
  ['duration', { offer: { duration: 3599n } }],
  ['size', { offer: { totalSize: slotSize - 1n, freeSize: slotSize - 1n } }],
  ['collateral', { offer: { totalCollateral: 99n * 8n * slotSize } }],
  ['until', { offer: { until: now + 3599 } }],
  ['disabled', { offer: { enabled: false } }],
  ['freeSpace', { offer: { freeSize: slotSize - 1n } }],
  ['quota', { facts: { quota: { max: 10n, used: 5n, reserved: 6n } } }],
  ['balance', { facts: { balance: 100n * slotSize - 1n } }],
  ['expired', { facts: { expiresAt: now - 1 } }],
  ['tooSlow', { facts: { downloadSeconds: 601 } }],
];

const verdictIn = ({ offer, wish: asked, facts: known }: Case) =>
  verdictOf(anOffer(offer), { ...wish, ...asked }, { ...facts, ...known });

describe('Why an offer does not take a slot', () => {
  it('has nothing against a slot that fits exactly, in the last second and with the last token', () => {
    const exact = {
      offer: { totalSize: slotSize, duration: 3600n, until: now + 3600 },
      facts: { expiresAt: now, balance: 100n * slotSize, downloadSeconds: 0 },
    };
    expect(verdictIn(exact)).toBeUndefined();
  });

  it.each(cases)('names the rule %s', (rule, broken) => {
    const verdict = verdictIn(broken);
    expect(verdict?.rule).toBe(rule);
    expect(verdict?.text).toMatch(/^[A-Z].*\.$/);
  });

  it.each(
    cases
      .slice(1)
      .map(([rule, later], index) => [cases[index]?.[0], rule, cases[index]?.[1], later] as const),
  )('names %s before %s when both are broken', (rule, _later, first, second) => {
    const both = {
      offer: { ...second.offer, ...first?.offer },
      facts: { ...second.facts, ...first?.facts },
    };
    expect(verdictIn(both)?.rule).toBe(rule);
  });

  it('asks in the order of the vocabulary', () => {
    const order = cases.map(([rule]) => whyNotRules.findIndex((known) => known === rule));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  it('says of an offer that is sold out that it has no room, not too little collateral', () => {
    expect(verdictIn({ offer: { freeSize: 0n, totalRemainingCollateral: 0n } })?.rule).toBe('freeSpace');
  });

  it('says that collateral is short when dear slots have used up what the others would need', () => {
    const offer = { freeSize: 4n * slotSize, totalRemainingCollateral: 399n * slotSize };
    expect(verdictIn({ offer })).toMatchObject({
      rule: 'collateral',
      details: { asked: 100n, yours: 99n },
    });
  });

  it('holds nothing against a slot that is not known', () => {
    expect(verdictIn({ facts: { balance: undefined, downloadSeconds: undefined } })).toBeUndefined();
  });

  it('judges the conditions alone whatever the offer holds', () => {
    const full = anOffer({ freeSize: 0n, totalRemainingCollateral: 0n });
    expect(conditionsVerdict(full, wish)).toBeUndefined();
    expect(conditionsVerdict({ ...full, duration: 1n }, wish)?.rule).toBe('duration');
  });

  it('has nothing against a request with as many slots as a queue can tell apart, and refuses one more', () => {
    expect(askVerdict({ ...exampleAsk, slots: 65_535n })).toBeUndefined();
    expect(askVerdict({ ...exampleAsk, slots: 65_536n })?.rule).toBe('tooManySlots');
    expect(askVerdict({ ...exampleAsk, slots: 0n })?.rule).toBe('tooManySlots');
  });

  it('has a verdict on the most hostile request, and throws nothing', () => {
    const most = 2n ** 256n - 1n;
    const hostile = {
      ...exampleAsk,
      slotSize: 2n ** 64n - 1n,
      duration: 2n ** 64n - 1n,
      collateralPerByte: most,
      pricePerBytePerSecond: 0n,
    };
    expect(verdictOf(anOffer(), wishOf(hostile, Infinity), facts)?.rule).toBe('price');
    const paying = { ...hostile, pricePerBytePerSecond: most };
    expect(verdictOf(anOffer(), wishOf(paying, Infinity), facts)?.rule).toBe('duration');
    const empty = { ...exampleAsk, slotSize: 0n };
    expect(verdictOf(anOffer(), wishOf(empty, now + 3600), facts)?.rule).toBe('size');
  });
});
