import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hex32, type Challenge } from '../../../../src/main/engine/contracts/ids.ts';
import { leafIndexAt } from '../../../../src/main/engine/contracts/slotplaces.ts';
import { silentLogger as logger } from '../../../../src/main/engine/logger.ts';
import { codecs, digestOf, sha256 } from '../../../../src/main/engine/network/cids.ts';
import { STEPPED } from '../../../../src/main/engine/network/manifest.ts';
import { depthOf, verifyLeaf } from '../../../../src/main/engine/network/merkle.ts';
import { slotPlan } from '../../../../src/main/engine/network/slotplan.ts';
import { Scrub } from '../../../../src/main/engine/slots/scrub.ts';
import { SlotStore } from '../../../../src/main/engine/stores/slotstore.ts';
import { aHost, flip, peerWith } from '../../../support/hostfixtures.ts';
import { MemoryDatabase } from '../../../support/memorydatabase.ts';
import { Sleeper } from '../../../support/sleeper.ts';
import { aProvenDataset, aSlot, range } from '../../../support/slotfixtures.ts';

const { signal } = new AbortController();
const BLOCK = 65_536;
const STEPS = 5;
const dataset = await aProvenDataset({ blocks: 10, strategy: STEPPED });
const digest = (data: Uint8Array) => sha256(data);

/** A slot of 5 blocks that are every third of the dataset, stored and complete. */
async function aSteppedSlot(slotIndex = 1) {
  const hosted = aSlot(dataset, slotIndex);
  const network = peerWith(dataset.source);
  const host = await aHost({ dataset, hosted, network });
  const plan = slotPlan(hosted.request, dataset.manifest, slotIndex);
  const store = () => host.host.store(hosted, { charge: host.charge, signal });
  await store();
  onTestFinished(() => host.host.stop());
  /** What others would be given of the slot's blocks, checked as they would; false where nothing is given. */
  const served = async () => {
    const root = digestOf(plan.treeCid, codecs.datasetRoot);
    return await Promise.all(
      range(0, STEPS).map(async (position) => {
        const index = leafIndexAt(plan, position);
        const leaf = await host.host.source.leaf(plan.treeCid, index);
        const { leafCount } = plan;
        return leaf !== undefined && verifyLeaf(digest(leaf.data), leaf.proof, { root, index, leafCount });
      }),
    );
  };
  return { ...host, network, plan, store, served, slotFolder: join(host.folder, hosted.slotId) };
}

const whole = range(0, STEPS).map(() => true);

describe('A slot of the stepped strategy', () => {
  it('is fetched, hashed to its root, kept and served with proofs of its own leaves', async () => {
    for (const slotIndex of [0, 1, 2]) {
      const { host, hosted, network, charged, served, plan } = await aSteppedSlot(slotIndex);
      expect(network.asked).toEqual(range(0, STEPS).map((position) => slotIndex + 3 * position));
      expect(charged.reduce((sum, bytes) => sum + bytes, 0n)).toBe(BigInt(STEPS * BLOCK));
      expect(await host.verify(hosted, { sampleAll: true, signal })).toEqual({ missingBytes: 0n });
      expect(await served()).toEqual(whole);
      for (const index of range(0, 15).filter((each) => each % 3 !== slotIndex))
        expect(await host.source.leaf(plan.treeCid, index)).toBeUndefined();
    }
  });

  it('is proven from its blocks in their order', async () => {
    const { host, hosted } = await aSteppedSlot();
    const challenge = hex32<Challenge>(`0x${'01'.repeat(32)}`);
    await expect(host.prove(hosted, challenge, { signal })).resolves.toBeDefined();
  });

  it('is served after a restart as before', async () => {
    const first = await aSteppedSlot();
    await first.host.stop();
    const again = await aHost({ dataset, hosted: first.hosted, folder: first.folder });
    const leaf = await again.host.source.leaf(first.plan.treeCid, 1 + 3 * 4);
    expect(leaf?.proof.index).toBe(13);
    await again.host.stop();
  });

  it('has a harmed path of a block struck out by the scrub, and is whole when it was fetched again', async () => {
    const slot = await aSteppedSlot();
    const { host, slotStore, slotFolder, served, network, store } = slot;
    const depth = depthOf(15);
    const position = 3;
    await flip(slotFolder, 'leaves', (STEPS + position * depth) * 32);
    expect(await served()).toEqual(whole.with(position, false));
    const sleeper = new Sleeper();
    const scrub = new Scrub(
      { slotStore, host, database: new MemoryDatabase(), logger },
      { sleep: sleeper.sleep, roundSeconds: 60 },
    );
    onTestFinished(() => scrub.stop());
    scrub.start();
    await sleeper.pass(120_000);
    expect(await host.storedBytes(slot.hosted.slotId)).toBe(BigInt((STEPS - 1) * BLOCK));
    const asked = network.asked.length;
    await store();
    expect(network.asked.slice(asked)).toEqual([1 + 3 * position]);
    expect(await served()).toEqual(whole);
  });

  it('loses the blocks whose paths are cut off, and no others', async () => {
    const { host, hosted, slotFolder, store, served, network, folder } = await aSteppedSlot();
    const depth = depthOf(15);
    await truncate(join(slotFolder, 'leaves'), (STEPS + 2 * depth) * 32 + 31);
    const again = new SlotStore({ folder, logger });
    expect(await again.storedBytes(hosted.slotId)).toBe(BigInt(2 * BLOCK));
    const asked = network.asked.length;
    await host.verify(hosted, { signal });
    await store();
    expect(network.asked.slice(asked)).toEqual([7, 10, 13]);
    expect(await served()).toEqual(whole);
  });
});
