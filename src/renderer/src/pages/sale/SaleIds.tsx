import type { SaleRow } from '../../../../shared/rows.ts';
import { CopyId } from '../../components/CopyId.tsx';
import { Section } from '../../components/Page.tsx';
import { t } from '../../i18n/t.ts';
import css from './Sale.module.css';

/** The raw ids, whole, for looking things up elsewhere. */
export function SaleIds({ sale: { slotId, requestId, slotIndex } }: { sale: SaleRow }) {
  return (
    <Section title={t('sale.ids')}>
      <dl className={css['ids']}>
        <div>
          <dt>{t('sale.request')}</dt>
          <dd>
            <CopyId id={requestId} name={t('sale.request')} isWhole />
          </dd>
        </div>
        <div>
          <dt>{t('sale.slot')}</dt>
          <dd>
            <CopyId id={slotId} name={t('sale.slot')} isWhole />
          </dd>
        </div>
        <div>
          <dt>{t('sale.index')}</dt>
          <dd>{slotIndex}</dd>
        </div>
      </dl>
    </Section>
  );
}
