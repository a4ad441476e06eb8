import type { AccountLine, EarningBar, EarningStep } from '../../../shared/accounts.ts';
import { exactTokens, gasText, tokensText } from '../../../shared/units.ts';
import { currentLanguage } from '../../../shared/i18n/language.ts';
import { perLanguage } from '../i18n/numbers.ts';
import { t } from '../i18n/t.ts';

/** Days and months of the accounts are those of UTC, so that a file and the screen name the same. */
const utcFormat = (options: Intl.DateTimeFormatOptions) =>
  perLanguage((locale) => new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' }));
const formats = {
  day: utcFormat({ day: 'numeric', month: 'short' }),
  month: utcFormat({ month: 'short', year: 'numeric' }),
  shortMonth: utcFormat({ month: 'short' }),
};
const dateText = (format: keyof typeof formats, date: Date): string =>
  formats[format][currentLanguage()].format(date);

/** `25 Nov`, or `Nov 2026`. */
export const barName = ({ from }: Pick<EarningBar, 'from'>, step: EarningStep): string =>
  dateText(step === 'day' ? 'day' : 'month', new Date(from * 1000));

/** Where there is little room. */
export const barLabel = ({ from }: Pick<EarningBar, 'from'>, step: EarningStep): string =>
  dateText(step === 'day' ? 'day' : 'shortMonth', new Date(from * 1000));

/** `Nov 2026`, from `2026-11`. */
export const monthName = (name: string): string => dateText('month', new Date(`${name}-01T00:00:00Z`));

export interface LineUnits {
  readonly symbol: string;
  readonly decimals: number;
}

/** `+12.30 TST`, `−0.0021 ETH`. */
export function lineAmount(
  { kind, amount }: Pick<AccountLine, 'kind' | 'amount'>,
  { symbol, decimals }: LineUnits,
): { text: string; exact: string } {
  if (kind === 'gas') return { text: `${gasText(amount)} ETH`, exact: `${exactTokens(amount)} ETH` };
  const text = tokensText(amount, decimals, { plus: true });
  return { text: `${text} ${symbol}`, exact: `${exactTokens(amount, decimals)} ${symbol}` };
}

/** What it was, in words. */
export function lineWords({ kind, purpose, isFailed }: AccountLine): string {
  if (kind !== 'gas') return t(`line.${kind}`);
  const what = purpose === undefined ? t('line.gasOfMany') : t(`gas.${purpose}`);
  return isFailed ? t('line.gasFailed', { what }) : t('line.gasFor', { what });
}
