import { Button } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { SaleRow } from '../../../../shared/rows.ts';
import { tokensText } from '../../../../shared/units.ts';
import { useChainNow, useFolded, useIsLoading, useOnly, useTable, useToken } from '../../api/node.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Page } from '../../components/Page.tsx';
import { t } from '../../i18n/t.ts';
import { columnUnit } from '../../lib/format.ts';
import { goTo } from '../../lib/router.ts';
import { allSales, chosenSales, longestSale } from '../../lib/salefolds.ts';
import { fitsFilter, type SaleFilter } from '../../lib/salewords.ts';
import { suitableSpan, type SpanName } from '../../lib/timeline.ts';
import { countedOn } from '../home/HomeFigures.tsx';
import css from './Sales.module.css';
import { SalesTable } from './SalesTable.tsx';
import { SalesTools } from './SalesTools.tsx';

/** Every sale on one axis of time. Choices last while the window is open. */
export function Sales() {
  const [filter, setFilter] = useState<SaleFilter>('all');
  const [search, setSearch] = useState('');
  const [chosenSpan, setSpan] = useState<SpanName>();
  const suitable = suitableSpan(useFolded(longestSale));
  const span = chosenSpan ?? suitable;
  return (
    <Page title={t('sales.title')} actions={<Sums />} isFull>
      <SalesTools {...{ filter, setFilter, search, setSearch, span, setSpan }} />
      <div className={css['table']}>
        <ShownSales filter={filter} search={search} span={span} />
      </div>
    </Page>
  );
}

function ShownSales({ filter, search, span }: { filter: SaleFilter; search: string; span: SpanName }) {
  const isLoading = useIsLoading();
  // Kept up while another choice is shown, so that a new one begins from a list that is in order.
  const all = useFolded(allSales);
  const chosen = useMemo(() => chosenSales(fitting(filter, search)), [filter, search]);
  const { rows, largestBytes } = useFolded(chosen);
  if (!isLoading && rows.length === 0) return <NoSales isFiltered={all.length > 0} />;
  return <SalesTable sales={rows} span={span} unit={columnUnit([largestBytes])} isLoading={isLoading} />;
}

function fitting(filter: SaleFilter, search: string): (sale: SaleRow) => boolean {
  const isFound = searchFor(search);
  return (sale) => fitsFilter(sale, filter) && isFound(sale);
}

/** By the first digits of a request's or slot's id, or any part of it. */
export function searchFor(search: string): (sale: SaleRow) => boolean {
  const wanted = search.trim().toLowerCase();
  return ({ slotId, requestId }) => wanted === '' || slotId.includes(wanted) || requestId.includes(wanted);
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
