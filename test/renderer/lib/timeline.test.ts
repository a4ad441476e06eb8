import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixtureSale } from '../../../src/renderer/src/dev/fixture.ts';
import {
  axisTimes,
  barOf,
  spanNames,
  spans,
  suitableSpan,
  thinned,
  windowAround,
  xOf,
} from '../../../src/renderer/src/lib/timeline.ts';

const NOW = 1_800_000_000;
const DAY = 86_400;
const window = windowAround(NOW, 'twoWeeks', 384);

describe('the time window of the sales', () => {
  it('has now in its middle and clamps what lies outside to its ends', () => {
    expect(xOf(window, NOW)).toBe(192);
    expect(xOf(window, NOW - 7 * DAY)).toBe(0);
    expect(xOf(window, NOW - 70 * DAY)).toBe(0);
    expect(xOf(window, NOW + 70 * DAY)).toBe(384);
  });

  it('marks its axis in even steps, in order, never under the word Now, and never too near to each other', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...spanNames),
        fc.integer({ min: 1_600_000_000, max: 2_000_000_000 }),
        fc.integer({ min: 100, max: 900 }),
        (span, now, widthPx) => {
          const around = windowAround(now, span, widthPx);
          const xs = axisTimes(around, spans[span].step).map((time) => xOf(around, time));
          for (const [index, x] of xs.entries()) {
            expect(x).toBeGreaterThanOrEqual(0);
            expect(x).toBeLessThanOrEqual(widthPx);
            expect(Math.abs(x - widthPx / 2)).toBeGreaterThanOrEqual(33);
            if (index > 0) expect(x - (xs[index - 1] ?? 0)).toBeGreaterThanOrEqual(45);
          }
        },
      ),
    );
  });

  it('is as short as shows the longest sale from beginning to end', () => {
    expect(suitableSpan(0n)).toBe('tenMinutes');
    expect(suitableSpan(300n)).toBe('tenMinutes');
    expect(suitableSpan(1200n)).toBe('hour');
    expect(suitableSpan(BigInt(90 * DAY))).toBe('twoWeeks');
  });
});

describe('the bar of a sale', () => {
  it('is past before now and future after it', () => {
    const bar = barOf(fixtureSale({ filledAt: NOW - 2 * DAY, requestEndsAt: NOW + 3 * DAY }, NOW), window);
    expect(bar?.past?.x).toBeCloseTo(xOf(window, NOW - 2 * DAY));
    expect((bar?.past?.x ?? 0) + (bar?.past?.width ?? 0)).toBeCloseTo(192);
    expect(bar?.future?.x).toBeCloseTo(192);
    expect(bar).toMatchObject({ isOpenLeft: false, isOpenRight: false, isDue: false });
  });

  it('is open where it goes on beyond the window', () => {
    const bar = barOf(fixtureSale({ filledAt: NOW - 20 * DAY, requestEndsAt: NOW + 20 * DAY }, NOW), window);
    expect(bar).toMatchObject({ isOpenLeft: true, isOpenRight: true, past: { x: 0, width: 192 } });
  });

  it('is absent when the sale lies outside the window', () => {
    const endedAt = NOW - 8 * DAY;
    expect(
      barOf(fixtureSale({ filledAt: NOW - 9 * DAY, endedAt, requestEndsAt: endedAt }, NOW), window),
    ).toBeUndefined();
  });

  it('ends in red where the slot was lost, and has no future then', () => {
    const sale = fixtureSale(
      {
        filledAt: NOW - 3 * DAY,
        endedAt: NOW - DAY,
        state: 'failed',
        outcome: { code: 'slotLost', text: '' },
      },
      NOW,
    );
    const bar = barOf(sale, window);
    expect(bar?.lostAt).toBeCloseTo(xOf(window, NOW - DAY));
    expect(bar?.future).toBeUndefined();
  });

  it('shows every miss in the window, and a proof that is due', () => {
    const missedAt = [NOW - 5 * DAY, NOW - 5 * DAY + 60, NOW - 100 * DAY];
    const proofs = { sent: 0, missed: 3, failed: 0, sentAt: [], missedAt, dueBy: NOW + 100 };
    const bar = barOf(fixtureSale({ filledAt: NOW - 6 * DAY, proofs }, NOW), window);
    expect(bar?.misses).toHaveLength(2);
    expect(bar?.isDue).toBe(true);
  });

  it('never draws two ticks nearer than 3 px, and always the first', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ min: 0, max: 384, noNaN: true })), (xs) => {
        const sorted = [...xs].sort((a, b) => a - b);
        const kept = thinned(sorted);
        expect(kept[0]).toBe(sorted[0]);
        for (let index = 1; index < kept.length; index++) {
          expect((kept[index] ?? 0) - (kept[index - 1] ?? 0)).toBeGreaterThanOrEqual(3);
        }
        // What is left out stands within 3 px after one that was kept.
        for (const x of sorted) expect(kept.some((other) => other <= x && x - other < 3)).toBe(true);
      }),
    );
  });
});
