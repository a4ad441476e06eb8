import { describe, expect, it } from 'vitest';
import { earningChart } from '../../../../src/main/engine/accounts/chart.ts';
import type { AccountLine } from '../../../../src/shared/accounts.ts';

const at = (iso: string) => Date.parse(iso) / 1000;
const now = at('2026-11-25T12:00:00Z');
const line = (kind: AccountLine['kind'], amount: bigint, iso: string): AccountLine => ({
  id: `${kind} ${iso}`,
  kind,
  amount,
  at: at(iso),
  isBefore: false,
});

describe('The chart of earnings', () => {
  it('has a bar for each day without gaps, of which those after today are to come', () => {
    const { bars } = earningChart([], [], { step: 'day', now });
    expect(bars.map(({ name }) => name).slice(0, 2)).toEqual(['2026-11-06', '2026-11-07']);
    expect(bars.at(-1)?.name).toBe('2026-12-05');
    expect(bars.findLastIndex(({ from }) => from <= now)).toBe(19);
  });

  it('adds pay, slashes and gas to the day of their time, in UTC, and leaves collateral out', () => {
    const lines = [
      line('payout', 5n, '2026-11-24T00:00:00Z'),
      line('repairReward', 2n, '2026-11-24T23:59:59Z'),
      line('slash', -3n, '2026-11-24T12:00:00Z'),
      line('gas', -1n, '2026-11-24T12:00:00Z'),
      line('collateralBack', 400n, '2026-11-24T12:00:00Z'),
      line('payout', 9n, '2026-11-05T23:59:59Z'),
    ];
    const { bars } = earningChart(lines, [], { step: 'day', now });
    const named = bars.find(({ name }) => name === '2026-11-24');
    expect(named).toMatchObject({ settled: 7n, slashed: -3n, gas: -1n, expected: 0n });
    expect(bars.reduce((sum, { settled }) => sum + settled, 0n)).toBe(7n);
  });

  it('expects pay where a sale ends, what is over today, and what ends far away later', () => {
    const expected = [
      { at: at('2026-11-27T03:00:00Z'), amount: 4n },
      { at: at('2026-11-01T03:00:00Z'), amount: 8n },
      { at: at('2027-03-01T03:00:00Z'), amount: 16n },
    ];
    const { bars, later } = earningChart([], expected, { step: 'day', now });
    expect(bars.filter((bar) => bar.expected > 0n).map(({ name }) => name)).toEqual([
      '2026-11-25',
      '2026-11-27',
    ]);
    expect(later).toBe(16n);
  });

  it('has bars for months over the end of a year', () => {
    const { bars } = earningChart([line('payout', 5n, '2026-01-31T23:00:00Z')], [], { step: 'month', now });
    expect([bars[0]?.name, bars.at(-1)?.name]).toEqual(['2025-12', '2027-01']);
    expect(bars.find(({ name }) => name === '2026-01')?.settled).toBe(5n);
  });
});
