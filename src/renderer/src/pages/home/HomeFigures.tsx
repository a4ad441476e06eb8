import type { AccountTotals } from '../../../../shared/accounts.ts';
import type { MoneyRow } from '../../../../shared/rows.ts';
import { durationText, exactTokens, tokensText } from '../../../../shared/units.ts';
import { useAccountTotals } from '../../api/accounts.ts';
import { useChainNow, useOnly, useToken } from '../../api/node.tsx';
import { DurationFigure, Figure, FigureRow } from '../../components/Figure.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { t } from '../../i18n/t.ts';
import { timeText } from '../../lib/format.ts';
import css from './Home.module.css';

/**
 * Earned, accruing, at risk, next proof. What was earned is that of the accounts, as on the page of the earnings; the rest
 * is counted on by chain time between the node's rows.
 */
export function HomeFigures() {
  const money = useOnly('money');
  const { value: totals } = useAccountTotals();
  const now = useChainNow();
  const { symbol, decimals } = useToken();
  const proof = proofFigure(money, now);
  const figures = money && countedOn(money, now);
  const settled = settledFigure(totals);
  const tokens = (amount: bigint | undefined) =>
    amount === undefined
      ? { value: <Skeleton width="96px" height={36} /> }
      : {
          value: tokensText(amount, decimals),
          unit: symbol,
          exact: `${exactTokens(amount, decimals)} ${symbol}`,
        };
  return (
    <div className={css['figures']}>
      <FigureRow>
        <Figure label={t('home.earned')} {...tokens(settled?.earned)} note={settled?.note} />
        <Figure label={t('home.accruing')} {...tokens(figures?.accruing)} note={money && payoutText(money)} />
        <Figure label={t('home.atRisk')} {...tokens(figures?.atRisk)} note={t('home.atRiskNote')} />
        <Figure label={t('home.nextProof')} value={proof.value} note={proof.note} />
      </FigureRow>
    </div>
  );

  /** While the accounts lag behind what the sales say, or cannot be read, the difference is said. */
  function settledFigure(totals: AccountTotals | undefined): { earned: bigint; note: string } | undefined {
    if (!money) return undefined;
    if (!totals) return { earned: money.earned, note: t('home.bySales') };
    const { earned, slashed } = totals.all;
    const unbooked = money.earned - earned;
    if (unbooked > 0n)
      return { earned, note: t('home.unbooked', { amount: tokensText(unbooked, decimals) }) };
    return { earned, note: slashedText(-slashed) };
  }

  function slashedText(slashed: bigint): string {
    return slashed === 0n
      ? t('home.noneSlashed')
      : t('home.slashed', { amount: tokensText(slashed, decimals) });
  }

  function payoutText({ nextPayout }: MoneyRow): string {
    if (!nextPayout) return t('home.noPayout');
    return t('home.nextPayout', {
      time: timeText(nextPayout.at, now),
      amount: tokensText(nextPayout.amount, decimals),
    });
  }
}

/** The rows come when something changes; what grows by the second is counted on from them. */
export function countedOn(money: MoneyRow, now: number): MoneyRow {
  const grown = money.accruingPerSecond * BigInt(Math.max(0, now - money.asOf));
  return { ...money, accruing: money.accruing + grown, atRisk: money.atRisk + grown };
}

function proofFigure(money: MoneyRow | undefined, now: number) {
  if (!money) return { value: <Skeleton width="96px" height={36} />, note: '' };
  const { nextProofBy, noneDueUntil, proofsSent, proofsMissed } = money;
  const sent = t('home.sent', { sent: proofsSent, due: proofsSent + proofsMissed });
  if (nextProofBy !== undefined) {
    return { value: <DurationFigure text={durationText(Math.max(0, nextProofBy - now))} />, note: sent };
  }
  if (noneDueUntil !== undefined && noneDueUntil > now) {
    return {
      value: t('home.noneDue'),
      note: t('home.noneDueUntil', { time: timeText(noneDueUntil, now), sent }),
    };
  }
  return { value: t('home.noneDue'), note: proofsSent + proofsMissed > 0 ? sent : t('home.nothingToProve') };
}
