import { say } from '../../../shared/i18n/say.ts';
import type { ActivityRow } from '../../../shared/rows.ts';
import { tokensText } from '../../../shared/units.ts';
import { useChainNow, useTable, useToken } from '../api/node.tsx';
import { t } from '../i18n/t.ts';
import { activityHref, activityShapes, byNewest } from '../lib/activitykinds.ts';
import { exactTimeText, timeText } from '../lib/format.ts';
import css from './ActivityList.module.css';
import { EmptyState } from './EmptyState.tsx';
import { StatusShape } from './StatusMark.tsx';

/** What happened, newest first, with what it brought. */
export function ActivityList({ limit }: { limit: number }) {
  const activity = useTable('activity');
  const now = useChainNow();
  const newest = [...activity.values()].sort(byNewest).slice(0, limit);
  if (newest.length === 0) return <EmptyState what={t('activity.empty')} />;
  return <ActivityLines rows={newest} timeOf={({ at }) => timeText(at, now)} />;
}

export function ActivityLines({
  rows,
  timeOf,
}: {
  rows: readonly ActivityRow[];
  timeOf: (row: ActivityRow) => string;
}) {
  return (
    <ul className={css['list']}>
      {rows.map((row) => (
        <ActivityLine key={row.id} row={row} time={timeOf(row)} />
      ))}
    </ul>
  );
}

function ActivityLine({ row, time }: { row: ActivityRow; time: string }) {
  const { decimals } = useToken();
  const href = activityHref(row);
  return (
    <li className={css['row']}>
      <time title={exactTimeText(row.at)}>{time}</time>
      <StatusShape shape={activityShapes[row.kind]} />
      {href === undefined ? <span>{textOf(row)}</span> : <a href={href}>{textOf(row)}</a>}
      {row.amount !== undefined && (
        <span className={row.amount < 0n ? 'strong danger' : 'strong'}>
          {tokensText(row.amount, decimals, { plus: true })}
        </span>
      )}
    </li>
  );
}

const textOf = ({ sentence, text }: ActivityRow) => (sentence ? say(sentence) : text);
