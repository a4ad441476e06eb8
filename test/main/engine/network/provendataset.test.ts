import { describe, expect, it } from 'vitest';
import { leafIndexAt } from '../../../../src/main/engine/contracts/slotplaces.ts';
import { LINEAR, STEPPED } from '../../../../src/main/engine/network/manifest.ts';
import { slotPlan } from '../../../../src/main/engine/network/slotplan.ts';
import { Poseidon2Wasm } from '../../../../src/main/engine/proofs/poseidon2wasm.ts';
import { aDataset, aProvenDataset, range, requestFor } from '../../../support/slotfixtures.ts';

describe('withProofs', () => {
  it.each([
    [1, 0, LINEAR],
    [3, 1, LINEAR],
    [5, 2, LINEAR],
    [3, 1, STEPPED],
  ])(
    'lets every slot of %i, with %i losses, be planned with the root of its blocks, by strategy %i',
    async (slots, tolerance, strategy) => {
      const dataset = await aProvenDataset({ slots, tolerance, strategy });
      const request = requestFor(dataset, { slots, tolerance });
      const hash = new Poseidon2Wasm();
      for (const slotIndex of range(0, slots)) {
        const plan = slotPlan(request, dataset.manifest, slotIndex);
        const { steps, slotRoot, slotSize } = plan;
        const digests = await Promise.all(
          range(0, Number(slotSize) / 65_536).map(async (position) => {
            const leaf =
              position < steps
                ? await dataset.source.leaf(dataset.treeCid, leafIndexAt(plan, position))
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
