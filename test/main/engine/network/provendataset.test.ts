import { describe, expect, it } from 'vitest';
import { slotPlan } from '../../../../src/main/engine/network/slotplan.ts';
import { Poseidon2Wasm } from '../../../../src/main/engine/proofs/poseidon2wasm.ts';
import { aDataset, aProvenDataset, range, requestFor } from '../../../support/slotfixtures.ts';

describe('withProofs', () => {
  it.each([
    [1, 0],
    [3, 1],
    [5, 2],
  ])(
    'lets every slot of %i, with %i losses, be planned with the root of its blocks',
    async (slots, tolerance) => {
      const dataset = await aProvenDataset({ slots, tolerance });
      const request = requestFor(dataset, { slots, tolerance });
      const hash = new Poseidon2Wasm();
      for (const slotIndex of range(0, slots)) {
        const { firstIndex, steps, slotRoot, slotSize } = slotPlan(request, dataset.manifest, slotIndex);
        const digests = await Promise.all(
          range(0, Number(slotSize) / 65_536).map(async (position) => {
            const leaf =
              position < steps
                ? await dataset.source.leaf(dataset.treeCid, firstIndex + position)
                : undefined;
            return hash.blockDigest(leaf && leaf.data.length > 0 ? leaf.data : new Uint8Array(65_536));
          }),
        );
        const root = hash.nodesAbove(Buffer.concat(digests)).subarray(-32);
        expect(Buffer.from(root)).toEqual(Buffer.from(slotRoot as Uint8Array));
      }
    },
  );

  it('serves the leaves as before, under the new manifest', async () => {
    const dataset = await aProvenDataset();
    expect(await dataset.source.block(dataset.manifestCid)).toEqual(dataset.manifest);
    expect(await dataset.source.leaf(dataset.treeCid, 3)).toBeDefined();
    expect(await dataset.source.block(aDataset().manifestCid)).toBeUndefined();
  });
});
