import { countText, durationText, exactTokens } from '../../../../shared/units.ts';
import { plural, t } from '../../i18n/t.ts';
import type { Projection } from '../../lib/demand.ts';
import { shortTokens } from '../../lib/format.ts';

/** A range of what may be earned in a month, with what it is judged by in one line. */
export function projectionFigure(
  projection: Projection | undefined,
  { symbol, decimals }: { readonly symbol: string; readonly decimals: number },
) {
  const label = t('welcome.earn');
  if (!projection) return { label, value: undefined, assumption: t('welcome.earnUnknown') };
  const { low, high, lowShare, highShare, requests, seconds } = projection;
  const scale = 10n ** BigInt(decimals);
  // Both with the same decimals: whole tokens where one of them is long.
  const amount = (tokens: bigint) =>
    high >= 1000n * scale ? countText(tokens / scale) : shortTokens(tokens, decimals);
  const range = (from: string, to: string) =>
    from === to ? to : t('welcome.range', { low: from, high: to });
  return {
    label,
    value: range(amount(low), amount(high)),
    unit: symbol,
    exact: t('welcome.range', { low: exactTokens(low, decimals), high: exactTokens(high, decimals) }),
    assumption: t('welcome.earnNote', {
      share: range(percent(lowShare), percent(highShare)),
      requests: plural('welcome.requests', requests),
      time: durationText(seconds),
    }),
  };
}

/** Of thousandths; what is not nothing is not shown as nothing. */
const percent = (share: number): string =>
  share > 0 && share < 5 ? t('welcome.underOne') : String(Math.round(share / 10));
