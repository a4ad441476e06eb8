import type { LogLine } from '../../../shared/api.ts';

/** From quiet to loud; a filter shows its level and those above it. */
export const levels = [
  'trace',
  'debug',
  'info',
  'notice',
  'warn',
  'error',
  'fatal',
] as const satisfies readonly LogLine['level'][];
export type Level = (typeof levels)[number];

export const fitsLevel = (line: LogLine, least: Level): boolean =>
  levels.indexOf(line.level) >= levels.indexOf(least);

/** Every word must stand somewhere in the line or in its whole record, so that a pasted whole id finds it. */
export function fitsText({ message, text, topics, json }: LogLine, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const haystack = `${message} ${text} ${topics.join(' ')} ${json}`.toLowerCase();
  return words.every((word) => haystack.includes(word));
}
