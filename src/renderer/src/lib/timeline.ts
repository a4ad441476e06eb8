import type { SaleRow } from '../../../shared/rows.ts';

/** The stretches of chain time a timeline can span, and how far apart its axis is marked. Seconds. */
export const spans = {
  tenMinutes: { seconds: 600, step: 120 },
  hour: { seconds: 3600, step: 600 },
  day: { seconds: 86_400, step: 14_400 },
  twoWeeks: { seconds: 1_209_600, step: 172_800 },
} as const;
export type SpanName = keyof typeof spans;
export const spanNames = Object.keys(spans) as SpanName[];

/** The part of chain time that a bar shows, and how wide. */
export interface TimeWindow {
  readonly from: number;
  readonly to: number;
  readonly now: number;
  readonly widthPx: number;
}

/** Half of the span is past, half is to come. */
export function windowAround(now: number, span: SpanName, widthPx: number): TimeWindow {
  const half = spans[span].seconds / 2;
  return { from: now - half, to: now + half, now, widthPx };
}

/** `now` cut down to steps of a quarter pixel: between them a drawing would look the same. Never below a second. */
export function steadyNow(now: number, span: SpanName, widthPx: number): number {
  const step = Math.max(1, Math.floor(spans[span].seconds / widthPx / 4));
  return Math.floor(now / step) * step;
}

/** The span that shows a sale that runs so long from beginning to end, if one does. */
export function suitableSpan(longestSeconds: bigint): SpanName {
  return spanNames.find((name) => BigInt(spans[name].seconds / 2) >= longestSeconds) ?? 'twoWeeks';
}

/** Where a time lies in the window, in pixels; outside it is clamped to its ends. */
export function xOf({ from, to, widthPx }: TimeWindow, time: number): number {
  const part = (time - from) / (to - from);
  return Math.min(1, Math.max(0, part)) * widthPx;
}

/**
 * The times to mark on the axis: multiples of the step in local time, or of twice or four times the step where they
 * would stand too near to each other; none so near to now that it hides the word.
 */
export function axisTimes(window: TimeWindow, leastStep: number): number[] {
  const secondsPerPx = (window.to - window.from) / window.widthPx;
  let step = leastStep;
  while (step / secondsPerPx < LABEL_PX) step *= 2;
  const offset = new Date(window.now * 1000).getTimezoneOffset() * 60;
  const first = Math.ceil((window.from - offset) / step) * step + offset;
  const times: number[] = [];
  for (let time = first; time <= window.to; time += step) {
    if (Math.abs(xOf(window, time) - xOf(window, window.now)) >= NEAR_NOW_PX) times.push(time);
  }
  return times;
}

/** One sale as a bar. Positions and widths in pixels of the window. */
export interface SaleBar {
  readonly past?: Stretch;
  readonly future?: Stretch;
  /** A bar that goes on beyond the window has no end there. */
  readonly isOpenLeft: boolean;
  readonly isOpenRight: boolean;
  readonly ticks: readonly number[];
  readonly misses: readonly number[];
  readonly lostAt?: number;
  readonly isDue: boolean;
}

export interface Stretch {
  readonly x: number;
  readonly width: number;
}

/** Undefined when the sale has nothing within the window. */
export function barOf(sale: SaleRow, window: TimeWindow): SaleBar | undefined {
  const begins = sale.filledAt ?? (sale.endedAt === undefined ? window.now : undefined);
  const ends = sale.endedAt ?? sale.requestEndsAt;
  if (begins === undefined || ends === undefined || ends < window.from || begins > window.to)
    return undefined;
  const past = stretch(window, begins, Math.min(ends, window.now));
  const future = sale.endedAt === undefined ? stretch(window, Math.max(begins, window.now), ends) : undefined;
  const misses = within(window, sale.proofs.missedAt).map((time) => xOf(window, time));
  return {
    ...(past && { past }),
    ...(future && { future }),
    isOpenLeft: begins < window.from,
    isOpenRight: ends > window.to,
    ticks: thinned(within(window, sale.proofs.sentAt).map((time) => xOf(window, time))),
    misses,
    ...(sale.outcome?.code === 'slotLost' && { lostAt: xOf(window, ends) }),
    isDue: sale.endedAt === undefined && sale.proofs.dueBy !== undefined,
  };
}

/** Ticks nearer than 3 px to the one before are left out; what they say together does not change. */
export function thinned(positions: readonly number[]): number[] {
  const kept: number[] = [];
  for (const x of positions) if (x - (kept.at(-1) ?? -Infinity) >= LEAST_GAP_PX) kept.push(x);
  return kept;
}

const LEAST_GAP_PX = 3;
const NEAR_NOW_PX = 34;
const LABEL_PX = 46;

function stretch(window: TimeWindow, from: number, to: number): Stretch | undefined {
  const x = xOf(window, from);
  const width = xOf(window, to) - x;
  return to > from && width > 0 ? { x, width } : undefined;
}

const within = ({ from, to }: TimeWindow, times: readonly number[]) =>
  times.filter((time) => time >= from && time <= to);
