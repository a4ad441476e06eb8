import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyOf, anyOfEvents, atLeast, exactly } from '../../../../src/main/engine/insight/binomial.ts';

describe('Repeated draws', () => {
  it('agree with exact fractions', () => {
    const draws = 40;
    for (const [wins, of] of [
      [1, 7],
      [1, 2],
      [9, 10],
    ] as const) {
      for (let count = 0; count <= draws; count++) {
        const chance = wins / of;
        expect(relative(exactly(count, draws, chance), exactFraction(count, draws, wins, of))).toBeLessThan(
          1e-11,
        );
        const tail = sum(
          Array.from({ length: draws - count + 1 }, (_, i) => exactFraction(count + i, draws, wins, of)),
        );
        expect(relative(atLeast(count, draws, chance), tail)).toBeLessThan(1e-9);
      }
    }
  });

  it.each([
    ['never won', 0, 5, [1, 0, 0]],
    ['always won', 1, 5, [1, 1, 1]],
    ['of none', 0.5, 0, [1, 0, 0]],
  ])('%s', (_what, chance, draws, [none, one, all]) => {
    expect(atLeast(0, draws, chance)).toBe(none);
    expect(atLeast(1, draws, chance)).toBe(one);
    expect(atLeast(5, draws, chance)).toBe(all);
    expect(atLeast(6, draws, chance)).toBe(0);
    expect(anyOf(chance, draws)).toBe(one);
  });

  it('of a certain kind come out exactly as often as they are made', () => {
    expect([exactly(5, 5, 1), exactly(4, 5, 1), exactly(6, 5, 1), exactly(-1, 5, 0.5)]).toEqual([1, 0, 0, 0]);
    expect([exactly(0, 5, 0), exactly(1, 5, 0)]).toEqual([1, 0]);
  });

  it('keep their digits in a million draws', () => {
    const million = 1_000_000;
    // By the Poisson distribution with mean 2, which is 4 in a million off.
    expect(atLeast(2, million, 2e-6)).toBeCloseTo(1 - 3 * Math.exp(-2), 5);
    expect(atLeast(1, million, 2e-6)).toBeCloseTo(1 - Math.exp(-2), 5);
    expect(relative(atLeast(2, million, 1e-12), ((million * (million - 1)) / 2) * 1e-24)).toBeLessThan(1e-5);
    expect(relative(anyOf(1e-77, million), 1e-71)).toBeLessThan(1e-12);
    expect(atLeast(2, million, 0.5)).toBe(1);
    expect(atLeast(100, million, 1e-5)).toBeLessThan(1e-60);
    expect(atLeast(100, million, 1e-3)).toBeCloseTo(1, 12);
  });

  it('are chances, fewer for more wins, and more for more draws', () => {
    const chance = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        chance,
        fc.integer({ min: 0, max: 5000 }),
        fc.integer({ min: 1, max: 60 }),
        (p, draws, count) => {
          const tail = atLeast(count, draws, p);
          expect(tail >= 0 && tail <= 1).toBe(true);
          expect(atLeast(count + 1, draws, p)).toBeLessThanOrEqual(tail + 1e-9);
          expect(atLeast(count, draws + 1, p)).toBeGreaterThanOrEqual(tail - 1e-9);
          const exact = tail - atLeast(count + 1, draws, p);
          expect(Math.abs(exactly(count, draws, p) - exact)).toBeLessThan(1e-9);
        },
      ),
    );
  });

  it('any of events that do not depend on each other', () => {
    expect(anyOfEvents([])).toBe(0);
    expect(anyOfEvents([0, 0])).toBe(0);
    expect(anyOfEvents([0.5, 0.5])).toBeCloseTo(0.75, 12);
    expect(anyOfEvents([0.5, 1, 0])).toBe(1);
    expect(relative(anyOfEvents([1e-20, 2e-20]), 3e-20)).toBeLessThan(1e-12);
  });
});

/** The chance of `count` wins, computed in whole numbers. */
function exactFraction(count: number, draws: number, wins: number, of: number): number {
  let ways = 1n;
  for (let i = 1; i <= count; i++) ways = (ways * BigInt(draws - count + i)) / BigInt(i);
  const favourable = ways * BigInt(wins) ** BigInt(count) * BigInt(of - wins) ** BigInt(draws - count);
  return Number((favourable * 10n ** 60n) / BigInt(of) ** BigInt(draws)) / 1e60;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const relative = (actual: number, expected: number): number =>
  expected === 0 ? Math.abs(actual) : Math.abs(actual - expected) / expected;
