import { z } from 'zod';
import { parseLossless } from './json.ts';

/**
 * Codecs for records that are stored or come from other nodes. Reading is generous: a member may be missing from the
 * schema, an integer may stand as a number or as text. Writing is strict: only members of the schema, integers as
 * decimal text. No digit is lost either way: a number too large to be exact is refused, since it has lost some already;
 * `readRecord` reads such numbers exactly.
 *
 *     const record = z.object({ id: hex32(), totalBytes: amount, until: uint.default(0) });
 *     readRecord(record, writeRecord(record, value)) // equals value
 */
export function readRecord<S extends z.ZodType>(schema: S, text: string): z.output<S> {
  return schema.parse(parseLossless(text)) as z.output<S>;
}

/** Compact JSON text. @throws ZodError when the value is not one of the schema */
export function writeRecord<S extends z.ZodType>(schema: S, value: z.output<S>): string {
  return JSON.stringify(z.encode(schema, value));
}

/** An amount of the chain: 0 to 2^256 − 1. */
export const amount = integerCodec(0n, 2n ** 256n - 1n);

/** A signed amount: −2^255 to 2^255 − 1. */
export const signedAmount = integerCodec(-(2n ** 255n), 2n ** 255n - 1n);

/** 0 to 2^64 − 1. */
export const uint64 = integerCodec(0n, 2n ** 64n - 1n);

/** A size as file systems and other nodes can hold it: 0 to 2^63 − 1. */
export const sizeBytes = integerCodec(0n, 2n ** 63n - 1n);

/** A count, an index, a moment in Unix seconds: an exact integer at zero or above, kept and written as a number. */
export const uint = z.codec(integerInput(), z.int().nonnegative(), {
  decode: (stored) => Number(stored),
  encode: (value) => value,
});

/** A 32-byte id: written as `0x` and lower-case hex, read in any case, also without `0x`. */
export const hex32 = <Id extends `0x${string}` = `0x${string}`>() => hexCodec<Id>(32);

/** An account, 20 bytes; otherwise as `hex32`. */
export const addressText = <Address extends `0x${string}` = `0x${string}`>() => hexCodec<Address>(20);

/** Bytes, written as `0x` and hex. */
export const bytesHex = z.codec(hexText(), z.instanceof(Uint8Array), {
  decode: (text) => Uint8Array.from(text.slice(2).match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
  encode: (bytes) => `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`,
});

/** Any number; those that JSON does not know by the names `nan`, `inf` and `-inf`. */
export const realNumber = z.codec(z.union([z.number(), z.enum(['nan', 'inf', '-inf'])]), anyNumber(), {
  decode: (stored) => (typeof stored === 'number' ? stored : namedNumbers[stored]),
  encode: (value) => {
    if (Number.isFinite(value)) return value;
    if (Number.isNaN(value)) return 'nan';
    return value > 0 ? 'inf' : '-inf';
  },
});

/** Something that may be absent: undefined here; written as null; read from null, too, and when it is missing. */
export const option = <S extends z.ZodType>(schema: S) =>
  z.codec(schema.nullish(), z.custom<z.output<S> | undefined>(() => true).optional(), {
    decode: (stored) => stored ?? undefined,
    encode: (value) => value ?? null,
  });

function integerCodec(min: bigint, max: bigint) {
  return z.codec(integerInput(), z.bigint().min(min).max(max), {
    decode: (stored) => BigInt(stored),
    encode: (value) => value.toString(),
  });
}

/** An exact number, decimal text, or text with `0x`, `0o` or `0b`. Empty text is no number, not zero. */
function integerInput() {
  return z.union([
    z.int({ error: 'Expected an exact integer; larger ones than 2^53 as text' }),
    z
      .string()
      .regex(/^(?:-?\d+|0x[\da-f]+|0o[0-7]+|0b[01]+)$/i, { error: 'Expected an integer' })
      .max(300),
    z.bigint(),
  ]);
}

function hexCodec<Id extends `0x${string}`>(length: number) {
  const isId = (value: unknown) =>
    typeof value === 'string' && value.length === 2 + 2 * length && /^0x[\da-f]*$/.test(value);
  return z.codec(hexText(), z.custom<Id>(isId, { error: `Expected ${length} bytes of hex` }), {
    decode: (text) => text as Id,
    encode: (id) => id,
  });
}

/** With `0x` and in lower case once it is read. */
function hexText() {
  return z
    .string()
    .regex(/^(?:0x)?(?:[\da-f]{2})*$/i, { error: 'Expected hex' })
    .overwrite((text) => `0x${text.toLowerCase().replace(/^0x/, '')}`);
}

function anyNumber() {
  return z.custom<number>((value) => typeof value === 'number');
}

const namedNumbers = { nan: NaN, inf: Infinity, '-inf': -Infinity } as const;
