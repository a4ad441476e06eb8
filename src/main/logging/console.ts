import type { LogLine } from '../../shared/api.ts';
import { levelTags } from './levels.ts';

export type ConsoleFormat = 'text' | 'json' | 'none';

export interface ConsoleStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  on?(event: 'error', listener: () => void): unknown;
  off?(event: 'error', listener: () => void): unknown;
}

/**
 * `INF 17:13:01.123 Slot filled  topics=sales requestId=0x9f41..c27e`, in local time and in colours when the stream is a
 * terminal; or the JSON record.
 */
export function consoleText(line: LogLine, format: ConsoleFormat, stream: ConsoleStream): string {
  if (format === 'json') return line.json;
  const paint = stream.isTTY === true && process.env['NO_COLOR'] === undefined ? coloured : plain;
  const topics = line.topics.length === 0 ? '' : `topics=${quoted(line.topics.join(' '))}`;
  const facts = [topics, line.text].filter((part) => part !== '').join(' ');
  const time = new Date(line.timeMs).toTimeString().slice(0, 8);
  const milliseconds = String(line.timeMs % 1000).padStart(3, '0');
  const head = `${paint(colours[line.level], levelTags[line.level])} ${time}.${milliseconds} ${line.message}`;
  return facts === '' ? head : `${head}  ${paint(GREY, facts)}`;
}

const quoted = (text: string) => (text.includes(' ') ? `"${text}"` : text);

const plain = (_colour: number, text: string) => text;
const coloured = (colour: number, text: string) => `\u001B[${colour}m${text}\u001B[0m`;

const GREY = 90;
const colours = {
  trace: GREY,
  debug: GREY,
  info: 32,
  notice: 36,
  warn: 33,
  error: 31,
  fatal: 35,
} as const satisfies Record<LogLine['level'], number>;
