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

  it('takes up memory for the bytes that came, not for those that were announced', () => {
    const reader = new FrameReader(8 * 2 ** 20);
    reader.push(encodeFrame(Buffer.alloc(8 * 2 ** 20)).subarray(0, 4));
    expect(reader.heldBytes).toBeLessThanOrEqual(5);
    reader.push(Buffer.alloc(100));
    expect(reader.heldBytes).toBe(4096);
    reader.push(Buffer.alloc(100_000));
    expect(reader.heldBytes).toBe(2 * 100_100);
  });

  it('counts all that it has set aside, and nothing once the frame is complete', () => {
    const reader = new FrameReader(2 ** 20);
    const frame = encodeFrame(Buffer.alloc(300_000));
    let before = 0;
    for (let at = 0; at < frame.length - 1; at += 1_000) {
      reader.push(frame.subarray(at, Math.min(at + 1_000, frame.length - 1)));
      const came = Math.min(at + 1_000, frame.length - 1) - 3;
      expect(reader.heldBytes).toBeGreaterThanOrEqual(came);
      expect(reader.heldBytes).toBeLessThanOrEqual(Math.max(4096, 2 * came));
      expect(reader.heldBytes).toBeGreaterThanOrEqual(before);
      before = reader.heldBytes;
    }
    expect(reader.push(frame.subarray(-1))).toHaveLength(1);
    expect(reader.heldBytes).toBe(0);
  });

  it('knows that it stands within a frame', () => {
    const reader = new FrameReader(1_000);
    reader.push(encodeFrame(new Uint8Array(10)).subarray(0, 4));
    expect(reader.isWithinFrame).toBe(true);
  });
});
