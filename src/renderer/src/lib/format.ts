import {
  bytesText,
  countText,
  formatBytes,
  perGbMonth,
  pricePerGbMonth,
  tokensText,
  unitBytes,
  type ByteUnit,
} from '../../../shared/units.ts';
import { currentLanguage, numberSigns } from '../../../shared/i18n/language.ts';
import { perLanguage } from '../i18n/numbers.ts';

/** `12:17` today, else `20 Nov 07:58`. Unix seconds; shown in local time. */
export function timeText(seconds: number, nowSeconds: number): string {
  const time = new Date(seconds * 1000);
  return isSameDay(time, new Date(nowSeconds * 1000))
    ? clockText(seconds)
    : `${dayText(seconds)} ${clockText(seconds)}`;
}

/** `12:17` */
export const clockText = (seconds: number): string =>
  clock[currentLanguage()].format(new Date(seconds * 1000));
/** `20 Nov` */
export const dayText = (seconds: number): string => day[currentLanguage()].format(new Date(seconds * 1000));
/** `12:17:04.210`, from milliseconds. */
export const preciseText = (ms: number): string =>
  `${preciseClock[currentLanguage()].format(new Date(ms))}${numberSigns[currentLanguage()].decimal}${String(ms % 1000).padStart(3, '0')}`;
/** `22 Nov 2026, 12:17:04`, for tooltips. */
export const exactTimeText = (seconds: number): string =>
  exactTime[currentLanguage()].format(new Date(seconds * 1000));

/** A price for a GB and month where there is little room: whole tokens from a thousand on, the exact one belongs into the tooltip. */
export const shortPrice = (pricePerBytePerSecond: bigint, decimals: number): string =>
  isLarge(perGbMonth(pricePerBytePerSecond), decimals)
    ? shortTokens(perGbMonth(pricePerBytePerSecond), decimals)
    : pricePerGbMonth(pricePerBytePerSecond, decimals);

/** An amount of tokens where there is little room, likewise. */
export const shortTokens = (amount: bigint, decimals: number): string =>
  isLarge(amount, decimals) ? countText(amount / 10n ** BigInt(decimals)) : tokensText(amount, decimals);

/** The unit in which all of a column's sizes are shown, so that they compare: the one that suits the largest. */
export function columnUnit(sizes: Iterable<bigint>): ByteUnit {
  let largest = 0n;
  for (const size of sizes) if (size > largest) largest = size;
  return formatBytes(largest).unit;
}

/** The unit of a whole whose parts are shown beside it: the largest in which it is at least 0.1; of nothing GB. */
export const wholeUnit = (whole: bigint): ByteUnit =>
  (['GB', 'MB'] as const).find((unit) => whole === 0n || whole * 10n >= unitBytes(unit)) ?? 'kB';

/**
 * Parts of a whole as people read them, each with its unit: that of the whole, rounded so that they add up, or, where that
 * would show less than 0.1, the one that suits the part.
 */
export function partsInWords(sizes: readonly bigint[]): string[] {
  const unit = wholeUnit(sizes.reduce((sum, size) => sum + size, 0n));
  const isLargeEnough = (size: bigint) => size === 0n || size * 10n >= unitBytes(unit);
  const large = partsThatAddUp(sizes.filter(isLargeEnough), unitBytes(unit));
  return sizes.map((size) => (isLargeEnough(size) ? `${large.shift()} ${unit}` : bytesText(size)));
}

/** `292.1 of 500.0 GB`, both in the unit of the whole. */
export function partOfText(part: bigint, whole: bigint): { part: string; whole: string; unit: ByteUnit } {
  const { value, unit } = formatBytes(whole);
  return { part: formatBytes(part, unit).value, whole: value, unit };
}

/**
 * The sizes with one decimal of `unit`, rounded so that they add up to the rounded sum: each is cut off, and the ones
 * that lost most get the steps that are left.
 */
export function partsThatAddUp(sizes: readonly bigint[], unitBytes: bigint): string[] {
  const cut = sizes.map((size) => ({ steps: (size * 10n) / unitBytes, lost: (size * 10n) % unitBytes }));
  const sum = sizes.reduce((total, size) => total + size, 0n);
  const wanted = (2n * sum * 10n + unitBytes) / (2n * unitBytes);
  let left = Number(wanted - cut.reduce((total, { steps }) => total + steps, 0n));
  const byLoss = cut.map((_, index) => index).sort((a, b) => Number(lostAt(b) - lostAt(a)));
  for (const index of byLoss) {
    const part = cut[index];
    if (!part || left-- <= 0) break;
    part.steps += 1n;
  }
  const { decimal } = numberSigns[currentLanguage()];
  return cut.map(({ steps }) => `${countText(steps / 10n)}${decimal}${steps % 10n}`);

  function lostAt(index: number): bigint {
    return cut[index]?.lost ?? 0n;
  }
}

/** A probability in whole per cent; what is not quite never or always is not rounded to it. */
export function chanceText(chance: number): string {
  if (chance > 0 && chance < 0.01) return '< 1 %';
  if (chance > 0.99 && chance < 1) return '> 99 %';
  return `${Math.round(chance * 100)} %`;
}

const dateFormat = (options: Intl.DateTimeFormatOptions) =>
  perLanguage((locale) => new Intl.DateTimeFormat(locale, options));
const clock = dateFormat({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const preciseClock = dateFormat({ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const day = dateFormat({ day: 'numeric', month: 'short' });
const exactTime = dateFormat({ dateStyle: 'medium', timeStyle: 'medium' });

const isLarge = (amount: bigint, decimals: number) => amount >= 1000n * 10n ** BigInt(decimals);

const isSameDay = (a: Date, b: Date) => a.toDateString() === b.toDateString();
