import { readFile, writeFile } from 'node:fs/promises';
import { deserialize, serialize } from 'node:v8';
import type { CID } from 'multiformats/cid';
import type { BlockSource } from '../../../src/main/engine/network/blocknetwork.ts';
import { manifestCid, sha256, treeCid } from '../../../src/main/engine/network/cids.ts';
import type { Dataset } from '../../../src/main/engine/network/dataset.ts';
import { DatasetTree } from '../../../src/main/engine/network/merkle.ts';

interface Content {
  readonly manifest: Uint8Array;
  readonly blocks: readonly Uint8Array[];
}

/** Writes a dataset down, for processes that shall serve it. */
export async function writeDatasetFile(path: string, dataset: Dataset): Promise<void> {
  const blocks: Uint8Array[] = [];
  for (let index = 0; index < dataset.leafCount; index++) {
    const leaf = await dataset.source.leaf(dataset.treeCid, index);
    if (!leaf) throw new Error(`The dataset lacks block ${index}`);
    blocks.push(leaf.data);
  }
  await writeFile(path, serialize({ manifest: dataset.manifest, blocks } satisfies Content));
}

export async function readDatasetFile(path: string): Promise<BlockSource> {
  const { manifest, blocks } = deserialize(await readFile(path)) as Content;
  const tree = new DatasetTree(blocks.map(sha256));
  const ownManifest = manifestCid(manifest);
  const ownTree = treeCid(tree.root);
  return {
    block: async (cid: CID) => (cid.equals(ownManifest) ? manifest : undefined),
    leaf: async (cid: CID, index: number) => {
      const data = cid.equals(ownTree) ? blocks[index] : undefined;
      return data && { data, proof: tree.proof(index) };
    },
  };
}
