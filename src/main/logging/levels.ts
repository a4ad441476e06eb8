import { logLevels, type LogLevel } from '../engine/logger.ts';
import { LoggingError } from './errors.ts';

/** Which lines are written, from `info;DEBUG:sales,market`: a level for all, then levels for topics, in any case. */
export interface LevelFilter {
  readonly global: LogLevel;
  readonly byTopic: ReadonlyMap<string, LogLevel>;
}

/** @throws LoggingError `UNKNOWN_LEVEL` */
export function parseLevelFilter(text: string): LevelFilter {
  const [global = '', ...parts] = text.split(';').map((part) => part.trim());
  const byTopic = new Map<string, LogLevel>();
  for (const part of parts.filter((part) => part !== '')) {
    const [level = '', topics = ''] = part.split(':', 2);
    for (const topic of topics.split(',').map((topic) => topic.trim().toLowerCase())) {
      if (topic !== '') byTopic.set(topic, levelOf(level, text));
    }
    if (topics.trim() === '') levelOf(level, text);
  }
  return { global: levelOf(global, text), byTopic };
}

/** The least level that is written under these topics, outermost first: the innermost topic with a level decides. */
export function thresholdOf({ global, byTopic }: LevelFilter, topics: readonly string[]): LogLevel {
  for (const topic of topics.toReversed()) {
    const level = byTopic.get(topic.toLowerCase());
    if (level !== undefined) return level;
  }
  return global;
}

export const isAtLeast = (level: LogLevel, threshold: LogLevel): boolean =>
  logLevels.indexOf(level) >= logLevels.indexOf(threshold);

/** The level as three letters, for lines and records. */
export const levelTags = {
  trace: 'TRC',
  debug: 'DBG',
  info: 'INF',
  notice: 'NTC',
  warn: 'WRN',
  error: 'ERR',
  fatal: 'FAT',
} as const satisfies Record<LogLevel, string>;

function levelOf(text: string, filter: string): LogLevel {
  const name = text.trim().toLowerCase();
  const level = logLevels.find((level) => level === name);
  if (level === undefined) {
    const message = `"${text.trim()}" is no log level. The levels are ${logLevels.join(', ')}; for example "info;debug:sales,market".`;
    throw new LoggingError('UNKNOWN_LEVEL', { level: text.trim(), filter }, { message });
  }
  return level;
}
