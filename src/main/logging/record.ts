import { threadId } from 'node:worker_threads';
import type { LogLine } from '../../shared/api.ts';
import type { LogFields, LogLevel } from '../engine/logger.ts';
import { blotSecrets } from '../engine/lib/secret.ts';
import type { Formats } from './formats.ts';
import { levelTags } from './levels.ts';
import { cleanText, renderJson, renderText } from './render.ts';

export interface LogCall {
  readonly seq: number;
  readonly timeMs: number;
  readonly level: LogLevel;
  readonly topics: readonly string[];
  readonly message: string;
  readonly fields: LogFields;
}

/**
 * The line of a call, for eyes and as a JSON record `{ lvl, ts, msg, topics, tid, …fields }`. A field with the name of one of
 * these five gets an underscore at its end. A record longer than `maxBytes` keeps these five, and `cut` says how long it was.
 * No living secret stands in either.
 */
export function makeLine(call: LogCall, formats: Formats, maxBytes: number): LogLine {
  const { seq, timeMs, level, topics } = call;
  const message = cleanText(call.message, 1000);
  const head: Head = {
    lvl: levelTags[level],
    ts: new Date(timeMs).toISOString(),
    msg: message,
    topics: topics.join(' '),
    tid: threadId,
  };
  const text = Object.keys(call.fields).map((key) =>
    pair(
      key,
      valueOf(call.fields, key, (value) => renderText(value, formats)),
    ),
  );
  const fields = Object.keys(call.fields).map((key): [string, unknown] => [
    freeName(key, call.fields),
    valueOf(call.fields, key, (value) => renderJson(value, formats)),
  ]);
  const json = recordText(head, fields, maxBytes);
  return { seq, timeMs, level, topics, message: visible(message), text: blotSecrets(text.join(' ')), json };
}

interface Head {
  readonly lvl: string;
  readonly ts: string;
  readonly msg: string;
  readonly topics: string;
  readonly tid: number;
}

function recordText(head: Head, fields: [string, unknown][], maxBytes: number): string {
  // Texts were blotted one by one; here a number or a key could still spell a secret.
  const whole = blotSecrets(JSON.stringify({ ...head, ...Object.fromEntries(fields) }));
  const size = Buffer.byteLength(whole);
  if (size > maxBytes) return recordText({ ...head, msg: head.msg.slice(0, 200) }, [['cut', size]], Infinity);
  return isJson(whole)
    ? whole
    : JSON.stringify({ lvl: head.lvl, ts: head.ts, msg: '[redacted]', topics: '', tid: 0 });
}

/** A getter that throws loses its own value, not the line. */
function valueOf<T>(fields: LogFields, key: string, render: (value: unknown) => T): T | string {
  try {
    return render(fields[key]);
  } catch {
    return '[format failed]';
  }
}

export function pair(key: string, value: string): string {
  const isBare = /^[^\s"'=\p{C}]+$/u.test(value);
  return `${visible(cleanText(key, 100))}=${isBare ? value : visible(JSON.stringify(value))}`;
}

const reserved = new Set(['lvl', 'ts', 'msg', 'topics', 'tid']);

function freeName(key: string, fields: LogFields): string {
  let name = cleanText(key, 200);
  if (!reserved.has(name)) return name;
  do name += '_';
  while (Object.hasOwn(fields, name));
  return name;
}

/** Control and direction characters are written as escapes: a value from outside cannot forge a line or colour a terminal. */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
