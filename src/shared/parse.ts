import { currentLanguage } from './i18n/language.ts';

/**
 * What people type into fields, as exact amounts. A refusal is a value whose code keys the text that says what to
 * enter. A decimal point or a decimal comma is taken; thousands may be parted by spaces, apostrophes, or by the other
 * of the two signs. `1,500` alone is refused, since it means 1500 to one half of the world and 1.5 to the other; and
 * English is also the language of those whose own is not here. Who chose German has decided it: `1,500` is 1.5, and
 * `1.500` is 1500.
 */
export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: InputErrorCode };

export type InputErrorCode =
  | 'EMPTY'
  | 'NOT_A_NUMBER'
  | 'NEGATIVE'
  /** Could be thousands or a fraction. */
  | 'AMBIGUOUS'
  | 'UNKNOWN_UNIT'
  /** More digits after the point than there are smallest units. */
  | 'TOO_PRECISE'
  | 'TOO_LARGE';

/** A size in bytes: `1,5 TB`, `500gb`, `120.0`; without a unit in `unit`. `GB` is 10^9, `GiB` is 2^30. */
export function parseBytes(text: string, unit: 'B' | 'MB' | 'GB' | 'TB' = 'GB'): Parsed<bigint> {
  return parseIn(text, bytesByUnit, unit.toLowerCase(), MAX_BYTES);
}

/** An amount of tokens in the smallest unit: `60`, `0.60`, `1,284.60 TST`. */
export function parseTokens(text: string, decimals = 18, symbol = 'TST'): Parsed<bigint> {
  return parseIn(
    text,
    new Map([[symbol.toLowerCase(), 10n ** BigInt(decimals)]]),
    symbol.toLowerCase(),
    MAX_UINT256,
  );
}

/** A length of time in seconds: `14`, `2 days`, `36h`; without a unit in days. */
export function parseDuration(text: string, unit: 's' | 'min' | 'h' | 'd' = 'd'): Parsed<bigint> {
  return parseIn(text, secondsByUnit, unit, MAX_DURATION);
}

const MAX_BYTES = 2n ** 63n - 1n;
const MAX_UINT256 = 2n ** 256n - 1n;
/** The chain keeps a duration in 40 bits. */
const MAX_DURATION = 2n ** 40n - 1n;

const bytesByUnit = new Map(
  ['', 'k', 'm', 'g', 't', 'p'].flatMap((prefix, index) => [
    [prefix === '' ? 'b' : prefix, 1000n ** BigInt(index)],
    [`${prefix}b`, 1000n ** BigInt(index)],
    [`${prefix}ib`, 1024n ** BigInt(index)],
  ]),
);

const secondsByUnit = new Map(
  [
    { names: ['s', 'sec', 'second', 'seconds', 'sek', 'sekunde', 'sekunden'], seconds: 1n },
    { names: ['min', 'minute', 'minutes', 'minuten'], seconds: 60n },
    { names: ['h', 'hour', 'hours', 'std', 'stunde', 'stunden'], seconds: 3600n },
    { names: ['d', 'day', 'days', 'tag', 'tage', 'tagen'], seconds: 86_400n },
    { names: ['w', 'week', 'weeks', 'woche', 'wochen'], seconds: 604_800n },
  ].flatMap(({ names, seconds }) => names.map((name): [string, bigint] => [name, seconds])),
);

function parseIn(
  text: string,
  units: ReadonlyMap<string, bigint>,
  unit: string,
  max: bigint,
): Parsed<bigint> {
  const typed = text.trim();
  if (typed === '') return refused('EMPTY');
  if (/^[-−–]/.test(typed)) return refused('NEGATIVE');
  const [, number = '', suffix = ''] = /^\+?([\d.,'’_\s]+?)\s*(\p{L}*)$/u.exec(typed) ?? [];
  if (number === '') return refused('NOT_A_NUMBER');
  const scale = units.get(suffix === '' ? unit : suffix.toLowerCase());
  if (scale === undefined) return refused('UNKNOWN_UNIT');
  const decimal = decimalOf(number);
  if (!decimal.ok) return decimal;
  const { digits, places } = decimal.value;
  const scaled = digits * scale;
  const denominator = 10n ** BigInt(places);
  if (scaled > max * denominator) return refused('TOO_LARGE');
  return scaled % denominator === 0n ? { ok: true, value: scaled / denominator } : refused('TOO_PRECISE');
}

interface Decimal {
  /** All digits as one number, `places` of them behind the point. */
  readonly digits: bigint;
  readonly places: number;
}

function decimalOf(number: string): Parsed<Decimal> {
  const bare = number.replace(/(?<=\d)['’_\s](?=\d{3}(?!\d))/g, '');
  if (bare.length > MAX_DIGITS) return refused('TOO_LARGE');
  if (currentLanguage() === 'de') {
    // A comma is decimal, so a point before three digits parts thousands.
    if (/^[1-9]\d{0,2}\.\d{3}$/.test(bare)) return whole(bare.replace('.', ''));
  } else if (/^[1-9]\d{0,2},\d{3}$/.test(bare)) return refused('AMBIGUOUS');
  const point = /^(?:\d{1,3}(?:,\d{3})+)?\.\d+$|^[1-9]\d{0,2}(?:,\d{3}){2,}$/.test(bare)
    ? bare.replaceAll(',', '')
    : bare;
  const plain = /^\d{1,3}(?:\.\d{3})+,\d+$|^[1-9]\d{0,2}(?:\.\d{3}){2,}$/.test(point)
    ? point.replaceAll('.', '').replace(',', '.')
    : point.replace(',', '.');
  const [, units = '', fraction = ''] = /^(\d*)\.?(\d*)$/.exec(plain) ?? [];
  if (units === '' && fraction === '') return refused('NOT_A_NUMBER');
  return { ok: true, value: { digits: BigInt(units + fraction), places: fraction.length } };
}

const whole = (digits: string): Parsed<Decimal> => ({
  ok: true,
  value: { digits: BigInt(digits), places: 0 },
});

/** 2^256 has 78 digits, and a token 18 decimals. */
const MAX_DIGITS = 200;

const refused = (code: InputErrorCode) => ({ ok: false, code }) as const;
