import { durationText, MINUS, tokensText } from '../../../../shared/units.ts';
import type { OfflineRisk, RiskReport } from '../../../../shared/insight.ts';
import { useRisk } from '../../api/risk.ts';
import { useToken } from '../../api/node.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Section } from '../../components/Page.tsx';
import { t } from '../../i18n/t.ts';
import { chanceText } from '../../lib/format.ts';
import css from './Home.module.css';

/** How long this computer may be off, and what a longer time may cost. Nothing while no slot is held. */
export function Offline() {
  const { value: report, failure } = useRisk();
  if (failure) return <Failure what={t('risk.failed')} error={failure} />;
  if (!report || report.slots.length === 0) return undefined;
  return (
    <Section title={t('risk.off')} aside={<span className="small third">{t('risk.assumption')}</span>}>
      <p className="second">{safeText(report)}</p>
      <dl className={css['offline']}>
        {report.offline.map((risk) => (
          <Cost key={risk.seconds} risk={risk} />
        ))}
      </dl>
    </Section>
  );
}

function Cost({ risk: { seconds, anySlash, anyLoss, expectedLoss } }: { risk: OfflineRisk }) {
  const { symbol, decimals } = useToken();
  const amount = expectedLoss === 0n ? '0' : `${MINUS}${tokensText(expectedLoss, decimals)}`;
  return (
    <div>
      <dt>{durationText(seconds)}</dt>
      <dd>
        <span className={expectedLoss === 0n ? 'third' : 'danger'}>
          {t('risk.expected', { amount, symbol })}
        </span>
        <span className="small third">
          {t('risk.chances', { slash: chanceText(anySlash), loss: chanceText(anyLoss) })}
        </span>
      </dd>
    </div>
  );
}

function safeText({ safeSeconds: { risk, noSlash, noLoss } }: RiskReport): string {
  const values = { risk: chanceText(risk), slash: safeLength(noSlash), loss: safeLength(noLoss) };
  return noSlash <= 0 ? t('risk.notNow', values) : t('risk.safeFor', values);
}

const safeLength = (seconds: number): string =>
  Number.isFinite(seconds) ? durationText(Math.max(0, Math.floor(seconds))) : t('risk.asLongAsTheyRun');
