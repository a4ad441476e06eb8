import type { AccountLine, EarningBar, EarningChart, EarningStep } from '../../../shared/accounts.ts';
import { timeOf } from './time.ts';

/** Money that running sales bring at a time, if they run to their end. */
export interface Expected {
  readonly at: number;
  readonly amount: bigint;
}

/** Bars by day or month in UTC: some that are past, that of now, and some to come. */
export function earningChart(
  lines: readonly AccountLine[],
  expected: readonly Expected[],
  { step, now: chainNow }: { step: EarningStep; now: number },
): EarningChart {
  // The bars to come have a date as well.
  const now = timeOf(chainNow + AHEAD_S) - AHEAD_S;
  const { past, ahead } = spans[step];
  const bars = Array.from({ length: past + 1 + ahead }, (_, index) => emptyBar(step, now, index - past));
  const byName = new Map(bars.map((bar) => [bar.name, bar]));
  for (const { at, kind, amount } of lines) {
    const bar = byName.get(nameOf(step, new Date(at * 1000)));
    if (!bar) continue;
    if (kind === 'payout' || kind === 'repairReward') bar.settled += amount;
    else if (kind === 'slash' || kind === 'gas') bar[kind === 'slash' ? 'slashed' : 'gas'] += amount;
  }
  let later = 0n;
  for (const { at, amount } of expected) {
    // What is over and not yet paid is expected now.
    const bar = byName.get(nameOf(step, new Date(timeOf(Math.max(at, now)) * 1000)));
    if (bar) bar.expected += amount;
    else later += amount;
  }
  return { step, bars, now, later };
}

const AHEAD_S = 100 * 86_400;

const spans = { day: { past: 19, ahead: 10 }, month: { past: 11, ahead: 2 } } as const;

type Bar = { -readonly [Key in keyof EarningBar]: EarningBar[Key] };

function emptyBar(step: EarningStep, now: number, offset: number): Bar {
  const today = new Date(now * 1000);
  const [year, month, day] = [today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate()];
  const from = step === 'day' ? Date.UTC(year, month, day + offset) : Date.UTC(year, month + offset, 1);
  const sums = { settled: 0n, expected: 0n, slashed: 0n, gas: 0n };
  return { name: nameOf(step, new Date(from)), from: from / 1000, ...sums };
}

const nameOf = (step: EarningStep, date: Date): string =>
  date.toISOString().slice(0, step === 'day' ? 10 : 7);
