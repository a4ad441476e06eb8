import type { SaleRow } from '../../../../shared/rows.ts';
import { bytesText, percentText, rateText } from '../../../../shared/units.ts';
import { Section } from '../../components/Page.tsx';
import { t } from '../../i18n/t.ts';
import { downloadLeftText } from '../../lib/salewords.ts';
import css from './Sale.module.css';

/** The download while it runs: how far, how fast, how long. */
export function SaleDownload({ sale }: { sale: SaleRow }) {
  const { progress, state } = sale;
  if (state !== 'downloading' || !progress) return undefined;
  const { doneBytes, totalBytes, bytesPerSecond } = progress;
  const left = downloadLeftText(sale);
  const text = [
    t('sale.downloaded', {
      percent: percentText(doneBytes, totalBytes),
      done: bytesText(doneBytes),
      all: bytesText(totalBytes),
    }),
    rateText(bytesPerSecond),
    ...(left === undefined ? [] : [t('sale.left', { time: left })]),
  ].join(', ');
  return (
    <Section title={t('sale.download')} aside={<span className="second">{text}</span>}>
      <progress
        className={css['progress']}
        aria-label={t('sale.download')}
        value={Number(doneBytes)}
        max={Number(totalBytes)}
      />
    </Section>
  );
}
