import { z } from 'zod';
import type { LogLine } from '../../shared/api.ts';
import { logLevels, type LogLevel } from '../engine/logger.ts';
import { builtinFormats } from './builtin-formats.ts';
import { levelTags } from './levels.ts';
import { pair, visible } from './record.ts';
import { renderText } from './render.ts';

/** One line of the log, as it stands in the file. */
export interface LogRecord {
  readonly json: string;
  readonly level: LogLevel;
  readonly timeMs: number;
  readonly message: string;
  readonly topics: readonly string[];
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Undefined when the line is none of the log. */
export function recordOf(json: string): LogRecord | undefined {
  const record = recordSchema.safeParse(jsonOf(json)).data;
  if (!record) return undefined;
  const { lvl, ts, msg, topics, tid: _thread, ...fields } = record;
  const level = logLevels.find((one) => levelTags[one] === lvl);
  const timeMs = Date.parse(ts);
  if (!level || Number.isNaN(timeMs)) return undefined;
  return {
    json,
    level,
    timeMs,
    message: msg,
    topics: topics.split(' ').filter((topic) => topic !== ''),
    fields,
  };
}

/** As a window shows it. Its number says where in its file it stood: it is less than that of any line of a process. */
export function lineOf({ fields, ...record }: LogRecord, offset: number): LogLine {
  const text = Object.entries(fields).map(([key, value]) => pair(key, renderText(value, builtinFormats)));
  return {
    ...record,
    seq: offset - Number.MAX_SAFE_INTEGER,
    message: visible(record.message),
    text: text.join(' '),
  };
}

/** The record as others get it: time in ISO 8601, level by its name, topics as a list, and the facts by themselves. */
export const exportedLine = ({ timeMs, level, topics, message, fields }: LogRecord): string =>
  JSON.stringify({ time: new Date(timeMs).toISOString(), level, topics, message, fields });

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
