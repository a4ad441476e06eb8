import { say } from '../../../shared/i18n/say.ts';
import type { ActivityRow } from '../../../shared/rows.ts';
import { tokensText } from '../../../shared/units.ts';
import { useChainNow, useTable, useToken } from '../api/node.tsx';
import { t } from '../i18n/t.ts';
import { exactTimeText, timeText } from '../lib/format.ts';
import { hrefOf } from '../lib/router.ts';
import css from './ActivityList.module.css';
import { EmptyState } from './EmptyState.tsx';
import { StatusShape, type Shape } from './StatusMark.tsx';

/** What happened, newest first, with what it brought. */
export function ActivityList({ limit }: { limit: number }) {
  const activity = useTable('activity');
  const now = useChainNow();
  const { decimals } = useToken();
  const newest = [...activity.values()].sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1)).slice(0, limit);
  if (newest.length === 0) return <EmptyState what={t('activity.empty')} />;
  return (
    <ul className={css['list']}>
      {newest.map((row) => (
        <li key={row.id} className={css['row']}>
          <time title={exactTimeText(row.at)}>{timeText(row.at, now)}</time>
          <StatusShape shape={shapes[row.kind]} />
          {row.saleId === undefined ? (
            <span>{textOf(row)}</span>
          ) : (
            <a href={hrefOf('sales', row.saleId)}>{textOf(row)}</a>
          )}
          {row.amount !== undefined && (
            <span className={row.amount < 0n ? 'strong danger' : 'strong'}>
              {tokensText(row.amount, decimals, { plus: true })}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

const textOf = ({ sentence, text }: ActivityRow) => (sentence ? say(sentence) : text);

const shapes: Readonly<Record<ActivityRow['kind'], Shape>> = {
  downloading: 'working',
  filled: 'selling',
  proof: 'passed',
  proofMissed: 'attention',
  dataMissing: 'danger',
  paid: 'ended',
  lost: 'danger',
  refused: 'info',
  failed: 'attention',
  node: 'info',
};
