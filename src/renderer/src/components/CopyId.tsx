import { Tooltip } from '@mantine/core';
import { useEffect, useState } from 'react';
import { shortId } from '../../../shared/units.ts';
import { t } from '../i18n/t.ts';
import css from './CopyId.module.css';
import { CopyIcon } from './icons.tsx';

/** A short id, whole in the tooltip, and a button that copies the whole. `name` says what it is, for the button. */
export function CopyId({ id, name, isWhole = false }: { id: string; name: string; isWhole?: boolean }) {
  const { copy, isCopied } = useCopy(id);
  return (
    <span className={css['copy']}>
      <span className="id" title={id}>
        {isWhole ? id : shortId(id)}
      </span>
      <Tooltip label={isCopied ? t('copy.done') : t('copy.this', { name })}>
        <button
          type="button"
          className={css['button']}
          aria-label={t('copy.this', { name })}
          onClick={() => void copy()}
        >
          <CopyIcon />
        </button>
      </Tooltip>
      <output className="unseen">{isCopied && t('copy.done')}</output>
    </span>
  );
}

/** Copies `text`; `isCopied` for two seconds after it. */
export function useCopy(text: string): { copy: () => Promise<void>; isCopied: boolean } {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return {
    isCopied,
    copy: () => navigator.clipboard.writeText(text).then(() => setCopied(true), ignoreRefusal),
  };
}

// A browser may refuse the clipboard; the whole id can still be marked and copied by hand.
const ignoreRefusal = () => undefined;
