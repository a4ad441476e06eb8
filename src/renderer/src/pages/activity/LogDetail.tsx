import { Button } from '@mantine/core';
import { Fragment } from 'react';
import type { LogLine } from '../../../../shared/api.ts';
import { CopyId, useCopy } from '../../components/CopyId.tsx';
import { CloseIcon, CopyIcon } from '../../components/icons.tsx';
import { t } from '../../i18n/t.ts';
import { useFocusBack } from '../../lib/focusback.ts';
import { exactTimeText, preciseText } from '../../lib/format.ts';
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
      <Facts line={line} />
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

/** What one reads first, and each fact of the record by its name; ids can be copied. */
function Facts({ line: { timeMs, level, topics, json } }: { line: LogLine }) {
  return (
    <dl className={css['facts']}>
      <dt>{t('log.time')}</dt>
      <dd title={new Date(timeMs).toISOString()}>
        {exactTimeText(timeMs / 1000)} <span className="third">{preciseText(timeMs)}</span>
      </dd>
      <dt>{t('log.level')}</dt>
      <dd className={css['level']} data-level={level}>
        {t(`level.${level}`)}
      </dd>
      <dt>{t('log.topic')}</dt>
      <dd>{topics.join(', ')}</dd>
      {factsOf(json).map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{/^0x[\da-f]{40,64}$/i.test(value) ? <CopyId id={value} name={name} /> : value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}

/** The members of the record beside those that every record has; those that hold more are below, in the whole of it. */
function factsOf(json: string): [name: string, value: string][] {
  const record = JSON.parse(json) as Record<string, unknown>;
  return Object.entries(record).flatMap(([name, value]): [string, string][] => {
    if (common.has(name)) return [];
    if (value === null) return [[name, t('log.none')]];
    if (typeof value === 'string') return [[name, value]];
    return typeof value === 'number' || typeof value === 'boolean' ? [[name, String(value)]] : [];
  });
}

const common = new Set(['lvl', 'ts', 'msg', 'topics', 'tid']);

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
