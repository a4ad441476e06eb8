import { readFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { MerkleRoot } from '../../../../src/main/engine/contracts/ids.ts';
import { codecs, fieldElementOf, manifestCid, rootCid } from '../../../../src/main/engine/network/cids.ts';
import type { Dataset } from '../../../../src/main/engine/network/dataset.ts';
import { decodeManifest, encodeManifest } from '../../../../src/main/engine/network/manifest.ts';
import type { BlockDigester } from '../../../../src/main/engine/proofs/blockdigester.ts';
import { ProofError } from '../../../../src/main/engine/proofs/errors.ts';
import { elementBytes, integerFrom } from '../../../../src/main/engine/proofs/field.ts';
import { InlineDigester } from '../../../../src/main/engine/proofs/inlinedigester.ts';
import { Poseidon2Wasm } from '../../../../src/main/engine/proofs/poseidon2wasm.ts';
import { ProofTree } from '../../../../src/main/engine/proofs/prooftree.ts';
import { aHost, flip, flipBlock } from '../../../support/hostfixtures.ts';
import { aProvenDataset, aSlot, range } from '../../../support/slotfixtures.ts';

const { signal } = new AbortController();
const dataset = await aProvenDataset();
const hash = new Poseidon2Wasm();

/** Counts the blocks that are hashed, and can be told to fail or to wait. */
class WatchedDigester implements BlockDigester {
  readonly #digester = new InlineDigester();
  readonly capacity = 4;
  hashed = 0;
  before: (count: number) => void | Promise<void> = () => {};

  digest: BlockDigester['digest'] = async (block, options) => {
    this.hashed += 1;
    await this.before(this.hashed);
    return await this.#digester.digest(block, options);
  };
  nodesAbove: BlockDigester['nodesAbove'] = (leaves, options) => this.#digester.nodesAbove(leaves, options);
  stop = () => this.#digester.stop();
}

/** A slot of five blocks that was stored, and what hashes for a host that goes on with it. */
async function aStoredSlot() {
  const first = await aHost({ dataset });
  await first.host.store(first.hosted, { charge: first.charge, signal });
  const digester = new WatchedDigester();
  const again = await aHost({ dataset, folder: first.folder, hosted: first.hosted, digester });
  const folder = join(first.folder, first.hosted.slotId);
  const storeAgain = () => again.host.store(again.hosted, { charge: again.charge, signal });
  return { ...again, digester, folder, storeAgain };
}

/** The digests that the slot's blocks have. */
const trueDigests = async (firstIndex: number): Promise<Buffer> =>
  Buffer.concat(
    await Promise.all(
      range(firstIndex, firstIndex + 5).map(async (index) => {
        const leaf = await dataset.source.leaf(dataset.treeCid, index);
        return hash.blockDigest(leaf?.data as Uint8Array);
      }),
    ),
  );

describe('a download', () => {
  it('hashes each block once, and keeps the digests that make the slot root', async () => {
    const digester = new WatchedDigester();
    const { host, hosted, charge, charged, folder } = await aHost({ dataset, digester });
    await host.store(hosted, { charge, signal });
    expect(digester.hashed).toBe(5);
    expect(charged).toEqual([2n * 65_536n, 2n * 65_536n, 65_536n]);
    expect(await readFile(join(folder, hosted.slotId, 'cells'))).toEqual(await trueDigests(5));
  });

  it('takes an empty block for one of zeros, without hashing it', async () => {
    const padded = await aProvenDataset({ blocks: 3 });
    const digester = new WatchedDigester();
    const { host, hosted, charge } = await aHost({ dataset: padded, hosted: aSlot(padded, 1), digester });
    await host.store(hosted, { charge, signal });
    expect(digester.hashed).toBe(1);
  });

  it('hashes after a restart only what was not stored', async () => {
    const controller = new AbortController();
    const first = await aHost({ dataset });
    const interrupted = first.host.store(first.hosted, {
      charge: async () => controller.abort(),
      signal: controller.signal,
    });
    await expect(interrupted).rejects.toMatchObject({ name: 'AbortError' });
    const digester = new WatchedDigester();
    const second = await aHost({ dataset, folder: first.folder, hosted: first.hosted, digester });
    await second.host.store(second.hosted, { charge: second.charge, signal });
    expect(digester.hashed).toBe(3);
  });

  it('charges nothing for blocks that could not be hashed, and goes on when they can', async () => {
    const digester = new WatchedDigester();
    digester.before = (count) => {
      if (count === 3) throw new ProofError('DIGESTER_FAILED', { failures: 3 });
    };
    const { host, hosted, charge, charged } = await aHost({ dataset, digester });
    await expect(host.store(hosted, { charge, signal })).rejects.toMatchObject({ code: 'DIGESTER_FAILED' });
    expect(charged).toEqual([2n * 65_536n]);
    await host.store(hosted, { charge, signal });
    expect(charged).toEqual([2n * 65_536n, 2n * 65_536n, 65_536n]);
  });

  it('is called off while it hashes', async () => {
    const controller = new AbortController();
    const digester = new WatchedDigester();
    digester.before = () => controller.abort();
    const { host, hosted, charge, charged } = await aHost({ dataset, digester });
    const storing = host.store(hosted, { charge, signal: controller.signal });
    await expect(storing).rejects.toMatchObject({ name: 'AbortError' });
    expect(charged).toEqual([]);
  });

  it('ends with the reason when the blocks are true but not those that proofs are checked against', async () => {
    const { host, hosted, charge } = await aHost({ dataset: withRootsOfOtherSlots(dataset) });
    await expect(host.store(hosted, { charge, signal })).rejects.toMatchObject({
      code: 'SLOT_ROOT_MISMATCH',
      details: { slotId: hosted.slotId },
      message: expect.stringContaining('nobody could prove it'),
    });
  });
});

describe('digests on the disk', () => {
  it('are not made again', async () => {
    const { digester, storeAgain } = await aStoredSlot();
    await storeAgain();
    expect(digester.hashed).toBe(0);
  });

  it.each<[string, (cells: string) => Promise<void>, number]>([
    ['lost', (cells) => rm(cells), 5],
    ['cut off', (cells) => truncate(cells, 70), 3],
  ])('are made again from the blocks when they were %s', async (_, harm, atLeast) => {
    const { digester, folder, charged, storeAgain } = await aStoredSlot();
    await harm(join(folder, 'cells'));
    await storeAgain();
    expect(digester.hashed).toBeGreaterThanOrEqual(atLeast);
    expect(charged).toEqual([]);
    expect(await readFile(join(folder, 'cells'))).toEqual(await trueDigests(5));
  });

  it('are all made again when one was harmed', async () => {
    const { digester, folder, storeAgain } = await aStoredSlot();
    await flip(folder, 'cells', 40);
    await storeAgain();
    expect(digester.hashed).toBe(5);
    expect(await readFile(join(folder, 'cells'))).toEqual(await trueDigests(5));
  });

  it('are not made of a block that is harmed: it has to be fetched again', async () => {
    const { folder, charged, storeAgain } = await aStoredSlot();
    await rm(join(folder, 'cells'));
    await flipBlock(folder, 2);
    await expect(storeAgain()).rejects.toMatchObject({ code: 'DATA_MISSING', details: { positions: [2] } });
    await storeAgain();
    expect(charged).toEqual([65_536n]);
  });
});

/** A manifest and a request that fit together, with the roots of the slots in another order. */
function withRootsOfOtherSlots(dataset: Dataset): Dataset {
  const manifest = decodeManifest(dataset.manifest);
  const protection = manifest.protection as NonNullable<typeof manifest.protection>;
  const verification = protection.verification as NonNullable<typeof protection.verification>;
  const [first, ...others] = verification.slotRoots.map((cid) => fieldElementOf(cid, codecs.slotRoot));
  const roots = [...others, first as Uint8Array];
  const root = elementBytes(ProofTree.over(roots.map(integerFrom)).root);
  const changed = {
    ...verification,
    slotRoots: roots.map((slotRoot) => rootCid(codecs.slotRoot, slotRoot)),
    verifyRoot: rootCid(codecs.verifyRoot, root),
  };
  const bytes = encodeManifest({ ...manifest, protection: { ...protection, verification: changed } });
  const { source } = dataset;
  return {
    ...dataset,
    manifest: bytes,
    manifestCid: manifestCid(bytes),
    merkleRoot: `0x${Buffer.from(root).toString('hex')}` as MerkleRoot,
    source: {
      block: async (cid) => (cid.equals(manifestCid(bytes)) ? bytes : undefined),
      leaf: (cid, index) => source.leaf(cid, index),
    },
  };
}
