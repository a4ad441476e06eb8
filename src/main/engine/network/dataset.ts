import { randomBytes } from 'node:crypto';
import type { CID } from 'multiformats/cid';
import { hex32, type MerkleRoot } from '../contracts/ids.ts';
import { BLOCK_SIZE, type BlockSource } from './blocknetwork.ts';
import { manifestCid, sha256, treeCid } from './cids.ts';
import { encodeManifest, manifestDefaults, STEPPED } from './manifest.ts';
import { DatasetTree } from './merkle.ts';
import { slotSizeOf } from './slotplan.ts';

/** A client's dataset, ready to be asked for on chain and served to hosts. */
export interface Dataset {
  readonly manifestCid: CID;
  readonly manifest: Uint8Array;
  readonly treeCid: CID;
  readonly leafCount: number;
  /** Bytes per slot as sold. */
  readonly slotSize: bigint;
  /** What the request names as its content's root: the verify root, without proofs that of the dataset's tree. */
  readonly merkleRoot: MerkleRoot;
  readonly source: BlockSource;
}

/**
 * Lays `data` out in `slots − tolerance` rows of blocks, padded with empty ones, and adds `tolerance` parity rows; each
 * row is one slot. The parity rows are random bytes: nothing looks into them until a slot is repaired, which takes the
 * true erasure code. `data` is used in place and must not change.
 * @throws RangeError when there is no data, or not at least one row for it
 */
export function makeDataset({
  data,
  slots,
  tolerance,
}: {
  data: Uint8Array;
  slots: number;
  tolerance: number;
}): Dataset {
  const k = slots - tolerance;
  if (data.length === 0 || tolerance < 0 || !(k > 0))
    throw new RangeError('A dataset needs bytes and a data row');
  const original = split(data);
  const steps = Math.ceil(original.length / k);
  const padding = Array.from({ length: k * steps - original.length }, () => EMPTY_BLOCK);
  const blocks = [...original, ...padding, ...split(randomBytes(tolerance * steps * BLOCK_SIZE))];
  const tree = treeOver(blocks);
  const manifest = encodeManifest({
    ...manifestDefaults,
    treeCid: treeCid(tree.root),
    blockSize: BLOCK_SIZE,
    datasetSize: BigInt(blocks.length * BLOCK_SIZE),
    protection: {
      k,
      m: tolerance,
      originalTreeCid: treeCid(treeOver(original).root),
      originalDatasetSize: BigInt(data.length),
      strategy: STEPPED,
    },
  });
  return {
    manifestCid: manifestCid(manifest),
    manifest,
    treeCid: treeCid(tree.root),
    leafCount: blocks.length,
    slotSize: slotSizeOf(steps),
    merkleRoot: hex32<MerkleRoot>(`0x${Buffer.from(tree.root).toString('hex')}`),
    source: new DatasetSource(manifest, blocks, tree),
  };
}

const EMPTY_BLOCK = new Uint8Array();

class DatasetSource implements BlockSource {
  readonly #manifest: Uint8Array;
  readonly #blocks: readonly Uint8Array[];
  readonly #tree: DatasetTree;

  constructor(manifest: Uint8Array, blocks: readonly Uint8Array[], tree: DatasetTree) {
    this.#manifest = manifest;
    this.#blocks = blocks;
    this.#tree = tree;
  }

  async block(cid: CID) {
    return cid.equals(manifestCid(this.#manifest)) ? this.#manifest : undefined;
  }

  async leaf(cid: CID, index: number) {
    const data = this.#blocks[index];
    if (!data || !cid.equals(treeCid(this.#tree.root))) return undefined;
    return { data, proof: this.#tree.proof(index) };
  }
}

/** Blocks of 64 KiB; the last one padded with zeros. */
function split(data: Uint8Array): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (let start = 0; start < data.length; start += BLOCK_SIZE) {
    const block = data.subarray(start, start + BLOCK_SIZE);
    blocks.push(block.length === BLOCK_SIZE ? block : Buffer.concat([block], BLOCK_SIZE));
  }
  return blocks;
}

const treeOver = (blocks: readonly Uint8Array[]): DatasetTree => new DatasetTree(blocks.map(sha256));
