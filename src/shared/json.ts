/**
 * The one JSON codec: what `encode` writes, `decode` reads back as it was. It carries all that JSON does, and besides
 * undefined, NaN, ±Infinity, −0, bigint, Uint8Array, Date, Error, Map and Set.
 *
 * Such a value is written as a tagged object, `{ "$": kind, "v": payload }`:
 *
 *     undefined  {"$":"undefined"}                number  {"$":"number","v":"nan" | "inf" | "-inf" | "-0"}
 *     bigint     {"$":"bigint","v":"-123"}        bytes   {"$":"bytes","v":base64}
 *     Date       {"$":"date","v":ms | null}       Error   {"$":"error","v":{name, message, code?, details?, cause?}}
 *     Map        {"$":"map","v":[[key, value]]}   Set     {"$":"set","v":[value]}
 *
 * An object that has a member `$` itself is wrapped as `{"$":"object","v":{…}}`, so no data can pass for a tag.
 * Members that are undefined are dropped, as JSON does. An object with `toJSON` is written as what that returns, any
 * other object as its own members; a member named `__proto__` is read back as a plain member and changes no prototype.
 *
 * @throws JsonError for what cannot be written (a cycle, a function, a symbol), naming the place as `$.a[0]`
 */
export function encode(value: unknown): string {
  return JSON.stringify(write(value, { keys: [], ancestors: new Set() }));
}

/** The value `encode` was given. @throws JsonError for text that `encode` does not write */
export function decode(text: string): unknown {
  return read(parse(text), 0);
}

/**
 * Parses JSON of others, in which integers may be larger than 2^53: those become bigint, exact to the last digit; all
 * other numbers stay numbers. @throws JsonError when it is not JSON
 */
export function parseLossless(text: string): unknown {
  parse(text);
  // The text is JSON, so that a string or number is found by its first character. Every string value gets a mark, so
  // that none can be taken for a number that was put in quotes to keep its digits.
  const marked = text.replace(STRING_OR_NUMBER, (token, colon: string | undefined) => {
    if (colon !== undefined) return token;
    if (token.startsWith('"')) return `"s${token.slice(1)}`;
    return isLargeInteger(token) ? `"n${token}"` : token;
  });
  return JSON.parse(marked, (_key, value: unknown) => {
    if (typeof value !== 'string') return value;
    return value.startsWith('s') ? value.slice(1) : BigInt(value.slice(1));
  });
}

export type JsonErrorCode = 'CYCLE' | 'NOT_ENCODABLE' | 'TOO_DEEP' | 'MALFORMED';

export class JsonError extends Error {
  override readonly name = 'JsonError';
  readonly code: JsonErrorCode;

  constructor(code: JsonErrorCode, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Deeper data is a mistake or an attack, and would end in a stack overflow. */
const MAX_DEPTH = 500;

const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|-?\d[\d.eE+-]*/g;

const isLargeInteger = (token: string) => /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token));

/** Where in the value it is: the keys on the way there, and the objects they were met in. */
interface Place {
  readonly keys: (string | number)[];
  readonly ancestors: Set<object>;
}

function write(value: unknown, place: Place): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? value : tagged('number', nameOfNumber(value));
    case 'bigint':
      return tagged('bigint', value.toString());
    case 'undefined':
      return { $: 'undefined' };
    case 'object':
      return value === null ? null : writeOnce(value, place);
    default:
      throw new JsonError(
        'NOT_ENCODABLE',
        `A ${typeof value} cannot be written as JSON, at ${pathOf(place)}`,
      );
  }
}

const pathOf = ({ keys }: Place) =>
  `$${keys.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')}`;

/** The same object may stand in two places, but not within itself. */
function writeOnce(value: object, place: Place): unknown {
  const { ancestors } = place;
  if (ancestors.has(value)) throw new JsonError('CYCLE', `The value contains itself, at ${pathOf(place)}`);
  if (ancestors.size >= MAX_DEPTH) throw new JsonError('TOO_DEEP', `Nested deeper than ${MAX_DEPTH} levels`);
  ancestors.add(value);
  const written = writeObject(value, place);
  ancestors.delete(value);
  return written;
}

function writeObject(value: object, place: Place): unknown {
  const list = (items: Iterable<unknown>) =>
    Array.from(items, (item, index) => writeMember(item, index, place));
  if (Array.isArray(value)) return list(value);
  if (value instanceof Uint8Array) return tagged('bytes', base64(value));
  if (value instanceof Date) return tagged('date', Number.isNaN(value.getTime()) ? null : value.getTime());
  if (value instanceof Map) return tagged('map', list(value));
  if (value instanceof Set) return tagged('set', list(value));
  if (value instanceof Error) return tagged('error', writeMembers(errorMembers(value), place));
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    throw new JsonError('NOT_ENCODABLE', `Bytes are written as Uint8Array only, at ${pathOf(place)}`);
  }
  if ('toJSON' in value && typeof value.toJSON === 'function') return write(value.toJSON(), place);
  const members = writeMembers(value, place);
  return Object.hasOwn(value, '$') ? tagged('object', members) : members;
}

// Thousands of rows a second pass here: members are set one by one, and a path is made only for an error.
function writeMembers(value: object, place: Place): object {
  const written: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    // Defined, where setting it would set the prototype.
    if (key === '__proto__') Object.defineProperty(written, key, { ...plain, value: undefined });
    written[key] = writeMember(member, key, place);
  }
  return written;
}

function writeMember(member: unknown, key: string | number, place: Place): unknown {
  place.keys.push(key);
  const written = write(member, place);
  place.keys.pop();
  return written;
}

const plain = { enumerable: true, writable: true, configurable: true };

function errorMembers(error: Error): object {
  const { name, message, cause } = error;
  const { code, details } = error as { code?: unknown; details?: unknown };
  return { name, message, code, details, cause };
}

/** `value` was parsed here and belongs to nobody else: what is tagged in it is replaced in place. */
function read(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > 3 * MAX_DEPTH) throw new JsonError('TOO_DEEP', 'Nested too deeply');
  if (Array.isArray(value)) return readList(value, depth + 1);
  return Object.hasOwn(value, '$') ? readTagged(value, depth + 1) : readMembers(value, depth + 1);
}

function readList(list: unknown[], depth: number): unknown[] {
  list.forEach((item, index) => {
    if (typeof item === 'object' && item !== null) list[index] = read(item, depth);
  });
  return list;
}

// A parsed member named `__proto__` is the object's own, so that setting it changes no prototype.
function readMembers(value: object, depth: number): object {
  const members = value as Record<string, unknown>;
  for (const [key, member] of Object.entries(members)) {
    if (typeof member === 'object' && member !== null) members[key] = read(member, depth);
  }
  return value;
}

function readTagged(tag: { $?: unknown; v?: unknown }, depth: number): unknown {
  const { $: kind, v: payload } = tag;
  const list = () => (Array.isArray(payload) ? readList(payload, depth) : malformed(kind));
  switch (kind) {
    case 'undefined':
      return undefined;
    case 'number':
      return numbersByName.get(String(payload)) ?? malformed(kind);
    case 'bigint':
      return typeof payload === 'string' && /^-?\d+$/.test(payload) ? BigInt(payload) : malformed(kind);
    case 'bytes':
      return typeof payload === 'string' ? bytesOf(payload) : malformed(kind);
    case 'date':
      return typeof payload === 'number' || payload === null ? new Date(payload ?? NaN) : malformed(kind);
    case 'set':
      return new Set(list());
    case 'map':
      return new Map(list().map((pair) => (Array.isArray(pair) ? [pair[0], pair[1]] : malformed(kind))));
    case 'error':
      return isObject(payload) ? errorOf(readMembers(payload, depth)) : malformed(kind);
    case 'object':
      return isObject(payload) ? readMembers(payload, depth) : malformed(kind);
    default:
      return malformed(kind);
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function errorOf({ name, message, ...rest }: { name?: unknown; message?: unknown; cause?: unknown }): Error {
  const error = new Error(String(message));
  const hidden = { name: String(name), stack: `${String(name)}: ${String(message)}`, ...rest };
  for (const [key, value] of Object.entries(hidden)) {
    const enumerable = key === 'code' || key === 'details';
    Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true });
  }
  return error;
}

function malformed(kind: unknown): never {
  throw new JsonError('MALFORMED', `Not written by this codec: a value tagged ${JSON.stringify(kind)}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new JsonError('MALFORMED', `Not JSON: ${cause instanceof Error ? cause.message : ''}`, { cause });
  }
}

const tagged = (kind: string, payload: unknown) => ({ $: kind, v: payload });

const numbersByName = new Map([
  ['nan', NaN],
  ['inf', Infinity],
  ['-inf', -Infinity],
  ['-0', -0],
]);

const nameOfNumber = (value: number) =>
  [...numbersByName].find(([, number]) => Object.is(number, value))?.[0];

function base64(bytes: Uint8Array): string {
  let binary = '';
  // In pieces: a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 8192) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(binary);
}

function bytesOf(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return malformed('bytes');
  }
}
