import { describe, expect, it } from 'vitest';
import type { SaleRow } from '../../../src/shared/rows.ts';
import { fixtureSale, fixtureSnapshot } from '../../../src/renderer/src/dev/fixture.ts';
import { reasonFor } from '../../../src/renderer/src/lib/queuewords.ts';
import { fullPay } from '../../../src/shared/salepay.ts';
import { accrued, atRisk } from '../../../src/renderer/src/lib/salemoney.ts';
import { stopsOf } from '../../../src/renderer/src/lib/salepath.ts';
import { bySalesOrder, fitsFilter, saleFilters, saleWords } from '../../../src/renderer/src/lib/salewords.ts';
import { findSale } from '../../../src/renderer/src/pages/sale/Sale.tsx';
import { searchFor } from '../../../src/renderer/src/pages/sales/Sales.tsx';
import { lastProofText } from '../../../src/renderer/src/pages/sales/lastproof.ts';

const NOW = 1_800_000_000;
const DAY = 86_400;
const { tables } = fixtureSnapshot(NOW);
const selling = fixtureSale(
  {
    filledAt: NOW - 100,
    requestEndsAt: NOW + 300,
    pricePerSecond: 7n,
    collateral: 50n,
    currentCollateral: 40n,
  },
  NOW,
);
const lost = fixtureSale(
  { state: 'failed', endedAt: NOW, outcome: { code: 'slotLost', text: 'x' }, collateral: 50n },
  NOW,
);
const taken = fixtureSale({ state: 'ignored', endedAt: NOW, outcome: { code: 'slotTaken', text: 'x' } }, NOW);

describe('the words for a sale', () => {
  it('have a shape and a word in every state', () => {
    const states: SaleRow['state'][] = [
      'unknown',
      'preparing',
      'slotReserving',
      'downloading',
      'initialProving',
      'filling',
      'filled',
      'proving',
      'payout',
      'finished',
      'cancelled',
      'failed',
      'errored',
      'ignored',
    ];
    for (const state of states) expect(saleWords(fixtureSale({ state }, NOW)).word).not.toBe('');
  });

  it('say how far a download is, what was missed, and how it ended', () => {
    const progress = { doneBytes: 64n, totalBytes: 100n, bytesPerSecond: 6 };
    expect(saleWords(fixtureSale({ state: 'downloading', progress }, NOW)).word).toBe('Downloading 64 %');
    const missed = { sent: 3, missed: 2, failed: 0, sentAt: [], missedAt: [] };
    expect(saleWords({ ...selling, proofs: missed })).toEqual({
      shape: 'attention',
      word: '2 proofs missed',
    });
    expect(saleWords(lost)).toEqual({ shape: 'danger', word: 'Slot lost' });
    expect(saleWords(taken)).toEqual({ shape: 'info', word: 'Taken by another' });
  });

  it('keep red for lost money: what failed before a slot was ours lost none', () => {
    const failed = fixtureSale(
      { state: 'errored', endedAt: NOW, outcome: { code: 'downloadFailed', text: 'x' } },
      NOW,
    );
    expect(saleWords(failed).shape).toBe('attention');
  });

  it('put every sale under All and under exactly one of the kinds', () => {
    const kinds = saleFilters.filter((name) => name !== 'all' && name !== 'needsYou');
    for (const sale of tables.sales) {
      expect(fitsFilter(sale, 'all')).toBe(true);
      expect(kinds.filter((kind) => fitsFilter(sale, kind))).toHaveLength(1);
    }
  });

  it('put what needs a person first and what has ended last', () => {
    const ranks = [...tables.sales]
      .sort(bySalesOrder)
      .map((sale) => (sale.endedAt !== undefined ? 2 : fitsFilter(sale, 'needsYou') ? 0 : 1));
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
    expect(ranks[0]).toBe(0);
  });

  it('say when the last proof was, or what is waited for', () => {
    expect(lastProofText(selling, NOW)).toBe('none yet');
    expect(lastProofText({ ...selling, proofs: { ...selling.proofs, dueBy: NOW + 252 } }, NOW)).toBe(
      'due in 4 min 12 s',
    );
    expect(lastProofText(lost, NOW)).toBe('none more');
    const { filledAt: _filledAt, ...unfilled } = selling;
    const progress = { doneBytes: 0n, totalBytes: 350n, bytesPerSecond: 1 };
    expect(lastProofText({ ...unfilled, state: 'downloading', progress }, NOW)).toBe('ready in 6 min');
    expect(
      lastProofText({ ...unfilled, state: 'downloading', progress: { ...progress, bytesPerSecond: 0 } }, NOW),
    ).toBe('none yet');
  });
});

describe('the money of a sale', () => {
  it('grows by the second from filling to the end of the request, and not beyond', () => {
    expect(accrued(selling, NOW)).toBe(700n);
    expect(accrued(selling, NOW + 10_000)).toBe(2800n);
    expect(fullPay(selling)).toBe(2800n);
  });

  it('is at risk with the collateral that is left; what a loss took is negative; after a good end nothing is', () => {
    expect(atRisk(selling, NOW)).toBe(740n);
    expect(atRisk(lost, NOW)).toBe(-50n);
    expect(atRisk(fixtureSale({ state: 'finished', endedAt: NOW, payout: 5n }, NOW), NOW)).toBe(0n);
    expect(accrued(fixtureSale({ state: 'finished', endedAt: NOW, payout: 5n }, NOW), NOW)).toBe(5n);
  });
});

describe('the way of a sale', () => {
  const statesOf = (sale: SaleRow) => stopsOf(sale, NOW).map(({ state }) => state);

  it('is done behind, now where it is, to come ahead', () => {
    expect(statesOf(selling)).toEqual(['done', 'done', 'done', 'done', 'done', 'now', 'toCome']);
  });

  it('stops where the sale failed, and promises nothing after it', () => {
    expect(statesOf(lost)).toEqual(['done', 'done', 'done', 'done', 'done', 'failed', 'toCome']);
    expect(stopsOf(lost, NOW).at(-1)?.note).toBe('');
  });

  it('is done to the end when it was paid, also after a restart in the middle', () => {
    const paid = fixtureSale(
      {
        state: 'finished',
        endedAt: NOW,
        outcome: { code: 'paid', text: '' },
        path: [{ state: 'proving', at: NOW - DAY }],
      },
      NOW,
    );
    expect(new Set(statesOf(paid))).toEqual(new Set(['done']));
  });

  it('tells the time spent at each stop', () => {
    const notes = stopsOf(fixtureSale({ filledAt: NOW - DAY }, NOW), NOW).map(({ note }) => note);
    expect(notes.slice(0, 4)).toEqual(['2 s', '14 s', '23 min 44 s', '38 s']);
    expect(notes[5]).toBe('23 h 59 min so far');
  });
});

describe('the way of a sale that outlived a restart', () => {
  it('counts the time at a stop to its very end, and not to the restart', () => {
    const sale = fixtureSale(
      {
        state: 'proving',
        path: [
          { state: 'filling', at: NOW - 5000 },
          { state: 'proving', at: NOW - 4000 },
          { state: 'unknown', at: NOW - 2000 },
          { state: 'filled', at: NOW - 1990 },
          { state: 'proving', at: NOW - 1980 },
        ],
      },
      NOW,
    );
    expect(stopsOf(sale, NOW)[5]?.note).toBe('1 h 6 min so far');
  });
});

describe('finding a sale', () => {
  it('goes on showing a sale that got another id by ending, the newest of its slot', () => {
    const ended = (startedAt: number) =>
      fixtureSale({ id: `${selling.slotId}@${startedAt}`, startedAt, endedAt: startedAt + 9 }, NOW);
    const sales = new Map([ended(5), ended(7)].map((sale) => [sale.id, sale]));
    expect(findSale(sales, selling.slotId)?.startedAt).toBe(7);
    expect(findSale(sales, `${selling.slotId}@5`)?.startedAt).toBe(5);
    expect(findSale(sales, '0x00')).toBeUndefined();
  });

  it('searches in both ids, whatever the case', () => {
    expect(searchFor(` ${selling.slotId.slice(4, 12).toUpperCase()} `)(selling)).toBe(true);
    expect(searchFor(selling.requestId)(selling)).toBe(true);
    expect(searchFor('no such id')(selling)).toBe(false);
  });
});

describe('the place in the queue', () => {
  it('is explained by the first rule that puts it behind the one above', () => {
    const [first, second] = tables.queue;
    if (!first || !second) throw new Error('The fixture has a queue');
    expect(reasonFor(first, undefined)).toBe('pays most');
    expect(reasonFor(second, first)).toBe('pays less');
    expect(reasonFor({ ...first, collateral: first.collateral + 1n }, first)).toContain(
      'wants more collateral',
    );
    expect(reasonFor({ ...first, expiresAt: first.expiresAt - 1 }, first)).toContain('expires sooner');
    expect(reasonFor({ ...first, slotSizeBytes: first.slotSizeBytes * 2n }, first)).toContain('is larger');
    expect(reasonFor({ ...first, id: 'x' }, first)).toContain('came later');
    expect(reasonFor({ ...first, waitingFor: 'an offer', profit: 10n ** 30n }, first)).toContain(
      'was looked at',
    );
  });
});
