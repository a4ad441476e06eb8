import type { ReactElement, ReactNode } from 'react';
import type { PageName } from '../lib/router.ts';

/** Line icons, 18 px on a grid of 20, stroke 1.5, round ends. They never stand without a word beside them. */
export const pageIcons: Readonly<Record<PageName, () => ReactElement>> = {
  home: () => (
    <Line>
      <path d="M3.5 9.2 10 3.5l6.5 5.7M5.2 8v8.2h9.6V8M8.3 16v-4.5h3.4V16" />
    </Line>
  ),
  offers: () => (
    <Line>
      <path d="M3.5 4.8v5l6.9 6.9a1.4 1.4 0 0 0 2 0l4-4a1.4 1.4 0 0 0 0-2L9.6 3.5h-4.7a1.4 1.4 0 0 0-1.4 1.3Z" />
      <circle cx="7" cy="7" r="1" />
    </Line>
  ),
  sales: () => (
    <Line>
      <path d="M3 5.5h9M3 10h6M3 14.5h10M16 3.8v4M12.5 8.2v3.6M16.5 12.7v3.6" />
    </Line>
  ),
  queue: () => (
    <Line>
      <path d="M7.5 5h9M7.5 10h9M7.5 15h9" />
      <path d="M3.5 4.2h1.3v1.6H3.5zM3.5 9.2h1.3v1.6H3.5zM3.5 14.2h1.3v1.6H3.5z" />
    </Line>
  ),
  earnings: () => (
    <Line>
      <path d="M3 16.5h14M5.2 13.5v-4M10 13.5v-9M14.8 13.5V7.5" />
    </Line>
  ),
  activity: () => (
    <Line>
      <path d="M2.5 10h3.2l2.4-5.5 3.8 11 2.4-5.5h3.2" />
    </Line>
  ),
  settings: () => (
    <Line>
      <path d="M3 5.5h8M15 5.5h2M3 10h2M9 10h8M3 14.5h7M14 14.5h3" />
      <circle cx="13" cy="5.5" r="1.8" />
      <circle cx="7" cy="10" r="1.8" />
      <circle cx="12" cy="14.5" r="1.8" />
    </Line>
  ),
};

export const CopyIcon = () => (
  <Line size={16}>
    <rect x="7" y="7" width="9" height="9" rx="1.5" />
    <path d="M13 4.5H6A1.5 1.5 0 0 0 4.5 6v7" />
  </Line>
);

export const CloseIcon = () => (
  <Line size={16}>
    <path d="m5 5 10 10M15 5 5 15" />
  </Line>
);

export const SearchIcon = () => (
  <Line size={16}>
    <circle cx="8.5" cy="8.5" r="4.8" />
    <path d="m12.2 12.2 4.3 4.3" />
  </Line>
);

export const BackIcon = () => (
  <Line size={16}>
    <path d="M12 4.5 6.5 10l5.5 5.5" />
  </Line>
);

export const DownIcon = () => (
  <Line size={16}>
    <path d="m5.5 8 4.5 4.5L14.5 8" />
  </Line>
);

/** The mark: a rounded square with one slot cut into it. */
export const Mark = () => (
  <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
    <rect x="1" y="1" width="18" height="18" rx="5" fill="var(--accent)" />
    <rect x="4.5" y="8.5" width="11" height="3" rx="1.5" fill="var(--nav)" />
  </svg>
);

/** The practice network's sign: a square that is only marked out. */
export const PracticeSign = () => (
  <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
    <rect
      x="1.75"
      y="1.75"
      width="12.5"
      height="12.5"
      rx="3.5"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeDasharray="3 2.4"
    />
  </svg>
);

function Line({ size = 18, children }: { size?: number; children: ReactNode }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}
