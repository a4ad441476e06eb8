import { Button } from '@mantine/core';
import type { LogLine } from '../../../../shared/api.ts';
import { useCopy } from '../../components/CopyId.tsx';
import { CloseIcon, CopyIcon } from '../../components/icons.tsx';
import { t } from '../../i18n/t.ts';
import { useFocusBack } from '../../lib/focusback.ts';
import css from './Activity.module.css';

/** One record whole, at the right behind a hairline. */
export function LogDetail({ line, onClose }: { line: LogLine; onClose: () => void }) {
  const { copy, isCopied } = useCopy(line.json);
  useFocusBack();
  return (
    <aside className={css['detail']} aria-label={t('log.record')}>
      <div className={css['detailHead']}>
        <h2>{t('log.record')}</h2>
        <button type="button" className={css['close']} onClick={onClose}>
          <CloseIcon /> {t('close')}
        </button>
      </div>
      <p>{line.message}</p>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so that the keyboard must reach it */}
      <pre tabIndex={0} aria-label={t('log.record')}>
        {indented(line.json)}
      </pre>
      <Button variant="default" leftSection={<CopyIcon />} onClick={() => void copy()}>
        {isCopied ? t('copy.done') : t('log.copy')}
      </Button>
    </aside>
  );
}

/** Laid out for eyes without reading the numbers, which may be larger than a number can hold. */
export function indented(json: string): string {
  let depth = 0;
  return json.replace(/"(?:[^"\\]|\\.)*"|[{}[\],:]/g, (token) => {
    if (token === '{' || token === '[') return `${token}${newLine(++depth)}`;
    if (token === '}' || token === ']') return `${newLine(--depth)}${token}`;
    if (token === ',') return `,${newLine(depth)}`;
    return token === ':' ? ': ' : token;
  });
}

const newLine = (depth: number) => `\n${'  '.repeat(Math.max(0, depth))}`;
