import type { QueueRow } from '../../../../shared/rows.ts';
import {
  durationText,
  formatBytes,
  exactPricePerGbMonth,
  tokensText,
  type ByteUnit,
} from '../../../../shared/units.ts';
import { useChainNow, useIsLoading, useOnly, useTable, useToken } from '../../api/node.tsx';
import { DataTable, type Column } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Page, Section } from '../../components/Page.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { StatusMark } from '../../components/StatusMark.tsx';
import { RequestSlot } from '../../components/RequestSlot.tsx';
import { t } from '../../i18n/t.ts';
import { columnUnit, shortPrice } from '../../lib/format.ts';
import { reasonFor } from '../../lib/queuewords.ts';
import { waitingText } from '../../lib/refusedtext.ts';
import css from './Queue.module.css';
import { RefusedTable } from './RefusedTable.tsx';

/** The slots that wait, in the order in which they are looked at, and those that were not taken. */
export function Queue() {
  return (
    <Page title={t('queue.title')} line={<WorkersLine />}>
      <div className={css['table']}>
        <QueueTable />
      </div>
      <Section title={t('queue.refused')}>
        <RefusedTable />
      </Section>
    </Page>
  );
}

function WorkersLine() {
  const node = useOnly('node');
  return node && t('queue.workers', { ...node.workers, symbol: node.token.symbol });
}

function QueueTable() {
  const queue = useTable('queue');
  const isLoading = useIsLoading();
  const offers = useTable('availabilities');
  const now = useChainNow();
  const refused = useTable('refused');
  const { decimals } = useToken();
  const waitingFor = (row: QueueRow) => waitingText(row, refused, offers);
  const rows = [...queue.values()].sort((a, b) => a.position - b.position);
  if (!isLoading && rows.length === 0) {
    return (
      <EmptyState
        what={t('queue.empty')}
        first={offers.size === 0 ? t('queue.emptyFirst') : t('queue.emptyWait')}
      />
    );
  }
  const unit = columnUnit(rows.map(({ slotSizeBytes }) => slotSizeBytes));
  const reasons = new Map(rows.map((row, index) => [row.id, reasonFor(row, rows[index - 1])]));
  return (
    <>
      <DataTable
        label={t('queue.title')}
        columns={columnsOf({ unit, decimals, now, reasons, waitingFor })}
        rows={rows}
        rowKey={({ id }) => id}
        rowHeight={52}
      />
      {isLoading && <Skeleton rows={4} height={52} />}
    </>
  );
}

function Why({ reason, waitingFor }: { reason: string | undefined; waitingFor: string | undefined }) {
  return (
    <>
      <div className={css['reason']}>{reason}</div>
      {waitingFor !== undefined && (
        <div className={css['waiting']} title={waitingFor}>
          <StatusMark shape="waiting">{t('queue.waitingFor', { what: waitingFor })}</StatusMark>
        </div>
      )}
    </>
  );
}

interface ColumnContext {
  readonly unit: ByteUnit;
  readonly decimals: number;
  readonly now: number;
  readonly reasons: ReadonlyMap<string, string>;
  readonly waitingFor: (row: QueueRow) => string | undefined;
}

function columnsOf({ unit, decimals, now, reasons, waitingFor }: ColumnContext): Column<QueueRow>[] {
  return [
    { key: 'place', head: t('queue.place'), width: '40px', cell: ({ position }) => position },
    {
      key: 'id',
      head: t('sales.request'),
      width: '126px',
      cell: RequestSlot,
    },
    {
      key: 'why',
      head: t('queue.why'),
      width: 'minmax(140px, 1fr)',
      cell: (row) => <Why reason={reasons.get(row.id)} waitingFor={waitingFor(row)} />,
    },
    {
      key: 'size',
      isMinor: true,
      head: unit,
      width: '56px',
      align: 'right',
      cell: ({ slotSizeBytes }) => formatBytes(slotSizeBytes, unit).value,
    },
    {
      key: 'price',
      isMinor: true,
      head: t('queue.price'),
      width: '84px',
      align: 'right',
      cell: ({ pricePerBytePerSecond: price }) => (
        <span title={exactPricePerGbMonth(price, decimals)}>{shortPrice(price, decimals)}</span>
      ),
    },
    {
      key: 'earns',
      head: t('queue.earns'),
      width: '64px',
      align: 'right',
      cell: ({ profit }) => tokensText(profit, decimals),
    },
    {
      key: 'collateral',
      isMinor: true,
      head: t('queue.collateral'),
      width: '68px',
      align: 'right',
      cell: ({ collateral }) => tokensText(collateral, decimals),
    },
    {
      key: 'length',
      isMinor: true,
      head: t('queue.length'),
      width: '72px',
      align: 'right',
      cell: ({ durationSeconds }) => durationText(durationSeconds),
    },
    {
      key: 'expires',
      head: t('queue.expires'),
      width: '88px',
      align: 'right',
      cell: ({ expiresAt }) =>
        expiresAt > now ? durationText(expiresAt - now) : <span className="third">{t('queue.expired')}</span>,
    },
  ];
}
