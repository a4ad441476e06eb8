import { Button } from '@mantine/core';
import { useDeferredValue, useMemo, useState } from 'react';
import type { LogLine } from '../../../../shared/api.ts';
import type { Language } from '../../../../shared/i18n/language.ts';
import type { Level } from '../../../../shared/logfilter.ts';
import { bytesText } from '../../../../shared/units.ts';
import { DataTable, stretched, type Column } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Section } from '../../components/Page.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { useLanguage } from '../../i18n/language.ts';
import { plural, t } from '../../i18n/t.ts';
import { preciseText } from '../../lib/format.ts';
import { shownError } from '../../lib/shownerror.ts';
import css from './Activity.module.css';
import { ExportMenu, ExportProgress, useLogExport } from './LogExport.tsx';
import { LevelMenu, SearchField, TopicMenu } from './LogFilters.tsx';
import { useLogLines, type OlderLines } from './loglines.ts';

interface LogViewerProps {
  readonly firstSearch: string;
  readonly opened: LogLine | undefined;
  readonly onOpen: (line: LogLine) => void;
}

/** The node's log as it is written, oldest first; a line opens its whole record. */
export function LogViewer({ firstSearch, opened, onOpen }: LogViewerProps) {
  const [level, setLevel] = useState<Level>('info');
  const [topics, setTopics] = useState<readonly string[]>([]);
  const [search, setSearch] = useState(firstSearch);
  const [follows, setFollows] = useState(true);
  // Typing goes before looking through many lines.
  const filter = useDeferredValue(useMemo(() => ({ level, topics, search }), [level, topics, search]));
  const { shown, older, failure } = useLogLines(filter);
  const { state, begin, cancel } = useLogExport();
  // Kept, so that a line is drawn once; its head is text of the language.
  const language = useLanguage();
  const columns = useMemo(() => columnsOf(onOpen, language), [onOpen, language]);
  return (
    <div className={css['log']}>
      <Section
        title={t('log.title')}
        aside={
          <div className={css['tools']}>
            <span className="small third">{shown && plural('log.lines', shown.length)}</span>
            <SearchField search={search} setSearch={setSearch} />
            <TopicMenu topics={topics} setTopics={setTopics} />
            <LevelMenu level={level} setLevel={setLevel} />
            <Button
              variant="default"
              aria-pressed={follows}
              className={css['follow'] ?? ''}
              onClick={() => setFollows(!follows)}
            >
              {t('log.follow')}
            </Button>
            <ExportMenu
              shown={shown?.length ?? 0}
              isBusy={state.step !== undefined}
              onShown={() => begin({ filter, lines: shown ?? [] })}
              onAll={() => begin(undefined)}
            />
          </div>
        }
      >
        <ExportProgress state={state} onCancel={cancel} />
        {failure && <Failure what={t('log.failed')} error={shownError(failure)} />}
        {shown && <Older {...older} />}
        {!shown && <Skeleton rows={6} height={26} />}
        {shown?.length === 0 && !failure && <EmptyState what={t('log.empty')} first={t('log.emptyFirst')} />}
      </Section>
      {shown && shown.length > 0 && (
        <div className={css['rows']}>
          <DataTable
            label={t('log.title')}
            columns={columns}
            rows={shown}
            rowKey={keyOf}
            rowHeight={28}
            isVirtual
            follows={follows}
            onAtEnd={setFollows}
            isChosen={(line) => line === opened}
          />
        </div>
      )}
    </div>
  );
}

/** What is not in the window lies in the files: it is looked for when it is wanted, and that can be stopped. */
function Older({ search, stop, isSearching, isAll, leftBytes, failure }: OlderLines) {
  const left = leftBytes === undefined ? undefined : bytesText(BigInt(leftBytes));
  return (
    <div className={css['older']}>
      {isAll && <span className="small third">{t('log.isAll')}</span>}
      {!isAll && (
        <Button variant="subtle" size="compact-sm" onClick={isSearching ? stop : search}>
          {isSearching ? t('log.stopSearch') : t('log.searchOlder')}
        </Button>
      )}
      {!isAll && left !== undefined && <span className="small third">{t('log.left', { left })}</span>}
      {failure && <Failure what={t('log.failed')} error={failure} />}
    </div>
  );
}

const keyOf = ({ seq, timeMs }: LogLine) => `${seq}@${timeMs}`;

const columnsOf = (onOpen: (line: LogLine) => void, _language: Language): Column<LogLine>[] => [
  {
    key: 'time',
    head: t('log.time'),
    width: '92px',
    cell: (line) => (
      <button
        type="button"
        className={stretched}
        aria-label={t('log.open', { time: preciseText(line.timeMs), message: line.message })}
        onClick={() => onOpen(line)}
      >
        <span className="third">{preciseText(line.timeMs)}</span>
      </button>
    ),
  },
  {
    key: 'level',
    head: t('log.level'),
    width: '60px',
    cell: ({ level }) => (
      <span className={css['level']} data-level={level}>
        {t(`level.${level}`)}
      </span>
    ),
  },
  {
    key: 'topic',
    head: t('log.topic'),
    width: '96px',
    cell: ({ topics }) => <span className="third">{topics.join(' ')}</span>,
  },
  {
    key: 'message',
    head: t('log.message'),
    width: 'minmax(200px, 1fr)',
    cell: ({ message, text }) => (
      <span title={`${message} ${text}`}>
        {message} <span className="third">{text}</span>
      </span>
    ),
  },
];
