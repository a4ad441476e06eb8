import type { SaleRow } from '../../../../shared/rows.ts';
import { bytesText, durationText, pricePerGbMonth, shortId } from '../../../../shared/units.ts';
import { useChainNow, useIsLoading, usePicked, useTable, useToken } from '../../api/node.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { BackIcon } from '../../components/icons.tsx';
import { Page } from '../../components/Page.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { StatePath } from '../../components/StatePath.tsx';
import { StatusMark } from '../../components/StatusMark.tsx';
import { t } from '../../i18n/t.ts';
import { hrefOf } from '../../lib/router.ts';
import { hasEnded, endText, saleWords } from '../../lib/salewords.ts';
import { stopsOf } from '../../lib/salepath.ts';
import css from './Sale.module.css';
import { SaleDownload } from './SaleDownload.tsx';
import { SaleIds } from './SaleIds.tsx';
import { SaleLog } from './SaleLog.tsx';
import { SaleMoney } from './SaleMoney.tsx';
import { SaleProofs } from './SaleProofs.tsx';
import { SaleTransactions } from './SaleTransactions.tsx';

/** One sale: how far it is, what it proves, what it earns and may lose. */
export function Sale({ id }: { id: string }) {
  const sale = usePicked('sales', (sales) => findSale(sales, id));
  const isLoading = useIsLoading();
  return (
    <>
      <a className={css['back']} href={hrefOf('sales')}>
        <BackIcon /> {t('sales.title')}
      </a>
      {sale ? (
        <SaleView sale={sale} />
      ) : (
        <Page title={t('sale.title')}>
          {isLoading ? (
            <Skeleton rows={6} />
          ) : (
            <EmptyState what={t('sale.unknown')} first={t('sale.unknownFirst')} />
          )}
        </Page>
      )}
    </>
  );
}

/** A sale that ends gets another id; whoever looks at it goes on looking at it. */
export function findSale(sales: ReadonlyMap<string, SaleRow>, id: string): SaleRow | undefined {
  const found = sales.get(id);
  if (found) return found;
  return [...sales.values()]
    .filter(({ slotId }) => slotId === id)
    .sort((a, b) => b.startedAt - a.startedAt)[0];
}

function SaleView({ sale }: { sale: SaleRow }) {
  const now = useChainNow();
  const { shape, word } = saleWords(sale);
  return (
    <Page
      title={t('sale.name', { id: shortId(sale.requestId), index: sale.slotIndex })}
      line={
        <StatusMark shape={shape} size={14}>
          {word}
        </StatusMark>
      }
    >
      <Terms sale={sale} />
      {hasEnded(sale) && <p className={css['outcome']}>{endText(sale)}</p>}
      <div className={css['path']}>
        <StatePath stops={stopsOf(sale, now)} />
      </div>
      <div className={css['columns']}>
        <div className={css['left']}>
          <SaleDownload sale={sale} />
          <SaleProofs sale={sale} />
          <SaleTransactions sale={sale} />
          <SaleLog sale={sale} />
          <SaleIds sale={sale} />
        </div>
        <SaleMoney sale={sale} />
      </div>
    </Page>
  );
}

function Terms({ sale }: { sale: SaleRow }) {
  const offers = useTable('availabilities');
  const { symbol, decimals } = useToken();
  const { slotSizeBytes, pricePerSecond, durationSeconds, availabilityId } = sale;
  const offer = availabilityId === undefined ? undefined : offers.get(availabilityId);
  const terms = {
    size: bytesText(slotSizeBytes),
    price: slotSizeBytes > 0n ? pricePerGbMonth(pricePerSecond / slotSizeBytes, decimals) : '0',
    symbol,
    duration: durationText(durationSeconds),
  };
  return (
    <p className="second">
      {offer ? t('sale.termsOf', { ...terms, offer: offer.name }) : t('sale.terms', terms)}
    </p>
  );
}
