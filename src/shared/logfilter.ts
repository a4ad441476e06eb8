/** From quiet to loud; a filter shows its level and those above it. */
export const levels = ['trace', 'debug', 'info', 'notice', 'warn', 'error', 'fatal'] as const;
export type Level = (typeof levels)[number];

/** Which lines are wanted; what is left out does not matter. */
export interface LogFilter {
  /** That or graver. */
  readonly level?: Level | undefined;
  /** One of them is enough. */
  readonly topics?: readonly string[] | undefined;
  /** Words, ids, or ids as they are shown short; each must stand somewhere in the record. */
  readonly search?: string | undefined;
}

interface Filtered {
  readonly level: Level;
  readonly topics: readonly string[];
  /** The record as it is written. */
  readonly json: string;
}

/** Whether a line fits. It looks at the record alone, so that the window and the files agree on what is shown. */
export function fitterOf({ level, topics = [], search = '' }: LogFilter): (line: Filtered) => boolean {
  const least = level === undefined ? 0 : levels.indexOf(level);
  const words = search.toLowerCase().split(/\s+/).filter(Boolean).map(matcherOf);
  return (line) => {
    if (levels.indexOf(line.level) < least) return false;
    if (topics.length > 0 && !topics.some((topic) => line.topics.includes(topic))) return false;
    if (words.length === 0) return true;
    const record = line.json.toLowerCase();
    return words.every((fits) => fits(record));
  };
}

/** `9f41…c27e`, `0x9f41..c27e` and `zb2*fndju1` mean every id that begins and ends so; `period=12` means that fact. */
function matcherOf(word: string): (record: string) => boolean {
  const [, start, end] = /^([a-z\d]{3,})(?:…|\.{2,3}|\*)([a-z\d]*)$/.exec(word) ?? [];
  if (start !== undefined && end !== undefined) {
    const id = new RegExp(`${start}[a-z\\d]{6,}${end}`);
    return (record) => record.includes(word) || id.test(record);
  }
  const [, name, value] = /^([\w.-]+)=(.*)$/.exec(word) ?? [];
  if (name === undefined || value === undefined) return (record) => record.includes(word);
  const fact = `"${name}":`;
  const whole = matcherOf(value.replaceAll('"', ''));
  return (record) => {
    if (record.includes(word)) return true;
    const at = record.indexOf(fact);
    return at >= 0 && whole(record.slice(at + fact.length, at + fact.length + LONGEST_FACT));
  };
}

/** Letters of a value in which a fact is looked for, so that it is not found in one far behind. */
const LONGEST_FACT = 80;
