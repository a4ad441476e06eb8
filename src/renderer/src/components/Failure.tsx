import type { ReactNode } from 'react';
import { errorText } from '../../../shared/errors.ts';
import { t } from '../i18n/t.ts';
import css from './Failure.module.css';
import { StatusShape } from './StatusMark.tsx';

interface FailureProps {
  /** What did not work. */
  readonly what: string;
  readonly error: { readonly code: string; readonly message: string; readonly details?: unknown };
  readonly action?: ReactNode;
}

/** Stands in place of what failed, never of the page: what happened, why, what to do, and the details folded away. */
export function Failure({ what, error, action }: FailureProps) {
  return (
    <div className={css['failure']} role="alert">
      <StatusShape shape="danger" size={16} />
      <div className={css['words']}>
        <p className="strong">{what}</p>
        <p className="second">{errorText(error)}</p>
        {action}
        <details>
          <summary>{t('failure.details')}</summary>
          <p className="small third">
            {error.code}: {error.message}
          </p>
        </details>
      </div>
    </div>
  );
}
