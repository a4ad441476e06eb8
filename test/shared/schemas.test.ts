import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import {
  addressText,
  amount,
  bytesHex,
  hex32,
  option,
  readRecord,
  realNumber,
  signedAmount,
  sizeBytes,
  uint,
  uint64,
  writeRecord,
} from '../../src/shared/schemas.ts';

const id = `0x${'ab'.repeat(32)}` as const;

const record = z.object({
  id: hex32(),
  totalBytes: sizeBytes.default(0n),
  price: amount.default(0n),
  until: uint.default(0),
  isEnabled: z.boolean().default(false),
  validUntil: option(uint),
});
type Availability = z.output<typeof record>;

const full: Availability = {
  id,
  totalBytes: 2n ** 63n - 1n,
  price: 2n ** 256n - 1n,
  until: 1_700_000_000,
  isEnabled: true,
  validUntil: 5,
};

describe('records', () => {
  test('a record is read back as it was written', () => {
    fc.assert(
      fc.property(
        fc.record({
          id: fc
            .uint8Array({ minLength: 32, maxLength: 32 })
            .map((bytes) => z.encode(bytesHex, bytes) as typeof id),
          totalBytes: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
          price: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
          until: fc.nat(),
          isEnabled: fc.boolean(),
          validUntil: fc.option(fc.nat(), { nil: undefined }),
        }),
        (value) => {
          expect(readRecord(record, writeRecord(record, value))).toEqual(value);
        },
      ),
    );
  });

  test('integers are written as decimal text, in compact JSON and in the order of the schema', () => {
    expect(writeRecord(record, full)).toBe(
      `{"id":"${id}","totalBytes":"9223372036854775807","price":"${2n ** 256n - 1n}","until":1700000000,"isEnabled":true,"validUntil":5}`,
    );
  });

  test('only members of the schema are written', () => {
    const more = { ...full, plan: 'secret' };
    expect(writeRecord(record, more)).not.toContain('plan');
  });

  test('extra members are ignored', () => {
    expect(readRecord(record, `{"id":"${id}","color":"red"}`)).not.toHaveProperty('color');
  });

  test('missing members keep their defaults', () => {
    expect(readRecord(record, `{"id":"${id}"}`)).toEqual({
      id,
      totalBytes: 0n,
      price: 0n,
      until: 0,
      isEnabled: false,
      validUntil: undefined,
    });
  });

  test('a number above 2^53 as other nodes write it keeps every digit', () => {
    expect(readRecord(record, `{"id":"${id}","totalBytes":9223372036854775807}`).totalBytes).toBe(
      2n ** 63n - 1n,
    );
  });

  test('lists, and records within a record, are written as such and read back', () => {
    const nested = z.object({ prices: z.array(amount), inner: z.object({ until: uint }).exactOptional() });
    const value = { prices: [1n, 2n ** 64n], inner: { until: 5 } };
    const text = '{"prices":["1","18446744073709551616"],"inner":{"until":5}}';
    expect(writeRecord(nested, value)).toBe(text);
    expect(readRecord(nested, text)).toEqual(value);
    expect(readRecord(nested, '{"prices":[]}')).toEqual({ prices: [] });
  });

  test('a word of a fixed set is written and read by its name, and no other word is read', () => {
    const phase = z.object({ phase: z.enum(['downloading', 'filled']) });
    expect(writeRecord(phase, { phase: 'filled' })).toBe('{"phase":"filled"}');
    expect(readRecord(phase, '{"phase":"filled"}')).toEqual({ phase: 'filled' });
    expect(() => readRecord(phase, '{"phase":"lost"}')).toThrow(/phase/);
    expect(() => readRecord(phase, '{"phase":1}')).toThrow(/phase/);
  });

  test('a member without a default must not be missing', () => {
    expect(() => readRecord(record, '{"until":5}')).toThrow(/"id"/);
  });

  test('a member of another type is an error that names it', () => {
    expect(() => readRecord(record, `{"id":"${id}","isEnabled":"yes"}`)).toThrow(/isEnabled/);
    expect(() => readRecord(record, '{"id":7}')).toThrow(/"id"/);
    expect(() => readRecord(record, '[]')).toThrow();
    expect(() => readRecord(record, 'nonsense')).toThrow(/Not JSON/);
  });

  test('what is not of the schema is not written', () => {
    expect(() => writeRecord(record, { ...full, totalBytes: -1n })).toThrow(/totalBytes/);
    expect(() => writeRecord(record, { ...full, until: NaN })).toThrow(/until/);
  });

  test('an option without a value is written as null and read from null', () => {
    expect(writeRecord(record, { ...full, validUntil: undefined })).toContain('"validUntil":null');
    expect(readRecord(record, `{"id":"${id}","validUntil":null}`).validUntil).toBeUndefined();
    expectTypeOf<Availability['validUntil']>().toEqualTypeOf<number | undefined>();
  });
});

describe('options', () => {
  test('are read from their value, from null and when they are missing', () => {
    const read = (text: string) => readRecord(z.object({ price: option(amount) }), text).price;
    expect([read('{"price":"7"}'), read('{"price":null}'), read('{}')]).toEqual([7n, undefined, undefined]);
  });

  test('take no text that only looks like none', () => {
    for (const stored of ['', 'null']) expect(option(amount).safeParse(stored).success).toBe(false);
  });
});

describe('integers', () => {
  test.each([
    ['5', 5n],
    [5, 5n],
    [5n, 5n],
    ['0x1f', 31n],
    ['0o17', 15n],
    ['0b101', 5n],
    [Number.MAX_SAFE_INTEGER, 2n ** 53n - 1n],
    [(2n ** 256n - 1n).toString(), 2n ** 256n - 1n],
  ])('an amount is read from %s', (stored, value) => expect(amount.parse(stored)).toBe(value));

  test.each([
    '',
    ' ',
    'null',
    '1.5',
    '1e3',
    '-1',
    -1,
    1.5,
    2 ** 53,
    NaN,
    null,
    true,
    (2n ** 256n).toString(),
  ])('an amount is not read from %s', (stored) => expect(amount.safeParse(stored).success).toBe(false));

  test('each kind keeps to its bounds', () => {
    expect(uint64.parse('18446744073709551615')).toBe(2n ** 64n - 1n);
    expect(uint64.safeParse('18446744073709551616').success).toBe(false);
    expect(sizeBytes.safeParse(2n ** 63n).success).toBe(false);
    expect(signedAmount.parse('-5')).toBe(-5n);
    expect(signedAmount.safeParse(2n ** 255n).success).toBe(false);
  });

  test('a count is a number, also from text, and exact', () => {
    expect(uint.parse('65535')).toBe(65_535);
    expect(uint.parse(7n)).toBe(7);
    expect(uint.safeParse('9007199254740993').success).toBe(false);
    expect(uint.safeParse(-1).success).toBe(false);
    expect(z.encode(uint, 7)).toBe(7);
  });
});

describe('ids and bytes', () => {
  test('an id is read in any case, with and without 0x, and written in lower case', () => {
    expect(hex32().parse('AB'.repeat(32))).toBe(id);
    expect(hex32().parse(`0X${'aB'.repeat(32)}`)).toBe(id);
    expect(z.encode(hex32(), id)).toBe(id);
  });

  test.each(['', '0x', 'ab'.repeat(31), `0x${'ab'.repeat(33)}`, `0x${'zz'.repeat(32)}`, 5])(
    '%s is no 32-byte id',
    (text) => expect(hex32().safeParse(text).success).toBe(false),
  );

  test('an account has 20 bytes', () => {
    expect(addressText().parse('CD'.repeat(20))).toBe(`0x${'cd'.repeat(20)}`);
    expect(addressText().safeParse(id).success).toBe(false);
  });

  test('bytes are hex with 0x, read without it too', () => {
    expect(z.encode(bytesHex, Uint8Array.of(0, 255))).toBe('0x00ff');
    expect(bytesHex.parse('00FF')).toEqual(Uint8Array.of(0, 255));
    expect(bytesHex.safeParse('0x0').success).toBe(false);
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(bytesHex.parse(z.encode(bytesHex, bytes))).toEqual(bytes);
      }),
    );
  });
});

test.each(['', 'null'])('neither a number nor a switch nor a word of a set is read from "%s"', (stored) => {
  for (const schema of [realNumber, z.boolean(), z.enum(['filled'])]) {
    expect(schema.safeParse(stored).success).toBe(false);
  }
});

describe('numbers that JSON does not know', () => {
  test.each([
    [NaN, 'nan'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
    [1.5, 1.5],
  ])('%s is written as %s and read back', (value, stored) => {
    expect(z.encode(realNumber, value)).toBe(stored);
    expect(realNumber.parse(stored)).toBe(value);
  });
});
