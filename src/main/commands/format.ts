import type { AvailabilityRow, NodeRow, SaleRow } from '../../shared/rows.ts';
import { fullPay } from '../../shared/salepay.ts';
import { durationText, exactTokens, pricePerGbMonth, tokensText } from '../../shared/units.ts';

/** A moment of chain time on this computer's clock: `2026-11-22 12:17:04`. */
export const timeText = (seconds: number): string => timeTextOfMs(seconds * 1000);

export function timeTextOfMs(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return 'never';
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** How long until then, or since: `in 4 min`, `2 h ago`. */
export function distanceText(seconds: number, now: number): string {
  const distance = Math.round(seconds - now);
  return distance >= 0 ? `in ${durationText(distance)}` : `${durationText(-distance)} ago`;
}

export type TokenUnit = NodeRow['token'];

/** `1,284.60 TST` */
export const moneyText = (amount: bigint, { decimals, symbol }: TokenUnit): string =>
  `${tokensText(amount, decimals)} ${symbol}`;

/** Every digit: `1284.600000000000000001 TST`. */
export const exactMoneyText = (amount: bigint, { decimals, symbol }: TokenUnit): string =>
  `${exactTokens(amount, decimals)} ${symbol}`;

/** `0.60` for a GB and month. */
export const priceText = (pricePerBytePerSecond: bigint, { decimals }: TokenUnit): string =>
  pricePerGbMonth(pricePerBytePerSecond, decimals);

export const untilText = (until: AvailabilityRow['until']): string =>
  until === 0 ? 'no end' : timeText(until);

/** What a sale brings: what it brought once it was paid, what it will bring while it runs. */
export function saleMoneyText(sale: SaleRow, token: TokenUnit): string {
  if (sale.payout !== undefined) return moneyText(sale.payout, token);
  if (sale.endedAt !== undefined) return '-';
  return moneyText(fullPay(sale), token);
}

/** A line that another program, or somebody far away, wrote: nothing in it can move the cursor or colour the terminal. */
export const visibleText = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
