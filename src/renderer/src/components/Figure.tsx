import type { ReactNode } from 'react';
import css from './Figure.module.css';

interface FigureProps {
  readonly label: string;
  /** Undefined while it is not known yet. */
  readonly value: ReactNode;
  readonly unit?: string;
  /** The assumption, or what comes next, in one line. */
  readonly note?: ReactNode;
  /** Every digit, for the tooltip. */
  readonly exact?: string;
  readonly tone?: 'danger' | 'unknown';
}

/** One number large enough to be read from a chair. */
export function Figure({ label, value, unit, note, exact, tone }: FigureProps) {
  return (
    <div className={css['figure']}>
      <dt className={css['label']}>{label}</dt>
      <dd className={css['value']} data-tone={tone} title={exact}>
        {value}
        {unit !== undefined && <span className={css['unit']}> {unit}</span>}
      </dd>
      <dd className={css['note']}>{note}</dd>
    </div>
  );
}

/** Figures in equal columns with hairlines between. */
export const FigureRow = ({ children }: { children: ReactNode }) => (
  <dl className={css['row']}>{children}</dl>
);

/** `4 min 12 s` with small units, for a figure. */
export function DurationFigure({ text }: { text: string }) {
  return text.split(' ').map((part, index) =>
    index % 2 === 0 ? (
      <span key={index} className={index === 0 ? undefined : css['gap']}>
        {part}
      </span>
    ) : (
      <span key={index} className={css['unit']}>
        {part}{' '}
      </span>
    ),
  );
}
