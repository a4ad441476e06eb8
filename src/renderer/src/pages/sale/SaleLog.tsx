import { useLogs } from '../../api/logs.ts';
import { Section } from '../../components/Page.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import type { SaleRow } from '../../../../shared/rows.ts';
import { t } from '../../i18n/t.ts';
import { preciseText } from '../../lib/format.ts';
import { hrefOf } from '../../lib/router.ts';
import css from './Sale.module.css';

const SHOWN = 12;

/** The newest log lines that name this slot, newest first. */
export function SaleLog({ sale: { slotId, requestId, slotIndex } }: { sale: SaleRow }) {
  const logs = useLogs();
  const lines = logs?.lines
    .filter(({ json }) => isAbout(json))
    .slice(-SHOWN)
    .reverse();
  return (
    <Section title={t('sale.log')} aside={<a href={hrefOf('activity', slotId)}>{t('sale.followLog')}</a>}>
      {!lines && <Skeleton rows={4} />}
      {lines?.length === 0 && <p className="second">{t('sale.noLog')}</p>}
      <ul className={css['log']}>
        {lines?.map((line) => (
          <li key={`${line.seq}@${line.timeMs}`}>
            <time>{preciseText(line.timeMs)}</time>
            <span data-level={line.level}>{t(`level.${line.level}`)}</span>
            <span>
              {line.message} <span className="third">{line.text}</span>
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );

  function isAbout(json: string): boolean {
    return json.includes(slotId) || (json.includes(requestId) && json.includes(`"slotIndex":${slotIndex}`));
  }
}
