import { Button } from '@mantine/core';
import { useState } from 'react';
import type {
  AccountFilter,
  AccountSums,
  AccountTotals,
  MonthSums,
  SaleSums,
} from '../../../../shared/accounts.ts';
import { countText, exactTokens, gasText, shortId, tokensText } from '../../../../shared/units.ts';
import { useChainNow, useToken } from '../../api/node.tsx';
import { DataTable, stretched, type Column } from '../../components/DataTable.tsx';
import { Section } from '../../components/Page.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { t } from '../../i18n/t.ts';
import { monthName } from '../../lib/earnings.ts';
import { timeText } from '../../lib/format.ts';
import css from './Earnings.module.css';

interface SumTablesProps {
  readonly totals: AccountTotals | undefined;
  readonly filter: AccountFilter;
  readonly setFilter: (filter: AccountFilter) => void;
}

/** Sums by month or by sale; a row shows its lines below, and shows all again when it is pressed once more. */
export function SumTables({ totals, filter, setFilter }: SumTablesProps) {
  const [by, setBy] = useState<'month' | 'sale'>('month');
  const now = useChainNow();
  const { symbol, decimals } = useToken();
  const columns = sumColumns({ symbol, decimals });
  const pick = (key: 'month' | 'saleId', value: string) => {
    const { kind } = filter;
    setFilter({ ...(kind && { kind }), ...(filter[key] === value ? {} : { [key]: value }) });
  };
  const sales: Column<SaleSums>[] = [
    {
      key: 'sale',
      head: t('sales.request'),
      width: 'minmax(120px, 1.4fr)',
      cell: ({ saleId, requestId, slotIndex, at }) => (
        <button
          type="button"
          className={stretched}
          aria-pressed={filter.saleId === saleId}
          onClick={() => pick('saleId', saleId)}
        >
          <span className="id">{shortId(requestId)}</span> · {slotIndex}{' '}
          <span className="third">{timeText(at, now)}</span>
        </button>
      ),
    },
    ...columns,
  ];
  const months: Column<MonthSums>[] = [
    {
      key: 'month',
      head: t('earnings.month'),
      width: 'minmax(120px, 1.4fr)',
      cell: ({ month }) => (
        <button
          type="button"
          className={stretched}
          aria-pressed={filter.month === month}
          onClick={() => pick('month', month)}
        >
          {monthName(month)}
        </button>
      ),
    },
    ...columns,
  ];
  const height = heightOf(by === 'month' ? totals?.months.length : totals?.sales.length);
  return (
    <Section
      title={t('earnings.sums')}
      aside={
        <fieldset className={css['switch']} aria-label={t('earnings.sumsBy')}>
          {(['month', 'sale'] as const).map((name) => (
            <Button
              key={name}
              size="xs"
              variant={name === by ? 'light' : 'subtle'}
              aria-pressed={name === by}
              onClick={() => setBy(name)}
            >
              {t(`earnings.by.${name}`)}
            </Button>
          ))}
        </fieldset>
      }
    >
      <div style={{ height }}>
        {!totals ? (
          <Skeleton rows={2} />
        ) : by === 'month' ? (
          <DataTable
            label={t('earnings.by.month')}
            isVirtual
            columns={months}
            rows={totals.months}
            rowKey={({ month }) => month}
            isChosen={({ month }) => month === filter.month}
          />
        ) : (
          <DataTable
            label={t('earnings.by.sale')}
            isVirtual
            columns={sales}
            rows={totals.sales}
            rowKey={({ saleId }) => saleId}
            isChosen={({ saleId }) => saleId === filter.saleId}
          />
        )}
      </div>
    </Section>
  );
}

/** Up to six rows; more of them scroll. */
const heightOf = (rows = 1): number => 34 + Math.min(6, Math.max(1, rows)) * 34;

function sumColumns({ symbol, decimals }: { symbol: string; decimals: number }): Column<AccountSums>[] {
  const amount = (key: 'earned' | 'slashed' | 'collateral' | 'transfers', head: string, isMinor = false) => ({
    key,
    head: `${head} (${symbol})`,
    width: 'minmax(0, 1fr)',
    align: 'right' as const,
    isMinor,
    cell: ({ [key]: value }: AccountSums) => (
      <span
        className={value === 0n ? 'third' : key === 'slashed' ? 'danger' : undefined}
        title={exactTokens(value, decimals)}
      >
        {tokensText(value, decimals)}
      </span>
    ),
  });
  return [
    amount('earned', t('earnings.earned')),
    amount('slashed', t('earnings.slashed')),
    amount('collateral', t('earnings.collateral'), true),
    amount('transfers', t('earnings.transfers'), true),
    {
      key: 'gas',
      head: t('earnings.gasHead'),
      width: 'minmax(0, 1fr)',
      align: 'right',
      cell: ({ gas }) => <span title={`${exactTokens(gas)} ETH`}>{gasText(gas)}</span>,
    },
    {
      key: 'lines',
      head: t('earnings.lines'),
      width: '64px',
      align: 'right',
      cell: ({ lines }) => countText(lines),
    },
  ];
}
