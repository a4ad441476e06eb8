import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EngineError } from '../../src/main/engine/errors.ts';
import { Secret } from '../../src/main/engine/lib/secret.ts';
import { decode, encode, JsonError, parseLossless } from '../../src/shared/json.ts';

const roundTrip = (value: unknown) => decode(encode(value));

describe('encode and decode', () => {
  test('a uint256 comes back to the last digit', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), (value) => {
        expect(roundTrip(value)).toBe(value);
      }),
    );
  });

  test('a uint64 above 2^53 comes back to the last digit, inside of other data too', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }), (value) => {
        expect(roundTrip({ a: [value, -value] })).toEqual({ a: [value, -value] });
      }),
    );
  });

  test('whatever nested value is written is read back as it was', () => {
    const leaf = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.bigInt(),
      fc.boolean(),
      fc.constant(null),
      fc.constant(undefined),
      fc.uint8Array(),
      fc.date({ noInvalidDate: true }),
    );
    const key = fc.oneof(fc.string(), fc.constantFrom('$', 'v', '__proto__', 'constructor', 'toString'));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('value')),
        fc.dictionary(key, tie('value')).map(withoutUndefined),
        fc.array(fc.tuple(tie('value'), tie('value'))).map((pairs) => new Map(pairs)),
        fc.array(tie('value')).map((items) => new Set(items)),
      ),
    }));
    fc.assert(
      fc.property(value, (data) => {
        expect(isDeepStrictEqual(roundTrip(data), data)).toBe(true);
      }),
    );
  });

  test('−0, NaN and the infinities stay what they are', () => {
    for (const value of [-0, 0, NaN, Infinity, -Infinity])
      expect(Object.is(roundTrip(value), value)).toBe(true);
    expect(encode([NaN, -Infinity])).toBe('[{"$":"number","v":"nan"},{"$":"number","v":"-inf"}]');
  });

  test('data cannot pass for a tag', () => {
    const forged = { $: 'bigint', v: '12', deep: { $: 'set', v: [] } };
    expect(roundTrip(forged)).toEqual(forged);
  });

  test('a member named __proto__ changes no prototype', () => {
    const data = decode('{"__proto__":{"polluted":true}}') as object;
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
    expect(encode(data)).toBe('{"__proto__":{"polluted":true}}');
  });

  test('members that are undefined are dropped, elements are kept', () => {
    expect(encode({ a: undefined, b: 1 })).toBe('{"b":1}');
    expect(roundTrip([undefined])).toEqual([undefined]);
  });

  test('an error comes back as an error with its name, code, details and causes', () => {
    const cause = new TypeError('socket closed');
    const error = new EngineError('CHAIN_UNREACHABLE', { retryAt: 2n ** 70n }, { cause });
    const back = roundTrip(error) as EngineError;
    expect(back).toBeInstanceOf(Error);
    expect(back).toMatchObject({
      name: 'EngineError',
      message: 'CHAIN_UNREACHABLE',
      code: 'CHAIN_UNREACHABLE',
    });
    expect(back.details).toEqual({ retryAt: 2n ** 70n });
    expect(back.cause).toMatchObject({ name: 'TypeError', message: 'socket closed' });
    expect('cause' in (back.cause as Error)).toBe(false);
    expect(roundTrip(back)).toEqual(back);
  });

  test('bytes of a view are only those of the view', () => {
    const view = Buffer.from('0123456789').subarray(2, 5);
    expect(roundTrip(view)).toEqual(Uint8Array.of(50, 51, 52));
  });

  test('a date that is none stays one', () => {
    expect(roundTrip(new Date(NaN))).toEqual(new Date(NaN));
  });

  test('more bytes than a call takes arguments', () => {
    const bytes = Uint8Array.from({ length: 200_000 }, (_, index) => index % 251);
    expect(roundTrip(bytes)).toEqual(bytes);
  });

  test('the same object in two places is no cycle', () => {
    const shared = { a: 1n };
    expect(roundTrip([shared, shared])).toEqual([shared, shared]);
  });

  test('a cycle is refused and its place named', () => {
    const cycle: { inner: { list: unknown[] } } = { inner: { list: [] } };
    cycle.inner.list.push(cycle);
    expect(() => encode(cycle)).toThrow(
      new JsonError('CYCLE', 'The value contains itself, at $.inner.list[0]'),
    );
    const error = new Error('loop');
    error.cause = error;
    expect(() => encode(error)).toThrow(/contains itself, at \$\.cause/);
  });

  test('a function, a symbol and other views of bytes are refused and their place named', () => {
    expect(() => encode({ run: () => 1 })).toThrow('A function cannot be written as JSON, at $.run');
    expect(() => encode([Symbol('x')])).toThrow('A symbol cannot be written as JSON, at $[0]');
    expect(() => encode(new Float64Array(1))).toThrow(/Uint8Array only/);
  });

  test('an object of depth without end is refused in both directions', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 5000; level++) deep = [deep];
    expect(() => encode(deep)).toThrow(JsonError);
    expect(() => decode('['.repeat(5000) + ']'.repeat(5000))).toThrow(JsonError);
  });

  test('the deepest that is written is read back', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 500; level++) deep = new Set([deep]);
    expect(roundTrip(deep)).toEqual(deep);
  });

  test.each([
    '{',
    '',
    '{"$":"nonsense","v":1}',
    '{"$":"bigint","v":"1e9"}',
    '{"$":"bigint"}',
    '{"$":"map","v":[1]}',
    '{"$":"error","v":null}',
    '{"$":"bytes","v":"?"}',
    '{"$":"number","v":"1"}',
    '{"$":{}}',
  ])('%s is refused as malformed', (text) => {
    expect(() => decode(text)).toThrow(expect.objectContaining({ code: 'MALFORMED' }));
  });

  test('a secret crosses as redacted', () => {
    expect(roundTrip({ key: new Secret('correct horse battery') })).toEqual({ key: '[redacted]' });
  });
});

describe('parseLossless', () => {
  test('integers beyond 2^53 become bigint, exact to the last digit', () => {
    fc.assert(
      fc.property(fc.bigInt(), (value) => {
        const isSafe = Number.isSafeInteger(Number(value));
        expect(parseLossless(`{"a":[${value}]}`)).toEqual({ a: [isSafe ? Number(value) : value] });
      }),
    );
  });

  test('any other JSON is parsed as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        fc.pre(!/\d{16}/.test(text));
        expect(parseLossless(text)).toStrictEqual(JSON.parse(text));
      }),
    );
  });

  test('digits in texts and in keys are left alone', () => {
    const text = String.raw`{"n123":"n123","\"123456789012345678901":"s: 123456789012345678901 \\","1": 1.5e3 }`;
    expect(parseLossless(text)).toEqual(JSON.parse(text));
  });

  test('what is not JSON is refused', () => {
    for (const text of ['{', '01', '{"a":1,}', 'nan']) expect(() => parseLossless(text)).toThrow(JsonError);
  });
});

function withoutUndefined(data: Record<string, unknown>): object {
  const own = Object.entries(data).filter(([, member]) => member !== undefined);
  return Object.fromEntries(own);
}
