import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { EMPTY_DIGEST, sha256 } from '../../../../src/main/engine/network/cids.ts';
import { makeDataset } from '../../../../src/main/engine/network/dataset.ts';
import { verifyLeaf } from '../../../../src/main/engine/network/merkle.ts';
import { slotPlan } from '../../../../src/main/engine/network/slotplan.ts';
import { range, requestFor } from '../../../support/slotfixtures.ts';

describe('makeDataset', () => {
  it('lays the data out in rows, pads the last block with zeros and the rows with empty blocks', async () => {
    const data = randomBytes(4 * 65_536 + 100);
    const dataset = makeDataset({ data, slots: 4, tolerance: 1 });
    const leaves = await Promise.all(range(0, 8).map((index) => dataset.source.leaf(dataset.treeCid, index)));
    const original = Buffer.concat(leaves.slice(0, 6).map((leaf) => leaf?.data as Uint8Array));
    expect(Buffer.compare(original.subarray(0, data.length), data)).toBe(0);
    expect(Buffer.compare(original.subarray(data.length), Buffer.alloc(65_536 - 100))).toBe(0);
    expect(leaves.map((leaf) => leaf?.data.length)).toEqual([
      65_536, 65_536, 65_536, 65_536, 65_536, 0, 65_536, 65_536,
    ]);
    expect(Buffer.compare(sha256(leaves[5]?.data as Uint8Array), EMPTY_DIGEST)).toBe(0);
    expect([dataset.leafCount, dataset.slotSize]).toEqual([8, 131_072n]);
  });

  it.each([
    [1, 0],
    [2, 1],
    [3, 0],
    [5, 2],
  ])(
    'makes a request of %i slots with %i losses that every slot can be planned and proven for',
    async (slots, tolerance) => {
      const dataset = makeDataset({ data: randomBytes(700_000), slots, tolerance });
      const request = requestFor(dataset, { slots, tolerance });
      const root = Buffer.from(dataset.merkleRoot.slice(2), 'hex');
      for (const slotIndex of range(0, slots)) {
        const { firstIndex, leafCount } = slotPlan(request, dataset.manifest, slotIndex);
        const leaf = await dataset.source.leaf(dataset.treeCid, firstIndex);
        const digest = sha256(leaf?.data as Uint8Array);
        expect(leaf && verifyLeaf(digest, leaf.proof, { root, index: firstIndex, leafCount })).toBe(true);
      }
    },
  );

  it('holds nothing of other datasets', async () => {
    const one = makeDataset({ data: randomBytes(10), slots: 2, tolerance: 1 });
    const other = makeDataset({ data: randomBytes(10), slots: 2, tolerance: 1 });
    expect(await one.source.block(other.manifestCid)).toBeUndefined();
    expect(await one.source.leaf(other.treeCid, 0)).toBeUndefined();
    expect(await one.source.leaf(one.treeCid, 2)).toBeUndefined();
  });

  it('refuses no data, and no row for it', () => {
    expect(() => makeDataset({ data: new Uint8Array(), slots: 2, tolerance: 1 })).toThrow(RangeError);
    expect(() => makeDataset({ data: randomBytes(10), slots: 2, tolerance: 2 })).toThrow(RangeError);
    expect(() => makeDataset({ data: randomBytes(10), slots: 2, tolerance: -1 })).toThrow(RangeError);
  });
});
