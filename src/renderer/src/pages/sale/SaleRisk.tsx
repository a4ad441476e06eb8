import type { LadderStep, RiskReport, SlotRisk } from '../../../../shared/insight.ts';
import type { SaleRow } from '../../../../shared/rows.ts';
import { exactTokens, MINUS, tokensText } from '../../../../shared/units.ts';
import { useChainNow, useOnly, useToken } from '../../api/node.tsx';
import { useRisk } from '../../api/risk.ts';
import { Failure } from '../../components/Failure.tsx';
import { OfflineChances } from '../../components/OfflineChances.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { StatusShape, type Shape } from '../../components/StatusMark.tsx';
import { plural, t } from '../../i18n/t.ts';
import { chanceText, timeText } from '../../lib/format.ts';
import { accrued } from '../../lib/salemoney.ts';
import css from './Sale.module.css';

/** What each missed proof takes, and how likely one is while the computer is off. For a slot that is held. */
export function SaleRisk({ sale }: { sale: SaleRow }) {
  const { value: report, failure } = useRisk();
  const slot = report?.slots.find(({ slotId }) => slotId === sale.slotId);
  if (failure) return <Failure what={t('risk.failed')} error={failure} />;
  if (!report) return <Skeleton rows={6} />;
  if (!slot) return undefined;
  return (
    <>
      <h2 className={css['riskTitle']}>{t('risk.ladder')}</h2>
      <Ladder slot={slot} sale={sale} />
      <h2 className={css['riskTitle']}>{t('risk.offline')}</h2>
      <OfflineChances
        label={t('risk.offline')}
        chances={report.offline.flatMap(({ seconds, slots }) => {
          const own = slots.find(({ slotId }) => slotId === sale.slotId);
          return own ? [{ seconds, chance: own.loss }] : [];
        })}
      />
      <SafeUntil slot={slot} report={report} />
    </>
  );
}

function SafeUntil({ slot, report }: { slot: SlotRisk; report: RiskReport }) {
  const now = useChainNow();
  const until = useOnly('money')?.noneDueUntil;
  const first = report.offline[0]?.slots.find(({ slotId }) => slotId === slot.slotId);
  return (
    <p className="small third">
      {t('risk.random', { chance: chanceText(slot.proofChance) })}{' '}
      {until !== undefined && until > now && t('risk.safeUntil', { time: timeText(until, now) })}
      {first && first.periods === 0 && ` ${t('risk.shortIsSafe')}`}
    </p>
  );
}

/** Rungs with what each takes in addition; "you are here" on the true one. */
function Ladder({ slot, sale }: { slot: SlotRisk; sale: SaleRow }) {
  const now = useChainNow();
  const { decimals } = useToken();
  const pay = accrued(sale, now);
  return (
    <ol className={css['ladder']}>
      {slot.ladder.map((step, index) => {
        const taken = takenBy(step, slot.ladder[index - 1], pay);
        const isHere = step.missed === slot.missed;
        return (
          <li key={step.missed} data-here={isHere || undefined} aria-current={isHere || undefined}>
            <StatusShape shape={shapeOf(step)} size={14} />
            <div className={css['rung']}>
              <p>{rungText(step, isHere)}</p>
              <p className="small third">{noteText(step)}</p>
            </div>
            <span
              className={step.isLost ? 'danger' : step.missed > 0 ? 'attention' : 'third'}
              title={exactTokens(-taken, decimals)}
            >
              {taken === 0n ? '0' : `${MINUS}${tokensText(taken, decimals)}`}
            </span>
          </li>
        );
      })}
    </ol>
  );

  function noteText({ isLost, collateralLeft }: LadderStep): string {
    return isLost
      ? t('risk.lostNote')
      : t('risk.collateralNote', { amount: tokensText(collateralLeft, decimals) });
  }
}

/** Tokens that this rung takes beyond those before it; the last one takes what has accrued, too. */
function takenBy(step: LadderStep, before: LadderStep | undefined, pay: bigint): bigint {
  if (!before) return 0n;
  return step.isLost ? before.collateralLeft + pay : before.collateralLeft - step.collateralLeft;
}

function rungText({ missed, isLost }: LadderStep, isHere: boolean): string {
  const count = missed === 0 ? t('risk.noneMissed') : plural('sale.missed', missed);
  const text = isLost ? t('risk.rungLost', { count }) : count;
  return isHere ? t('risk.here', { text }) : text;
}

const shapeOf = ({ missed, isLost }: LadderStep): Shape =>
  isLost ? 'danger' : missed > 0 ? 'attention' : 'passed';
