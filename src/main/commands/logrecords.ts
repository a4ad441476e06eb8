import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { shortId } from '../../shared/units.ts';
import { logLevels, type LogLevel } from '../engine/logger.ts';
import { isAtLeast, levelTags } from '../logging/levels.ts';
import { logPartNames } from '../logging/rotating-file.ts';
import { timeTextOfMs, visibleText } from './format.ts';

/** One line of the log, as it stands in the file. */
export interface LogRecord {
  readonly json: string;
  readonly level: LogLevel;
  readonly timeMs: number;
  readonly message: string;
  readonly topics: readonly string[];
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface LogFilter {
  readonly level?: LogLevel;
  /** One of them is enough. */
  readonly topics?: readonly string[];
  /** Of slots and requests, or their beginnings; each in any field. */
  readonly ids?: readonly string[];
}

/** Undefined when the line is none of the log. */
export function recordOf(json: string): LogRecord | undefined {
  const record = recordSchema.safeParse(jsonOf(json)).data;
  if (!record) return undefined;
  const { lvl, ts, msg, topics, tid: _thread, ...fields } = record;
  const level = logLevels.find((one) => levelTags[one] === lvl);
  if (!level) return undefined;
  return {
    json,
    level,
    timeMs: Date.parse(ts),
    message: msg,
    topics: topics.split(' ').filter((topic) => topic !== ''),
    fields,
  };
}

export function fits({ level, topics, fields }: LogRecord, filter: LogFilter): boolean {
  if (filter.level && !isAtLeast(level, filter.level)) return false;
  if (filter.topics && !filter.topics.some((topic) => topics.includes(topic))) return false;
  const { ids = [] } = filter;
  return ids.every((id) => mentions(fields, `0x${id.toLowerCase().replace(/^0x/, '')}`));
}

/** `2026-11-22 12:17:04 INF Slot filled  requestId=9f41…c27e  (sales)` */
export function recordText({ timeMs, level, message, topics, fields }: LogRecord): string {
  const pairs = Object.entries(fields).map(([key, value]) => `${visibleText(key)}=${valueText(value)}`);
  const where = topics.length === 0 ? [] : [`(${topics.map(visibleText).join(' ')})`];
  const head = `${timeTextOfMs(timeMs)} ${levelTags[level]} ${visibleText(message)}`;
  return [head, ...pairs, ...where].join(' ');
}

/** The parts of the log of a data folder, oldest first. */
export async function logFiles(dataDir: string): Promise<string[]> {
  const paths = logPartNames.map((name) => join(dataDir, 'logs', name));
  const there = await Promise.all(
    paths.map((path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  return paths.filter((_, index) => there[index]);
}

/** All records of some files, in their order; the memory they take does not grow with them. */
export async function* recordsIn(
  paths: readonly string[],
  { signal }: { signal: AbortSignal },
): AsyncGenerator<LogRecord> {
  for (const path of paths) {
    const lines = createInterface({ input: createReadStream(path, { signal }), crlfDelay: Infinity });
    for await (const line of lines) {
      const record = recordOf(line);
      if (record) yield record;
    }
  }
}

const recordSchema = z.looseObject({
  lvl: z.string(),
  ts: z.string(),
  msg: z.string(),
  topics: z.string(),
  tid: z.unknown(),
});

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function mentions(value: unknown, prefix: string): boolean {
  if (typeof value === 'string') return value.toLowerCase().startsWith(prefix);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((member) => mentions(member, prefix));
}

function valueText(value: unknown): string {
  if (typeof value !== 'string') return visibleText(JSON.stringify(value) ?? 'none');
  if (/^0x[0-9a-f]{40,64}$/i.test(value)) return shortId(value);
  return /^[^\s"'=\p{C}]+$/u.test(value) ? value : visibleText(JSON.stringify(value));
}
