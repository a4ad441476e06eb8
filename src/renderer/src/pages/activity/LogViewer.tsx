import { Button, Menu, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { LogLine } from '../../../../shared/api.ts';
import { useLogs } from '../../api/logs.ts';
import { DataTable, stretched, type Column } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Failure } from '../../components/Failure.tsx';
import { DownIcon, SearchIcon } from '../../components/icons.tsx';
import { Section } from '../../components/Page.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { plural, t } from '../../i18n/t.ts';
import { shownError } from '../../lib/shownerror.ts';
import { preciseText } from '../../lib/format.ts';
import { fitsLevel, fitsText, levels, type Level } from '../../lib/logfilter.ts';
import { quietMenu } from '../../theme/mantine.ts';
import css from './Activity.module.css';

interface LogViewerProps {
  readonly firstSearch: string;
  readonly opened: LogLine | undefined;
  readonly onOpen: (line: LogLine) => void;
}

/** The node's log as it is written, oldest first; a line opens its whole record. */
export function LogViewer({ firstSearch, opened, onOpen }: LogViewerProps) {
  const logs = useLogs();
  const [level, setLevel] = useState<Level>('info');
  const [search, setSearch] = useState(firstSearch);
  const [follows, setFollows] = useState(true);
  const shown = logs?.lines.filter((line) => fitsLevel(line, level) && fitsText(line, search));
  return (
    <div className={css['log']}>
      <Section
        title={t('log.title')}
        aside={
          <div className={css['tools']}>
            <span className="small third">{shown && plural('log.lines', shown.length)}</span>
            <TextInput
              type="search"
              aria-label={t('log.search')}
              placeholder={t('log.search')}
              leftSection={<SearchIcon />}
              value={search}
              onChange={(event) => setSearch(event.currentTarget.value)}
            />
            <LevelMenu level={level} setLevel={setLevel} />
            <Button
              variant="default"
              aria-pressed={follows}
              className={css['follow'] ?? ''}
              onClick={() => setFollows(!follows)}
            >
              {t('log.follow')}
            </Button>
          </div>
        }
      >
        {logs?.failure && <Failure what={t('log.failed')} error={shownError(logs.failure)} />}
        {!shown && <Skeleton rows={6} height={26} />}
        {shown?.length === 0 && !logs?.failure && (
          <EmptyState what={t('log.empty')} first={t('log.emptyFirst')} />
        )}
      </Section>
      {shown && shown.length > 0 && (
        <div className={css['rows']}>
          <DataTable
            label={t('log.title')}
            columns={columnsOf(onOpen)}
            rows={shown}
            rowKey={keyOf}
            rowHeight={28}
            isVirtual
            follows={follows}
            isChosen={(line) => line === opened}
          />
        </div>
      )}
    </div>
  );
}

function LevelMenu({ level, setLevel }: { level: Level; setLevel: (level: Level) => void }) {
  return (
    <Menu {...quietMenu}>
      <Menu.Target>
        <Button
          variant="default"
          rightSection={<DownIcon />}
          aria-label={t('log.levelIs', { level: t(`level.${level}`) })}
        >
          {t('log.from', { level: t(`level.${level}`) })}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {levels.map((name) => (
          <Menu.Item key={name} onClick={() => setLevel(name)} aria-current={name === level || undefined}>
            {t('log.from', { level: t(`level.${name}`) })}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

const keyOf = ({ seq, timeMs }: LogLine) => `${seq}@${timeMs}`;

const columnsOf = (onOpen: (line: LogLine) => void): Column<LogLine>[] => [
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
