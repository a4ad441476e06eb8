import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameReader } from '../../../../src/main/engine/network/frames.ts';

describe('FrameReader', () => {
  it('gives back every message, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 })),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
        (messages, cuts) => {
          const stream = Buffer.concat(messages.map(encodeFrame));
          const reader = new FrameReader(1_000);
          const read: Uint8Array[] = [];
          for (let at = 0, i = 0; at < stream.length; i++) {
            const length = cuts[i % cuts.length] as number;
            read.push(...reader.push(stream.subarray(at, at + length)));
            at += length;
          }
          expect(read.map((m) => Buffer.from(m).toString('hex'))).toEqual(
            messages.map((m) => Buffer.from(m).toString('hex')),
          );
          expect(reader.isWithinFrame).toBe(false);
        },
      ),
    );
  });

  it('gives a stream up that announces too large a frame, before its bytes come', () => {
    const reader = new FrameReader(1_000);
    expect(() => reader.push(encodeFrame(new Uint8Array(1_001)).subarray(0, 2))).toThrow(
      expect.objectContaining({ code: 'LINK_LIMIT_EXCEEDED' }),
    );
  });

  it('gives a stream up that never ends its length', () => {
    expect(() => new FrameReader(1_000).push(new Uint8Array(5).fill(0xff))).toThrow(
      expect.objectContaining({ code: 'MALFORMED_MESSAGE' }),
    );
  });

  it('puts a frame together in one place, however small its pieces', () => {
    const reader = new FrameReader(2 ** 18);
    const frame = encodeFrame(Buffer.alloc(2 ** 18, 7));
    for (let at = 0; at < frame.length - 1; at++) {
      if (reader.push(frame.subarray(at, at + 1)).length > 0) throw new Error('A message too early');
    }
    const [message = Buffer.of()] = reader.push(frame.subarray(-1));
    expect(Buffer.compare(message, Buffer.alloc(2 ** 18, 7))).toBe(0);
    expect(message.buffer.byteLength).toBe(2 ** 18);
  });

  it('knows that it stands within a frame', () => {
    const reader = new FrameReader(1_000);
    reader.push(encodeFrame(new Uint8Array(10)).subarray(0, 4));
    expect(reader.isWithinFrame).toBe(true);
  });
});
