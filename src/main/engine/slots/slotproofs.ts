import { leafIndexAt } from '../contracts/slotplaces.ts';
import { throwIfAborted } from '../lib/abort.ts';
import type { LeafProof } from '../network/blocknetwork.ts';
import { codecs, decodeCid, digestOf, manifestCid } from '../network/cids.ts';
import { DatasetTree, verifyLeaf } from '../network/merkle.ts';
import type { StoredSlot } from '../stores/storedslot.ts';
import { isEngineError } from '../errors.ts';
import { SlotError } from './errors.ts';

/** That the leaves of a complete slot stand where they do in the dataset's tree, for others to check. */
export interface SlotProofs {
  /** @throws SlotError TREE_DAMAGED; StoreError */
  proof(position: number): Promise<LeafProof>;
}

/**
 * Of a slot that is a stretch of the tree all proofs are worked out from its digests and the paths of its two ends, and
 * checked at once; of another each leaf's own path is read and checked when it is asked for.
 * @throws SlotError TREE_DAMAGED when the digests of a stretch do not make the dataset's root; StoreError
 */
export async function slotProofs(slot: StoredSlot): Promise<SlotProofs> {
  const { layout } = slot;
  if (layout.stride !== 1) return { proof: (position) => keptProof(slot, position) };
  const { digests, border } = await slot.readTree();
  const tree = new DatasetTree(digests, { ...layout, border });
  if (Buffer.compare(tree.root, rootOf(slot)) !== 0) throw new SlotError('TREE_DAMAGED', {});
  return { proof: async (position) => tree.proof(leafIndexAt(layout, position)) };
}

/** The blocks of a complete slot with which a harmed path is kept; all digests are known to be those of their blocks. */
export async function harmedPaths(slot: StoredSlot, { signal }: { signal: AbortSignal }): Promise<number[]> {
  const { steps, stride } = slot.layout;
  if (stride === 1) return (await isDamaged(() => slotProofs(slot))) ? [...new Set([0, steps - 1])] : [];
  const harmed: number[] = [];
  for (let position = 0; position < steps; position++) {
    throwIfAborted(signal);
    if (await isDamaged(() => keptProof(slot, position))) harmed.push(position);
  }
  return harmed;
}

/** Undefined when it is lost or harmed. @throws StoreError SLOT_CLOSED */
export async function trueManifest(slot: StoredSlot): Promise<Uint8Array | undefined> {
  const manifest = await slot.readManifest().catch((error: unknown) => {
    if (isEngineError(error, 'SLOT_CLOSED')) throw error;
    return undefined;
  });
  const isTrue = manifest && Buffer.compare(manifestCid(manifest).bytes, slot.layout.manifestCid) === 0;
  return isTrue ? manifest : undefined;
}

async function keptProof(slot: StoredSlot, position: number): Promise<LeafProof> {
  const { layout } = slot;
  const { digest, path } = await slot.readPath(position);
  const place = { index: leafIndexAt(layout, position), leafCount: layout.leafCount };
  const proof = { ...place, path };
  if (verifyLeaf(digest, proof, { ...place, root: rootOf(slot) })) return proof;
  throw new SlotError('TREE_DAMAGED', { position });
}

const rootOf = ({ layout }: StoredSlot): Uint8Array =>
  digestOf(decodeCid(layout.treeCid), codecs.datasetRoot);

async function isDamaged(read: () => Promise<unknown>): Promise<boolean> {
  try {
    await read();
    return false;
  } catch (error) {
    if (isEngineError(error, 'TREE_DAMAGED')) return true;
    throw error;
  }
}
