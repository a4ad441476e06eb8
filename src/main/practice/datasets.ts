import { mkdir, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CID } from 'multiformats/cid';
import { isHex32, hex32, type RequestId } from '../engine/contracts/ids.ts';
import { Emitter } from '../engine/lib/emitter.ts';
import { BLOCK_SIZE, type BlockSource, type LeafProof } from '../engine/network/blocknetwork.ts';
import { manifestCid, sha256, treeCid } from '../engine/network/cids.ts';
import type { Dataset } from '../engine/network/dataset.ts';
import { DatasetTree } from '../engine/network/merkle.ts';

/**
 * The client's datasets on disk, a folder for each request, so that a practice network that was resumed still serves
 * them. Blocks are read when they are asked for; in memory is only the tree over them.
 */
export class DatasetStore implements BlockSource {
  readonly #folder: string;
  readonly #stored = new Map<RequestId, StoredDataset>();
  /** What `contents` answers is another than before. */
  readonly onContents = new Emitter<void>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Opens what the folder holds; what was not written to its end is removed. */
  static async open(folder: string): Promise<DatasetStore> {
    await mkdir(folder, { recursive: true });
    const store = new DatasetStore(folder);
    for (const name of await readdir(folder)) {
      if (isHex32(name)) store.#stored.set(hex32(name), await StoredDataset.open(join(folder, name)));
      else await rm(join(folder, name), { recursive: true, force: true });
    }
    return store;
  }

  get requestIds(): RequestId[] {
    return [...this.#stored.keys()];
  }

  /** The manifest and the tree of each. */
  async contents(): Promise<CID[]> {
    return [...this.#stored.values()].flatMap(({ manifestCid, treeCid }) => [manifestCid, treeCid]);
  }

  async add(id: RequestId, dataset: Dataset): Promise<void> {
    const folder = join(this.#folder, id);
    await writeDataset(`${folder}.new`, dataset);
    await rename(`${folder}.new`, folder);
    this.#stored.set(id, await StoredDataset.open(folder));
    this.onContents.emit();
  }

  async remove(id: RequestId): Promise<void> {
    this.#stored.delete(id);
    this.onContents.emit();
    await rm(join(this.#folder, id), { recursive: true, force: true });
  }

  async block(cid: CID): Promise<Uint8Array | undefined> {
    for (const dataset of this.#stored.values()) if (dataset.manifestCid.equals(cid)) return dataset.manifest;
    return undefined;
  }

  async leaf(tree: CID, index: number): Promise<{ data: Uint8Array; proof: LeafProof } | undefined> {
    for (const dataset of this.#stored.values()) if (dataset.treeCid.equals(tree)) return dataset.leaf(index);
    return undefined;
  }
}

/** `manifest` holds the manifest, `blocks` the leaves one after the other. An empty leaf never occurs in ours. */
class StoredDataset {
  readonly manifest: Uint8Array;
  readonly manifestCid: CID;
  readonly treeCid: CID;
  readonly #blocksFile: string;
  readonly #tree: DatasetTree;

  private constructor(manifest: Uint8Array, blocksFile: string, tree: DatasetTree) {
    this.manifest = manifest;
    this.manifestCid = manifestCid(manifest);
    this.treeCid = treeCid(tree.root);
    this.#blocksFile = blocksFile;
    this.#tree = tree;
  }

  static async open(folder: string): Promise<StoredDataset> {
    const blocksFile = join(folder, 'blocks');
    const manifest = await readFile(join(folder, 'manifest'));
    return new StoredDataset(manifest, blocksFile, await treeOverFile(blocksFile));
  }

  async leaf(index: number): Promise<{ data: Uint8Array; proof: LeafProof } | undefined> {
    if (index < 0 || index >= this.#tree.leafCount) return undefined;
    const file = await open(this.#blocksFile);
    try {
      const data = new Uint8Array(BLOCK_SIZE);
      await file.read(data, 0, BLOCK_SIZE, index * BLOCK_SIZE);
      return { data, proof: this.#tree.proof(index) };
    } finally {
      await file.close();
    }
  }
}

async function treeOverFile(blocksFile: string): Promise<DatasetTree> {
  const blocks = await readFile(blocksFile);
  const digests: Uint8Array[] = [];
  for (let at = 0; at < blocks.length; at += BLOCK_SIZE)
    digests.push(sha256(blocks.subarray(at, at + BLOCK_SIZE)));
  return new DatasetTree(digests);
}

async function writeDataset(
  folder: string,
  { manifest, treeCid, leafCount, source }: Dataset,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'manifest'), manifest);
  const file = await open(join(folder, 'blocks'), 'w');
  try {
    for (let index = 0; index < leafCount; index++) {
      const leaf = await source.leaf(treeCid, index);
      if (leaf) await file.write(leaf.data, 0, leaf.data.length, index * BLOCK_SIZE);
    }
  } finally {
    await file.close();
  }
}
