import { useState } from 'react';
import type { ActivityRow } from '../../../../shared/rows.ts';
import { useChainNow, useIsLoading, useTable } from '../../api/node.tsx';
import { ActivityLines } from '../../components/ActivityList.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Section } from '../../components/Page.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { WordFilters } from '../../components/WordFilters.tsx';
import { t } from '../../i18n/t.ts';
import { activityFilters, byNewest, fitsActivity, type ActivityFilter } from '../../lib/activitykinds.ts';
import { clockText, dayText } from '../../lib/format.ts';
import css from './Activity.module.css';

/** What happened, by day, the newest first. */
export function TimeLine() {
  const activity = useTable('activity');
  const isLoading = useIsLoading();
  const now = useChainNow();
  const [filter, setFilter] = useState<ActivityFilter>('all');
  const all = [...activity.values()].sort(byNewest);
  const shown = all.filter((row) => fitsActivity(row, filter));
  return (
    <Section
      title={t('activity.happened')}
      aside={
        <WordFilters label={t('activity.which')} names={activityFilters} chosen={filter} onChoose={setFilter}>
          {(name) => t(`activity.only.${name}`)}
        </WordFilters>
      }
    >
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so that the keyboard must reach it */}
      <div className={css['list']} tabIndex={0}>
        {isLoading && <Skeleton rows={5} />}
        {!isLoading && all.length === 0 && <EmptyState what={t('activity.empty')} />}
        {all.length > 0 && shown.length === 0 && <p className="second">{t('activity.noneFit')}</p>}
        {byDay(shown, now).map(({ day, rows }) => (
          // Not by its newest row: with each new one the day would be made anew, and the focus in it lost.
          <div key={`${day} ${yearOf(rows[0])}`}>
            <h3 className={css['day']}>{day}</h3>
            <ActivityLines rows={rows} timeOf={({ at }) => clockText(at)} />
          </div>
        ))}
      </div>
    </Section>
  );
}

const yearOf = (row: ActivityRow | undefined) => new Date((row?.at ?? 0) * 1000).getFullYear();

/** In the order of the rows. */
export function byDay(rows: readonly ActivityRow[], now: number): { day: string; rows: ActivityRow[] }[] {
  const today = dayText(now);
  const groups: { day: string; rows: ActivityRow[] }[] = [];
  for (const row of rows) {
    const text = dayText(row.at);
    const day = text === today ? t('activity.today') : text;
    const last = groups.at(-1);
    if (last?.day === day) last.rows.push(row);
    else groups.push({ day, rows: [row] });
  }
  return groups;
}
