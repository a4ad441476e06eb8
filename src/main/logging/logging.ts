import type { LogLine } from '../../shared/api.ts';
import { logLevels, type LogFields, type Logger, type LogLevel } from '../engine/logger.ts';
import { builtinFormats } from './builtin-formats.ts';
import type { ConsoleFormat, ConsoleStream } from './console.ts';
import type { Formats } from './formats.ts';
import { isAtLeast, parseLevelFilter, thresholdOf, type LevelFilter } from './levels.ts';
import { RecentLines } from './recent.ts';
import { makeLine } from './record.ts';
import { RotatingFile } from './rotating-file.ts';
import { openSinks } from './sinks.ts';
import { knownTopics } from './topics.ts';

export { registerFormat } from './builtin-formats.ts';

export interface LoggingOptions {
  /** Where `slotkeeper.ndjson` is written; without it there is no file. */
  readonly folder?: string;
  /** `info`, or `info;debug:sales,market`: a level for all, then levels for topics. */
  readonly level?: string;
  readonly console?: ConsoleFormat;
  /** For all parts of the file together. */
  readonly maxTotalBytes?: number;
  /** The console; standard error by default, so that standard output stays with the program's results. */
  readonly stream?: ConsoleStream;
  readonly formats?: Formats;
  readonly nowMs?: () => number;
}

/** The logging of one process: what the logger is given goes to the console, the file, the recent lines, and who follows them. */
export interface Logging {
  readonly logger: Logger;
  /** @throws LoggingError `UNKNOWN_LEVEL`; then the old filter stays. */
  setLevel(filter: string): void;
  /** The newest lines, oldest first, 2,000 at most. */
  recent(limit: number): LogLine[];
  /** All that anything was logged under, and what can be: in the order of the alphabet. */
  topics(): string[];
  /** New lines in lots, at most ten times a second. Returns the unsubscribe. */
  subscribe(listener: (lines: LogLine[]) => void): () => void;
  /** The parts of the log file, oldest first; together they are what one sends with a question. */
  files(): string[];
  /** Hands on what waits. Lines logged later are dropped. */
  close(): Promise<void>;
}

/** @throws LoggingError `UNKNOWN_LEVEL`, `LOG_FILE_UNWRITABLE` */
export function createLogging(options: LoggingOptions = {}): Logging {
  const { folder, level = 'info', maxTotalBytes = 50_000_000, nowMs = Date.now } = options;
  const { formats = builtinFormats, stream = process.stderr } = options;
  let filter = parseLevelFilter(level);
  let seq = 0;
  let isClosed = false;
  const topicsSeen = new Set<string>(knownTopics);
  const file = folder === undefined ? undefined : new RotatingFile({ folder, maxTotalBytes });
  const maxLineBytes = Math.min(MAX_LINE_BYTES, (file?.partBytes ?? Infinity) - 2);
  const onError = once((error) => write('error', [], 'The log has a fault', { error }));
  const recent = new RecentLines({ max: 2000, onError });
  const sinks = openSinks({ file, console: options.console ?? 'none', stream, onError });

  function write(level: LogLevel, topics: readonly string[], message: string, fields: LogFields): void {
    if (isClosed) return;
    const call = { seq: seq++, timeMs: nowMs(), level, topics, message, fields };
    const line = makeLine(call, formats, maxLineBytes);
    recent.add(line);
    sinks.write(line);
  }

  function setLevel(text: string): void {
    filter = parseLevelFilter(text);
    warnOfUnknownTopics(filter);
  }

  function warnOfUnknownTopics({ byTopic }: LevelFilter): void {
    const unknown = [...byTopic.keys()].filter((topic) => !topicsSeen.has(topic));
    if (unknown.length > 0)
      write('warn', [], 'The log level names topics that nothing logs under', { unknown });
  }

  warnOfUnknownTopics(filter);
  const core = {
    isEnabled: (level: LogLevel, topics: readonly string[]) => isAtLeast(level, thresholdOf(filter, topics)),
    write,
    sawTopic: (topic: string) => void topicsSeen.add(topic.toLowerCase()),
  };
  return {
    logger: scoped(core, [], {}),
    setLevel,
    recent: (limit) => recent.last(limit),
    subscribe: (listener) => recent.subscribe(listener),
    topics: () => [...topicsSeen].sort(),
    files: () => file?.parts ?? [],
    close: async () => {
      recent.close();
      isClosed = true;
      sinks.close();
    },
  };
}

/** A record for machines may be long, but not without end. */
const MAX_LINE_BYTES = 256 * 1024;

interface Core {
  isEnabled(level: LogLevel, topics: readonly string[]): boolean;
  write(level: LogLevel, topics: readonly string[], message: string, fields: LogFields): void;
  sawTopic(topic: string): void;
}

/** A logger whose lines all carry these topics and fields. Nothing is formatted for a line that is not written. */
function scoped(core: Core, topics: readonly string[], fields: LogFields): Logger {
  const methods = logLevels.map((level) => [
    level,
    (message: string, own?: LogFields) => {
      if (core.isEnabled(level, topics)) core.write(level, topics, message, merged(fields, own));
    },
  ]);
  return {
    ...(Object.fromEntries(methods) as Record<LogLevel, Logger['info']>),
    child: (topic, own) => {
      const added = topic.split(' ').filter((name) => name !== '' && !topics.includes(name));
      for (const name of added) core.sawTopic(name);
      return scoped(core, [...topics, ...added], merged(fields, own));
    },
  };
}

/** Inner fields win. Getters are not called here, where one that throws would take the line with it. */
function merged(outer: LogFields, inner: LogFields | undefined): LogFields {
  if (inner === undefined) return outer;
  return Object.defineProperties({}, { ...membersOf(outer), ...membersOf(inner) }) as LogFields;
}

const membersOf = (fields: LogFields) => Object.getOwnPropertyDescriptors(fields);

/** A fault in logging is told once: telling it is logging too. */
function once(tell: (error: unknown) => void): (error: unknown) => void {
  let isTold = false;
  return (error) => {
    if (isTold) return;
    isTold = true;
    tell(error);
  };
}
