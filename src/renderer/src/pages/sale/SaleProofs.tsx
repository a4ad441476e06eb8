import type { SaleRow } from '../../../../shared/rows.ts';
import { countText } from '../../../../shared/units.ts';
import { useChainNow } from '../../api/node.tsx';
import { Section } from '../../components/Page.tsx';
import { TimelineBar, timelineText } from '../../components/TimelineBar.tsx';
import { plural, t } from '../../i18n/t.ts';
import { timeText } from '../../lib/format.ts';
import { useWidth } from '../../lib/measure.ts';
import css from './Sale.module.css';

/** The proofs over the whole life of the slot. */
export function SaleProofs({ sale }: { sale: SaleRow }) {
  const now = useChainNow();
  const { ref, widthPx } = useWidth(632);
  const { filledAt, requestEndsAt, endedAt, proofs } = sale;
  const to = endedAt ?? requestEndsAt;
  if (filledAt === undefined || to === undefined) {
    return (
      <Section title={t('sale.proofs')}>
        <p className="second">{t('timeline.notFilled')}</p>
      </Section>
    );
  }
  const window = { from: filledAt, to: Math.max(to, filledAt + 1), now, widthPx };
  return (
    <Section title={t('sale.proofs')} aside={<span className="second">{proofsText()}</span>}>
      <div ref={ref} className={css['bar']} title={timelineText(sale, now)}>
        <TimelineBar sale={sale} window={window} />
      </div>
      <div className={css['ends']}>
        <span>{timeText(filledAt, now)}</span>
        <span>{frequencyText(sale)}</span>
        <span>{timeText(to, now)}</span>
      </div>
    </Section>
  );

  function proofsText(): string {
    const parts = [plural('timeline.sent', proofs.sent), t('timeline.missed', { count: proofs.missed })];
    if (proofs.failed > 0) parts.push(plural('sale.failedAttempts', proofs.failed));
    return parts.join(', ');
  }
}

function frequencyText({ proofProbability }: SaleRow): string {
  if (proofProbability <= 1n) return t('sale.everyPeriod');
  return t('sale.oneIn', { count: countText(proofProbability) });
}
