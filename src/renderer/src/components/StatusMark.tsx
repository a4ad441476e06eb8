import type { ReactElement, ReactNode } from 'react';
import css from './StatusMark.module.css';

/** The shapes of look.md §3: each means one thing, also in grey. */
export type Shape =
  | 'selling'
  | 'working'
  | 'waiting'
  | 'paused'
  | 'windingDown'
  | 'passed'
  | 'ended'
  | 'attention'
  | 'danger'
  | 'info'
  | 'stopped';

/** Shape, colour and word together; the word is always there. */
export function StatusMark({
  shape,
  children,
  size = 12,
}: {
  shape: Shape;
  children: ReactNode;
  size?: number;
}) {
  return (
    <span className={css['mark']} data-shape={shape}>
      <StatusShape shape={shape} size={size} />
      <span className={css['word']}>{children}</span>
    </span>
  );
}

/** The shape alone, where the words stand beside it already. */
export function StatusShape({ shape, size = 12 }: { shape: Shape; size?: number }) {
  return (
    <svg
      className={css['shape']}
      data-shape={shape}
      width={size}
      height={size}
      viewBox="0 0 12 12"
      aria-hidden="true"
    >
      {drawings[shape]}
    </svg>
  );
}

const line = { fill: 'none', stroke: 'currentColor', strokeWidth: 1.4, strokeLinecap: 'round' } as const;
const cut = { fill: 'none', stroke: 'var(--bg)', strokeWidth: 1.4, strokeLinecap: 'round' } as const;

const tick = <path d="m1.8 6.4 2.8 2.8 5.6-6" {...line} strokeWidth={1.6} strokeLinejoin="round" />;

const drawings: Readonly<Record<Shape, ReactElement>> = {
  selling: <circle cx="6" cy="6" r="5" fill="currentColor" />,
  working: (
    <>
      <circle cx="6" cy="6" r="4.3" {...line} />
      <path d="M6 1.7a4.3 4.3 0 0 1 0 8.6Z" fill="currentColor" />
    </>
  ),
  waiting: <circle cx="6" cy="6" r="4.6" {...line} strokeLinecap="butt" strokeDasharray="2.1 1.51" />,
  paused: <path d="M3.8 2.2v7.6M8.2 2.2v7.6" {...line} strokeWidth={2} />,
  windingDown: <path d="M1.7 2.6h8.6L6 10Z" {...line} strokeLinejoin="round" />,
  passed: tick,
  ended: tick,
  attention: (
    <>
      <path
        d="M6 .9 11.6 11H.4Z"
        fill="currentColor"
        stroke="currentColor"
        strokeWidth=".8"
        strokeLinejoin="round"
      />
      <path d="M6 4.4v2.8M6 9.2v.1" {...cut} strokeWidth={1.3} />
    </>
  ),
  danger: (
    <>
      <path d="M3.7.5h4.6l3.2 3.2v4.6l-3.2 3.2H3.7L.5 8.3V3.7Z" fill="currentColor" />
      <path d="m4.2 4.2 3.6 3.6M7.8 4.2 4.2 7.8" {...cut} />
    </>
  ),
  info: (
    <>
      <rect x=".9" y=".9" width="10.2" height="10.2" rx="2" {...line} strokeWidth={1.2} />
      <path d="M6 5.6v3M6 3.4v.1" {...line} strokeWidth={1.2} />
    </>
  ),
  stopped: (
    <>
      <circle cx="6" cy="6" r="4.6" {...line} />
      <path d="m2.8 9.2 6.4-6.4" {...line} />
    </>
  ),
};
