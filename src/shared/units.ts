import { currentLanguage, numberSigns } from './i18n/language.ts';

/**
 * Amounts as people read them. All arithmetic is exact; where digits are left out, the value is rounded half away from
 * zero, and never to nothing: what is not zero is not shown as zero. Thousands and decimals are parted by the signs of the
 * current language, a negative number has a real minus. Amounts are in the smallest unit of the token, sizes in bytes, times in seconds.
 */
export { parseBytes, parseDuration, parseTokens, type Parsed } from './parse.ts';

/** A month of the price per GB and month has 30 days. */
export const MONTH_SECONDS = 2_592_000n;
export const GB = 1_000_000_000n;
export const MINUS = '−';

export type ByteUnit = 'B' | 'kB' | 'MB' | 'GB' | 'TB';

/**
 * A size in the unit that suits it, or in the one given (for columns, and for parts that must add up): GB, MB and kB with one
 * decimal, TB with two, bytes whole.
 */
export function formatBytes(
  bytes: bigint,
  unit: ByteUnit = suitableUnit(bytes),
): { value: string; unit: ByteUnit } {
  const { size, decimals } = byteUnits[unit];
  return { value: decimalText(bytes, size, decimals), unit };
}

export const unitBytes = (unit: ByteUnit): bigint => byteUnits[unit].size;

/** `17.2 GB` */
export function bytesText(bytes: bigint, unit?: ByteUnit): string {
  const formatted = formatBytes(bytes, unit);
  return `${formatted.value} ${formatted.unit}`;
}

/** `3.4 MB/s` */
export function rateText(bytesPerSecond: number): string {
  return `${bytesText(BigInt(Math.round(Math.max(0, bytesPerSecond))))}/s`;
}

/** How long the rest takes at the speed it has, rounded up; undefined while nothing comes. */
export function remainingSeconds(progress: {
  readonly doneBytes: bigint;
  readonly totalBytes: bigint;
  readonly bytesPerSecond: number;
}): number | undefined {
  const { doneBytes, totalBytes, bytesPerSecond } = progress;
  return bytesPerSecond > 0 ? Math.ceil(Number(totalBytes - doneBytes) / bytesPerSecond) : undefined;
}

/** Two decimals: `1,284.60`, `< 0.01`. `plus` is for money that has arrived. */
export function tokensText(amount: bigint, decimals = 18, { plus = false } = {}): string {
  const text = decimalText(amount, tokenScale(decimals), 2);
  return plus && amount > 0n ? `+${text}` : text;
}

/** Every digit and none more, for tooltips and copying, without signs for thousands: `1284.600000000000000001`. */
export const exactTokens = (amount: bigint, decimals = 18): string =>
  plainTokens(amount, decimals).replace('-', MINUS).replace('.', decimalSign());

/** The same for other programs, alike in every language: with a point, and the minus of the keyboard. */
export function plainTokens(amount: bigint, decimals = 18): string {
  const scale = tokenScale(decimals);
  const size = absolute(amount);
  const fraction = decimals === 0 ? '' : (size % scale).toString().padStart(decimals, '0').replace(/0+$/, '');
  return `${amount < 0n ? '-' : ''}${size / scale}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Two significant digits: `0.041`; below a millionth `< 0.000001`. In coins, from wei. */
export function gasText(wei: bigint): string {
  return significantText(wei, tokenScale(18), 2);
}

/** Tokens for a GB and month, exact, from a price for a byte and second. */
export const perGbMonth = (pricePerBytePerSecond: bigint): bigint =>
  pricePerBytePerSecond * GB * MONTH_SECONDS;

/**
 * The least price for a byte and second that is no lower than what is asked for a GB and month: rounded up, so that
 * nobody sells below what was typed. One smallest unit is 0.002592 of a token with 18 decimals for a GB and month; so
 * `perGbMonth` of the result may be more than was asked, which a form should show.
 */
export function perBytePerSecond(amountPerGbMonth: bigint): bigint {
  const bytesAndSeconds = GB * MONTH_SECONDS;
  return (amountPerGbMonth + bytesAndSeconds - 1n) / bytesAndSeconds;
}

/** A price for a byte and second as tokens for a GB and month: `0.60`; below 0.1 with three significant digits: `0.00259`. */
export function pricePerGbMonth(pricePerBytePerSecond: bigint, decimals = 18): string {
  const amount = perGbMonth(pricePerBytePerSecond);
  const scale = tokenScale(decimals);
  return absolute(amount) * 10n >= scale ? decimalText(amount, scale, 2) : significantText(amount, scale, 3);
}

/** The same with every digit. */
export function exactPricePerGbMonth(pricePerBytePerSecond: bigint, decimals = 18): string {
  return exactTokens(perGbMonth(pricePerBytePerSecond), decimals);
}

/** Whole per cent: `64 %`, `< 1 %`; `> 99 %` while something is missing, so that 100 % means all. */
export function percentText(part: bigint, whole: bigint): string {
  if (whole === 0n || part === 0n) return '0 %';
  if (part * 100n < whole) return '< 1 %';
  if (part < whole && part * 1000n >= whole * 995n) return '> 99 %';
  return `${roundedRatio(part * 100n, whole)} %`;
}

/** The two largest units, the rest cut off: `8 d 14 h`, `4 min 12 s`, `14 d`, `0 s`. */
export function durationText(seconds: number | bigint): string {
  const total = typeof seconds === 'bigint' ? seconds : BigInt(Math.trunc(seconds));
  let left = absolute(total);
  const parts = durationUnits.map(({ name, size }) => {
    const count = left / size;
    left %= size;
    return { name, count };
  });
  const first = parts.findIndex(({ count }) => count > 0n);
  if (first < 0) return '0 s';
  const shown = parts.slice(first, first + 2).filter(({ count }) => count > 0n);
  return `${total < 0n ? MINUS : ''}${shown.map(({ name, count }) => `${count} ${name}`).join(' ')}`;
}

/** `1,204,118` */
export function countText(count: number | bigint): string {
  const whole = BigInt(count);
  return `${whole < 0n ? MINUS : ''}${grouped(absolute(whole).toString())}`;
}

/** The first and last four digits of an id or address: `9f41…c27e`. What follows an `@` is left out. */
export function shortId(id: string): string {
  const digits = id.replace(/^0x/, '').replace(/@.*$/, '');
  return digits.length <= 9 ? digits : `${digits.slice(0, 4)}…${digits.slice(-4)}`;
}

const byteUnits = {
  B: { size: 1n, decimals: 0 },
  kB: { size: 1000n, decimals: 1 },
  MB: { size: 1000n ** 2n, decimals: 1 },
  GB: { size: GB, decimals: 1 },
  TB: { size: 1000n ** 4n, decimals: 2 },
} as const satisfies Record<ByteUnit, { size: bigint; decimals: number }>;

const durationUnits = [
  { name: 'd', size: 86_400n },
  { name: 'h', size: 3600n },
  { name: 'min', size: 60n },
  { name: 's', size: 1n },
];

/** The largest unit in which it is at least 1 as shown: 999.96 MB is 1.0 GB. */
function suitableUnit(bytes: bigint): ByteUnit {
  const units: ByteUnit[] = ['TB', 'GB', 'MB', 'kB'];
  const fits = (unit: ByteUnit) => {
    const { size } = byteUnits[unit];
    return absolute(bytes) >= size || (unit !== 'kB' && absolute(bytes) * 20_000n >= size * 19_999n);
  };
  return units.find(fits) ?? 'B';
}

const tokenScale = (decimals: number) => 10n ** BigInt(decimals);

const absolute = (value: bigint) => (value < 0n ? -value : value);

/** Of numbers that are not negative; a half goes up. */
const roundedRatio = (numerator: bigint, denominator: bigint) =>
  (2n * numerator + denominator) / (2n * denominator);

/** `value / scale` with so many decimals; what would round to nothing, or is below the last decimal, as `< 0.01`. */
function decimalText(value: bigint, scale: bigint, decimals: number): string {
  const steps = 10n ** BigInt(decimals);
  const size = absolute(value);
  const sign = value < 0n ? MINUS : '';
  if (size > 0n && size * steps < scale) return `${value < 0n ? '>' : '<'} ${sign}${fixed(1n, decimals)}`;
  return `${sign}${fixed(roundedRatio(size * steps, scale), decimals)}`;
}

/** As many decimals as show so many significant digits, none if the whole part has them; below a millionth `< 0.000001`. */
function significantText(value: bigint, scale: bigint, digits: number): string {
  const size = absolute(value);
  if (size === 0n) return '0';
  if (size * 10n ** BigInt(LEAST_DECIMALS) < scale) return decimalText(value, scale, LEAST_DECIMALS);
  let decimals = 0;
  while (size * 10n ** BigInt(decimals) < scale * 10n ** BigInt(digits - 1)) decimals++;
  return decimalText(value, scale, decimals);
}

const LEAST_DECIMALS = 6;

/** `count` steps of the last decimal. */
function fixed(count: bigint, decimals: number): string {
  const digits = count.toString().padStart(decimals + 1, '0');
  const whole = grouped(decimals === 0 ? digits : digits.slice(0, -decimals));
  return decimals === 0 ? whole : `${whole}${decimalSign()}${digits.slice(-decimals)}`;
}

const grouped = (digits: string) =>
  digits.replace(/\B(?=(?:\d{3})+$)/g, numberSigns[currentLanguage()].group);

const decimalSign = () => numberSigns[currentLanguage()].decimal;
