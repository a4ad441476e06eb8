import { shortId } from '../../shared/units.ts';
import type { LogFilter } from '../../shared/logfilter.ts';
import { fitterOf } from '../../shared/logfilter.ts';
import { levelTags } from '../logging/levels.ts';
import type { LogRecord } from '../logging/records.ts';
import { timeTextOfMs, visibleText } from './format.ts';

export interface WantedRecords extends Pick<LogFilter, 'level' | 'topics'> {
  /** Of slots and requests, or their beginnings; each in any field. */
  readonly ids?: readonly string[];
}

export function fits(record: LogRecord, { ids = [], ...filter }: WantedRecords): boolean {
  if (!fitterOf(filter)(record)) return false;
  return ids.every((id) => mentions(record.fields, `0x${id.toLowerCase().replace(/^0x/, '')}`));
}

/** `2026-11-22 12:17:04 INF Slot filled  requestId=9f41…c27e  (sales)` */
export function recordText({ timeMs, level, message, topics, fields }: LogRecord): string {
  const pairs = Object.entries(fields).map(([key, value]) => `${visibleText(key)}=${valueText(value)}`);
  const where = topics.length === 0 ? [] : [`(${topics.map(visibleText).join(' ')})`];
  const head = `${timeTextOfMs(timeMs)} ${levelTags[level]} ${visibleText(message)}`;
  return [head, ...pairs, ...where].join(' ');
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
