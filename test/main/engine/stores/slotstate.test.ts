import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Bitmap } from '../../../../src/main/engine/stores/bitmap.ts';
import { decodeState, encodeState, sameLayout } from '../../../../src/main/engine/stores/slotstate.ts';

const layout = {
  manifestCid: Buffer.from('manifest'),
  treeCid: Buffer.from('tree'),
  leafCount: 27,
  treeDepth: 5,
  firstIndex: 2,
  stride: 3,
  steps: 9,
  blockSize: 64,
};

describe('a slot’s state', () => {
  it('reads as it was written', () => {
    const state = { layout, durable: new Bitmap(9), generation: 7 };
    state.durable.add(4);
    const read = decodeState(encodeState(state));
    expect(read && sameLayout(read.layout, layout)).toBe(true);
    expect(read?.generation).toBe(7);
    expect([3, 4, 5].map((position) => read?.durable.has(position))).toEqual([false, true, false]);
  });

  it('is that of a stretch where nothing is said of a stride, as it was written before', () => {
    const now = Buffer.from(
      encodeState({ layout: { ...layout, stride: 1 }, durable: new Bitmap(9), generation: 1 }),
    );
    const headerBytes = now.readUInt32LE(16);
    const header = now.toString('utf8', 20, 20 + headerBytes).replace('"stride":1,', '');
    const prefix = Buffer.from(now.subarray(0, 20));
    prefix.writeUInt32LE(header.length, 16);
    const content = Buffer.concat([prefix, Buffer.from(header), now.subarray(20 + headerBytes, -4)]);
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32LE(crc32(content));
    expect(header).not.toContain('stride');
    const read = decodeState(Buffer.concat([content, checksum]));
    expect(read && sameLayout(read.layout, { ...layout, stride: 1 })).toBe(true);
  });
});
