import type { RefusedRow } from '../../../../shared/rows.ts';
import { useChainNow, useIsLoading, useTable } from '../../api/node.tsx';
import { DataTable, type Column } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { RequestSlot } from '../../components/RequestSlot.tsx';
import { StatusMark } from '../../components/StatusMark.tsx';
import { isTextKey, t } from '../../i18n/t.ts';
import { refusedText, type Offers } from '../../lib/refusedtext.ts';
import { exactTimeText, timeText } from '../../lib/format.ts';

const SHOWN = 100;

/** Slots that were not taken, newest first, with the first rule that failed the last time they were looked at. */
export function RefusedTable() {
  const refused = useTable('refused');
  const isLoading = useIsLoading();
  const now = useChainNow();
  const offers = useTable('availabilities');
  const rows = newestOfEach([...refused.values()].sort((a, b) => b.at - a.at)).slice(0, SHOWN);
  if (isLoading) return <Skeleton rows={3} />;
  if (rows.length === 0) return <EmptyState what={t('queue.noRefused')} />;
  return (
    <DataTable
      label={t('queue.refused')}
      columns={columnsOf(now, offers)}
      rows={rows}
      rowKey={({ id }) => id}
    />
  );
}

/** A slot that waits is looked at again whenever an offer changes; once is enough to read. */
function newestOfEach(newestFirst: readonly RefusedRow[]): RefusedRow[] {
  const bySlot = new Map<string, RefusedRow>();
  for (const row of newestFirst) {
    const slot = `${row.requestId}/${row.slotIndex}`;
    if (!bySlot.has(slot)) bySlot.set(slot, row);
  }
  return [...bySlot.values()];
}

const columnsOf = (now: number, offers: Offers): Column<RefusedRow>[] => [
  {
    key: 'at',
    head: t('queue.at'),
    width: '104px',
    cell: ({ at }) => <time title={exactTimeText(at)}>{timeText(at, now)}</time>,
  },
  {
    key: 'id',
    head: t('sales.request'),
    width: '126px',
    cell: RequestSlot,
  },
  {
    key: 'rule',
    head: t('queue.rule'),
    width: '168px',
    cell: ({ code }) => <StatusMark shape="info">{ruleText(code)}</StatusMark>,
  },
  {
    key: 'text',
    head: t('queue.whyNot'),
    width: 'minmax(160px, 1fr)',
    cell: (row) => {
      const text = refusedText(row, offers);
      return (
        <span className="second" title={text}>
          {text}
        </span>
      );
    },
  },
];

function ruleText(code: string): string {
  const key = `outcome.${code}`;
  return isTextKey(key) ? t(key as 'outcome.slotTaken') : code;
}
