import { Hatched } from '../../components/Hatch.tsx';
import { t } from '../../i18n/t.ts';
import css from './Sales.module.css';

/** The foot: what the marks in the bars mean, and which rows are in sight. */
export function SalesLegend({ text }: { text: string }) {
  return (
    <footer className={css['legend']}>
      <ul>
        <li>
          <svg width="18" height="14" aria-hidden="true">
            <rect width="18" height="14" rx="1" fill="var(--soft)" />
            <path d="M5 0V14M13 0V14" stroke="var(--accent)" strokeWidth="2" />
          </svg>
          {t('legend.sent')}
        </li>
        <li>
          <svg width="10" height="14" aria-hidden="true">
            <path d="m1.5 3.5 7 7m0-7-7 7" stroke="var(--danger)" strokeWidth="1.8" strokeLinecap="round" />
          </svg>
          {t('legend.missed')}
        </li>
        <li>
          <svg width="12" height="14" aria-hidden="true">
            <circle cx="6" cy="7" r="4.5" fill="none" stroke="var(--accent)" strokeWidth="2" />
          </svg>
          {t('legend.due')}
        </li>
        <li>
          <span className={css['sample']}>
            <Hatched ink="future" />
          </span>
          {t('legend.toRun')}
        </li>
      </ul>
      <span className={css['range']}>{text}</span>
    </footer>
  );
}
