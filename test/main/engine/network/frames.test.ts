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

  it('holds a frame that comes in single bytes in no more than its size', () => {
    const reader = new FrameReader(2 ** 21);
    const frame = encodeFrame(new Uint8Array(2 ** 21).fill(7));
    globalThis.gc?.();
    const before = process.memoryUsage();
    for (let at = 0; at < frame.length - 1; at++) reader.push(frame.subarray(at, at + 1));
    globalThis.gc?.();
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(3 * 2 ** 21);
    expect(reader.push(frame.subarray(-1))).toEqual([new Uint8Array(2 ** 21).fill(7)]);
  });

  it('knows that it stands within a frame', () => {
    const reader = new FrameReader(1_000);
    reader.push(encodeFrame(new Uint8Array(10)).subarray(0, 4));
    expect(reader.isWithinFrame).toBe(true);
  });
});
