import { afterEach, describe, expect, it } from 'vitest';
import type { BlockNetwork, BlockSource } from '../../src/main/engine/network/blocknetwork.ts';
import { sha256 } from '../../src/main/engine/network/cids.ts';
import { forging, lying, only, shifted } from './blocksources.ts';
import { aDataset, collect, range } from './slotfixtures.ts';

/** Makes networks that are peers of the one it answers with; each of them serves its source. */
export interface BlockNetworkWorld {
  connect(sources: readonly BlockSource[]): Promise<BlockNetwork>;
  close(): Promise<void>;
}

/** What every block network keeps, whatever its links are. */
export function blockNetworkSuite(name: string, makeWorld: () => BlockNetworkWorld): void {
  describe(name, () => {
    const worlds: BlockNetworkWorld[] = [];
    const { signal } = new AbortController();
    const connect = (...sources: BlockSource[]) => {
      const world = makeWorld();
      worlds.push(world);
      return world.connect(sources);
    };

    afterEach(async () => {
      for (const world of worlds.splice(0)) await world.close();
    });

    it('fetches a manifest by its CID', async () => {
      const dataset = aDataset();
      const network = await connect(dataset.source);
      expect(Buffer.compare(await network.manifest(dataset.manifestCid, { signal }), dataset.manifest)).toBe(
        0,
      );
    });

    it('says when nobody has the manifest', async () => {
      const network = await connect(aDataset().source);
      const missing = network.manifest(aDataset().manifestCid, { signal });
      await expect(missing).rejects.toMatchObject({ code: 'MANIFEST_NOT_FOUND' });
    });

    it('yields exactly the wanted leaves, each with the digest of its data', async () => {
      const dataset = aDataset({ blocks: 70 });
      const network = await connect(dataset.source);
      const wanted = range(20, 75);
      const leaves = await collect(network.leaves(dataset, wanted, { signal }));
      expect(leaves.map((leaf) => leaf.index).sort((a, b) => a - b)).toEqual(wanted);
      expect(leaves.every((leaf) => Buffer.compare(sha256(leaf.data), leaf.digest) === 0)).toBe(true);
      expect(leaves.every((leaf) => leaf.proof.leafCount === dataset.leafCount)).toBe(true);
    });

    it('delivers padding as blocks without bytes', async () => {
      const dataset = aDataset({ blocks: 3, slots: 3, tolerance: 1 });
      const network = await connect(dataset.source);
      const leaves = await collect(network.leaves(dataset, [3], { signal }));
      expect(leaves.map((leaf) => leaf.data.length)).toEqual([0]);
    });

    it('asks nobody when nothing is wanted', async () => {
      const dataset = aDataset();
      const network = await connect();
      expect(await collect(network.leaves(dataset, [], { signal }))).toEqual([]);
    });

    it('says when it has no peers', async () => {
      const network = await connect();
      const leaves = collect(network.leaves(aDataset(), [0], { signal }));
      await expect(leaves).rejects.toMatchObject({ code: 'NO_PEERS' });
    });

    it('says when nobody has a leaf, after yielding the others', async () => {
      const dataset = aDataset();
      const network = await connect(only(dataset.source, [0, 1, 2]));
      const seen: number[] = [];
      const fetching = (async () => {
        for await (const leaf of network.leaves(dataset, [0, 1, 2, 3], { signal })) seen.push(leaf.index);
      })();
      await expect(fetching).rejects.toMatchObject({ code: 'BLOCKS_NOT_FOUND' });
      expect(seen.toSorted((a, b) => a - b)).toEqual([0, 1, 2]);
    });

    it('puts a dataset together from peers that each have a part', async () => {
      const dataset = aDataset();
      const network = await connect(only(dataset.source, [0, 2, 4]), only(dataset.source, [1, 3, 5]));
      const leaves = await collect(network.leaves(dataset, range(0, 6), { signal }));
      expect(leaves.map((leaf) => leaf.index).sort((a, b) => a - b)).toEqual(range(0, 6));
    });

    it('never yields a block with a wrong hash, and takes it from an honest peer', async () => {
      const dataset = aDataset();
      const network = await connect(lying(dataset.source), dataset.source);
      const leaves = await collect(network.leaves(dataset, range(0, 6), { signal }));
      const truth = await Promise.all(
        range(0, 6).map((index) => dataset.source.leaf(dataset.treeCid, index)),
      );
      for (const leaf of leaves)
        expect(Buffer.compare(leaf.data, truth[leaf.index]?.data as Uint8Array)).toBe(0);
      expect(leaves).toHaveLength(6);
    });

    it('never yields a true block at a wrong index', async () => {
      const dataset = aDataset();
      const network = await connect(shifted(dataset.source));
      await expect(collect(network.leaves(dataset, [0, 1], { signal }))).rejects.toMatchObject({
        code: 'BLOCKS_NOT_FOUND',
      });
    });

    it('never yields a leaf with a forged proof', async () => {
      const dataset = aDataset();
      const network = await connect(forging(dataset.source));
      await expect(collect(network.leaves(dataset, [0, 1], { signal }))).rejects.toMatchObject({
        code: 'BLOCKS_NOT_FOUND',
      });
    });

    it('ends with an abort error when it is called off', async () => {
      const dataset = aDataset();
      const network = await connect(dataset.source);
      const controller = new AbortController();
      const fetching = (async () => {
        for await (const leaf of network.leaves(dataset, range(0, 15), { signal: controller.signal })) {
          expect(leaf.data.length).toBeGreaterThanOrEqual(0);
          controller.abort();
        }
      })();
      await expect(fetching).rejects.toMatchObject({ name: 'AbortError' });
      const late = network.manifest(dataset.manifestCid, { signal: controller.signal });
      await expect(late).rejects.toMatchObject({ name: 'AbortError' });
    });

    it('can be left in the middle and asked again', async () => {
      const dataset = aDataset();
      const network = await connect(dataset.source);
      for await (const leaf of network.leaves(dataset, range(0, 15), { signal })) {
        expect(leaf.index).toBeLessThan(15);
        break;
      }
      expect(await collect(network.leaves(dataset, range(0, 15), { signal }))).toHaveLength(15);
    });
  });
}
