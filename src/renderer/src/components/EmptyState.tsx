import type { ReactNode } from 'react';
import css from './EmptyState.module.css';

/** What will be here, what to do first, and the one button for it. */
export function EmptyState({ what, first, action }: { what: string; first?: string; action?: ReactNode }) {
  return (
    <div className={css['empty']}>
      <p>{what}</p>
      {first !== undefined && <p className="second">{first}</p>}
      {action}
    </div>
  );
}
