import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NetworkError } from '../../../../src/main/engine/network/errors.ts';
import {
  decodeVarint,
  encodeVarint,
  ProtoReader,
  ProtoWriter,
} from '../../../../src/main/engine/network/protobuf.ts';

describe('protobuf', () => {
  it('reads back every field that was written', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.uint8Array(),
        fc.string(),
        (number, bytes, text) => {
          const reader = new ProtoReader(
            new ProtoWriter().varint(1, number).bytes(2, bytes).text(700, text).finish(),
          );
          expect(reader.big(1)).toBe(number);
          expect(Buffer.compare(reader.bytes(2), bytes)).toBe(0);
          expect(reader.text(700)).toBe(Buffer.from(text).toString('utf8'));
        },
      ),
    );
  });

  it('meets any bytes with a message or MALFORMED_MESSAGE, never another error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          new ProtoReader(bytes).messages(1);
        } catch (error) {
          expect(error).toBeInstanceOf(NetworkError);
          expect((error as NetworkError).code).toBe('MALFORMED_MESSAGE');
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('lets the last of two equal fields count, and skips those of fixed width', () => {
    const twice = new ProtoWriter().varint(1, 5).varint(1, 6).finish();
    const fixed = Uint8Array.from([0x15, 1, 2, 3, 4, 0x19, 1, 2, 3, 4, 5, 6, 7, 8]);
    const reader = new ProtoReader(Buffer.concat([fixed, twice]));
    expect(reader.integer(1)).toBe(6);
    expect(reader.has(2)).toBe(false);
  });

  it('gives zero or nothing for an absent field', () => {
    const reader = new ProtoReader(new Uint8Array());
    expect([reader.integer(1), reader.bytes(2).length, reader.all(3)]).toEqual([0, 0, []]);
  });

  it.each([
    ['a field longer than the message', [0x0a, 5, 1]],
    ['an end within a number', [0x08, 0x80]],
    ['a number of eleven bytes', [0x08, ...Array<number>(10).fill(0xff), 1]],
    ['a number above 64 bits', [0x08, ...Array<number>(9).fill(0xff), 0x7f]],
    ['field number 0', [0x00, 0]],
    ['a group', [0x0b]],
  ])('refuses %s', (_, bytes) => {
    expect(() => new ProtoReader(Uint8Array.from(bytes))).toThrow(NetworkError);
  });

  it('refuses a number where bytes are meant, bytes where a number is meant, and numbers beyond 2^53', () => {
    const reader = new ProtoReader(
      new ProtoWriter()
        .varint(1, 2n ** 60n)
        .bytes(2, new Uint8Array(3))
        .finish(),
    );
    expect(() => reader.bytes(1)).toThrow(NetworkError);
    expect(() => reader.big(2)).toThrow(NetworkError);
    expect(() => reader.integer(1)).toThrow(NetworkError);
  });

  it('writes varints as short as they can be and refuses what is no uint64', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        const bytes = encodeVarint(value);
        expect(decodeVarint(bytes, 0)).toEqual({ value, end: bytes.length });
        expect(bytes.length).toBe(Math.max(1, Math.ceil(value.toString(2).length / 7)));
      }),
    );
    expect(() => encodeVarint(-1)).toThrow(RangeError);
    expect(() => encodeVarint(2n ** 64n)).toThrow(RangeError);
  });
});
