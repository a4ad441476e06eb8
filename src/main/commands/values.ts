import { parseBytes, parseDuration, parseTokens, perBytePerSecond, type Parsed } from '../../shared/units.ts';
import { UsageError } from './errors.ts';

/** What people type after a flag, as exact amounts. Each throws UsageError naming the flag. */
export const bytesOf = (flag: string, text: string): bigint => taken(flag, text, parseBytes(text), '500GB');

/** Seconds; without a unit days. */
export const secondsOf = (flag: string, text: string): bigint =>
  taken(flag, text, parseDuration(text), '30d');

export const tokensOf = (flag: string, text: string, decimals: number): bigint =>
  taken(flag, text, parseTokens(text, decimals), '1000');

/** From tokens for a GB and month, the least price for a byte and second that is no lower. */
export const priceOf = (flag: string, text: string, decimals: number): bigint =>
  perBytePerSecond(taken(flag, text, parseTokens(text, decimals), '0.6'));

/** An amount of smallest units. */
export function rawOf(flag: string, text: string): bigint {
  if (/^\d{1,78}$/.test(text)) return BigInt(text);
  throw new UsageError(`${flag} wants digits only, not "${text}".`);
}

/** Unix seconds, from an ISO date or time, or from Unix seconds; 0 for `none`. */
export function momentOf(flag: string, text: string): number {
  if (text === 'none') return 0;
  if (/^\d{1,12}$/.test(text)) return Number(text);
  const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  if (ms > 0) return Math.floor(ms / 1000);
  throw new UsageError(`${flag} wants a date such as 2027-01-31, Unix seconds or "none", not "${text}".`);
}

export function wholeOf(flag: string, text: string, { min = 0, max }: { min?: number; max: number }): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${flag} wants a whole number from ${min} to ${max}, not "${text}".`);
}

/** A fraction may be given too. */
export function numberOf(flag: string, text: string, { max }: { max: number }): number {
  const value = /^(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : NaN;
  if (value >= 0 && value <= max) return value;
  throw new UsageError(`${flag} wants a number from 0 to ${max}, not "${text}".`);
}

export function choiceOf<T extends string>(flag: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((one) => one === text);
  if (choice !== undefined) return choice;
  throw new UsageError(`${flag} wants one of ${choices.join(', ')}, not "${text}".`);
}

function taken<T>(flag: string, text: string, parsed: Parsed<T>, example: string): T {
  if (parsed.ok) return parsed.value;
  throw new UsageError(`${flag} cannot be "${text}": ${problems[parsed.code]}. For example ${example}.`);
}

const problems = {
  EMPTY: 'nothing stands there',
  NOT_A_NUMBER: 'it is no number',
  NEGATIVE: 'it is below zero',
  AMBIGUOUS: 'it could be thousands or a fraction; write 1500 or 1.5',
  UNKNOWN_UNIT: 'its unit is not known',
  TOO_PRECISE: 'it is finer than the smallest unit',
  TOO_LARGE: 'it is too large',
} as const;
