import { blotSecrets } from '../engine/lib/secret.ts';
import type { Formats, Sink } from './formats.ts';
import { OptionOf } from './option.ts';
import { shortIfId } from './short.ts';

/**
 * A value for a line of text: ids and CIDs short, lists as `@[a, b]`, options as `some(a)` or `none(Type)`, objects as
 * `{key: value}`. It never throws: a value that cannot be formatted says so in its place.
 */
export const renderText = (value: unknown, formats: Formats): string =>
  text(value, { formats, sink: 'text', above: [] });

/**
 * A value for a JSON record, as data that `JSON.stringify` takes: ids whole, bigint as decimal text, lists as arrays,
 * absent values as null. It never throws.
 */
export const renderJson = (value: unknown, formats: Formats): unknown =>
  json(value, { formats, sink: 'json', above: [] });

/** Secrets are blotted out before a text is cut, since half of one could no longer be found. */
export function cleanText(value: string, maxLength: number): string {
  const clean = blotSecrets(value);
  return clean.length <= maxLength ? clean : `${clean.slice(0, maxLength)}… (${clean.length} characters)`;
}

/** A bounded log needs bounded values. */
const limits = {
  text: { depth: 6, items: 20, length: 400 },
  json: { depth: 10, items: 1000, length: 16_384 },
} as const satisfies Record<Sink, object>;

interface Walk {
  readonly formats: Formats;
  readonly sink: Sink;
  /** The objects that contain the value, outermost first. */
  readonly above: readonly object[];
}

function text(value: unknown, walk: Walk): string {
  const formatted = formattedBy(value, walk, textOfResult);
  return formatted === undefined ? plainText(value, walk) : formatted.as;
}

function plainText(value: unknown, walk: Walk): string {
  switch (typeof value) {
    case 'string': {
      const clean = cleanText(value, limits.text.length);
      return shortIfId(clean) ?? clean;
    }
    case 'number':
      return nameOfNumber(value) ?? String(value);
    case 'undefined':
      return 'none';
    case 'function':
      return `function ${value.name}`;
    case 'object':
      return value === null ? 'none' : inside(value, walk, textOfObject);
    default:
      return cleanText(String(value), limits.text.length);
  }
}

function textOfObject(value: object, walk: Walk): string {
  const { items } = limits.text;
  if (Array.isArray(value)) {
    const shown = value.slice(0, items).map((item) => text(item, walk));
    return `@[${withRest(shown, value.length).join(', ')}]`;
  }
  if (value instanceof OptionOf) {
    return value.value === undefined ? `none(${value.typeName})` : `some(${text(value.value, walk)})`;
  }
  if (isResult(value)) return value.ok ? text(value.value, walk) : `Error: ${messageOf(value.error, walk)}`;
  const ownText = textByItself(value);
  if (ownText !== undefined) return cleanText(ownText, limits.text.length);
  const entries = Object.entries(value);
  const shown = entries
    .slice(0, items)
    .map(([key, member]) => `${cleanText(key, 100)}: ${text(member, walk)}`);
  return `{${withRest(shown, entries.length).join(', ')}}`;
}

function json(value: unknown, walk: Walk): unknown {
  const formatted = formattedBy(value, walk, jsonOfResult);
  return formatted === undefined ? plainJson(value, walk) : formatted.as;
}

function plainJson(value: unknown, walk: Walk): unknown {
  switch (typeof value) {
    case 'string':
      return cleanText(value, limits.json.length);
    case 'number':
      return nameOfNumber(value) ?? value;
    case 'boolean':
      return value;
    case 'undefined':
      return null;
    case 'function':
      return `function ${value.name}`;
    case 'object':
      return value === null ? null : inside(value, walk, jsonOfObject);
    default:
      return cleanText(String(value), limits.json.length);
  }
}

function jsonOfObject(value: object, walk: Walk): unknown {
  const { items } = limits.json;
  if (Array.isArray(value)) {
    return withRest<unknown>(
      value.slice(0, items).map((item) => json(item, walk)),
      value.length,
    );
  }
  if (value instanceof OptionOf) return json(value.value, walk);
  if (isResult(value)) return value.ok ? json(value.value, walk) : { error: messageOf(value.error, walk) };
  if ('toJSON' in value && typeof value.toJSON === 'function') return json(value.toJSON(), walk);
  const entries = Object.entries(value);
  const shown = entries
    .slice(0, items)
    .map(([key, member]) => [cleanText(key, 200), json(member, walk)] as const);
  return Object.fromEntries(
    entries.length > items ? [...shown, ['…', `${entries.length - items} more`] as const] : shown,
  );
}

// What a format gives is final unless it is an object: a test that takes its own result for a value would never end.
const jsonOfResult = (result: unknown, walk: Walk) =>
  isObject(result) ? json(result, walk) : plainJson(result, walk);

function textOfResult(result: unknown, walk: Walk): string {
  if (typeof result === 'string') return cleanText(result, limits.text.length);
  return isObject(result) ? text(result, walk) : plainText(result, walk);
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** What the format of the type makes of the value; undefined when it has none. A format that throws loses only itself. */
function formattedBy<T>(
  value: unknown,
  walk: Walk,
  render: (result: unknown, walk: Walk) => T,
): { as: T | string } | undefined {
  try {
    const format = walk.formats.find(value, walk.sink);
    if (format === undefined) return undefined;
    const deeper = deepen(value, walk);
    if (typeof deeper === 'string') return { as: deeper };
    const result = format((part) => text(part, { ...deeper, sink: 'text' }));
    if (result === value) return undefined;
    return { as: render(result, deeper) };
  } catch (error) {
    return { as: failure(error) };
  }
}

function inside<T>(value: object, walk: Walk, render: (value: object, walk: Walk) => T): T | string {
  const deeper = deepen(value, walk);
  if (typeof deeper === 'string') return deeper;
  try {
    return render(value, deeper);
  } catch (error) {
    return failure(error);
  }
}

/** The walk within `value`, or the words that stand for it when it contains itself or lies too deep. */
function deepen(value: unknown, walk: Walk): Walk | string {
  if (!isObject(value)) return walk;
  if (walk.above.includes(value)) return '[circular]';
  return walk.above.length >= limits[walk.sink].depth ? '[…]' : { ...walk, above: [...walk.above, value] };
}

function failure(error: unknown): string {
  let reason = 'unknown';
  try {
    reason = error instanceof Error ? error.message : String(error);
  } catch {
    // Even the error cannot be formatted.
  }
  return `[format failed: ${cleanText(reason, 200)}]`;
}

const messageOf = (error: unknown, walk: Walk): string =>
  error instanceof Error ? cleanText(error.message, limits.text.length) : text(error, walk);

type Result =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown };

/** Outcomes of the form `{ ok, value }` and `{ ok, error }`, with nothing beside. */
function isResult(value: object): value is Result {
  const { ok } = value as { ok?: unknown };
  if (typeof ok !== 'boolean' || Object.keys(value).length !== 2) return false;
  return Object.hasOwn(value, ok ? 'value' : 'error');
}

/** What a `toString` of its own gives; the one of all objects says nothing. */
function textByItself(value: object): string | undefined {
  const { toString } = value as { toString?: unknown };
  if (typeof toString !== 'function' || toString === Object.prototype.toString) return undefined;
  return String(toString.call(value));
}

function withRest<T>(shown: T[], total: number): (T | string)[] {
  return total > shown.length ? [...shown, `… ${total - shown.length} more`] : shown;
}

function nameOfNumber(value: number): string | undefined {
  if (Number.isFinite(value)) return undefined;
  if (Number.isNaN(value)) return 'nan';
  return value > 0 ? 'inf' : '-inf';
}
