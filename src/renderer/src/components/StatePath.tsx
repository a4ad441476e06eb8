import { t, type TextKey } from '../i18n/t.ts';
import css from './StatePath.module.css';
import { StatusShape } from './StatusMark.tsx';

export interface Stop {
  readonly name: TextKey;
  readonly state: 'done' | 'now' | 'toCome' | 'failed';
  /** Time spent there, or when it comes. */
  readonly note: string;
}

/** The way of a sale: solid line behind, dotted ahead; one that failed stops with the octagon where it did. */
export function StatePath({ stops }: { stops: readonly Stop[] }) {
  return (
    <ol className={css['path']} aria-label={t('path.label')}>
      {stops.map(({ name, state, note }) => (
        <li
          key={name}
          className={css['stop']}
          data-state={state}
          aria-current={state === 'now' ? 'step' : undefined}
        >
          <span className={css['sign']}>{signs[state]}</span>
          <span className={css['name']}>{t(name as 'path.chosen')}</span>
          <span className="unseen">{t(`path.${state}`)}</span>
          <span className={css['note']}>{note}</span>
        </li>
      ))}
    </ol>
  );
}

const signs = {
  done: (
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <circle cx="8" cy="8" r="7" fill="var(--accent)" />
      <path d="m5 8.3 2.1 2.1L11 6" fill="none" stroke="var(--bg)" strokeWidth="1.6" strokeLinecap="round" />
    </svg>
  ),
  now: (
    <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
      <circle cx="9" cy="9" r="7.3" fill="none" stroke="var(--accent)" strokeWidth="2" />
      <circle cx="9" cy="9" r="3.4" fill="var(--accent)" />
    </svg>
  ),
  toCome: (
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <circle cx="8" cy="8" r="6.2" fill="none" stroke="var(--line2)" strokeWidth="1.5" />
    </svg>
  ),
  failed: <StatusShape shape="danger" size={16} />,
};
