import { Button } from '@mantine/core';
import { useState } from 'react';
import type { SaleRow } from '../../../../shared/rows.ts';
import { tokensText } from '../../../../shared/units.ts';
import { useChainNow, useIsLoading, useOnly, useTable, useToken } from '../../api/node.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Page } from '../../components/Page.tsx';
import { t } from '../../i18n/t.ts';
import { goTo } from '../../lib/router.ts';
import { bySalesOrder, fitsFilter, type SaleFilter } from '../../lib/salewords.ts';
import { suitableSpan, type SpanName } from '../../lib/timeline.ts';
import { countedOn } from '../home/HomeFigures.tsx';
import css from './Sales.module.css';
import { SalesTable } from './SalesTable.tsx';
import { SalesTools } from './SalesTools.tsx';

/** Every sale on one axis of time. Choices last while the window is open. */
export function Sales() {
  const sales = useTable('sales');
  const isLoading = useIsLoading();
  const [filter, setFilter] = useState<SaleFilter>('all');
  const [search, setSearch] = useState('');
  const [chosenSpan, setSpan] = useState<SpanName>();
  const all = [...sales.values()];
  const span = chosenSpan ?? suitableSpan(all);
  const shown = all.filter((sale) => fitsFilter(sale, filter) && fitsSearch(sale, search)).sort(bySalesOrder);
  return (
    <Page title={t('sales.title')} actions={<Sums />} isFull>
      <SalesTools {...{ sales: all, filter, setFilter, search, setSearch, span, setSpan }} />
      <div className={css['table']}>
        {!isLoading && shown.length === 0 ? (
          <NoSales isFiltered={all.length > 0} />
        ) : (
          <SalesTable sales={shown} span={span} isLoading={isLoading} />
        )}
      </div>
    </Page>
  );
}

/** By the first digits of a request's or slot's id, or any part of it. */
export function fitsSearch({ slotId, requestId }: SaleRow, search: string): boolean {
  const wanted = search.trim().toLowerCase();
  return wanted === '' || slotId.includes(wanted) || requestId.includes(wanted);
}

function Sums() {
  const money = useOnly('money');
  const now = useChainNow();
  const { symbol, decimals } = useToken();
  if (!money) return undefined;
  const { accruing, atRisk } = countedOn(money, now);
  const text = (amount: bigint) => `${tokensText(amount, decimals)} ${symbol}`;
  return (
    <p className={css['sums']}>
      {t('sales.accruing')} <strong>{text(accruing)}</strong>
      <span />
      {t('sales.atRisk')} <strong>{text(atRisk)}</strong>
    </p>
  );
}

function NoSales({ isFiltered }: { isFiltered: boolean }) {
  const hasOffer = useTable('availabilities').size > 0;
  if (isFiltered) return <EmptyState what={t('sales.noneMatch')} first={t('sales.noneMatchFirst')} />;
  if (hasOffer) return <EmptyState what={t('sales.empty')} first={t('sales.emptyWait')} />;
  return (
    <EmptyState
      what={t('sales.empty')}
      first={t('sales.emptyFirst')}
      action={<Button onClick={() => goTo('offers')}>{t('offers.create')}</Button>}
    />
  );
}
