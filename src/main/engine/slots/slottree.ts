import { codecs, decodeCid, digestOf, manifestCid } from '../network/cids.ts';
import { DatasetTree } from '../network/merkle.ts';
import type { StoredSlot } from '../stores/storedslot.ts';
import { SlotError } from './errors.ts';

/**
 * The part of the dataset's tree that a complete slot proves its leaves with.
 * @throws SlotError TREE_DAMAGED when its digests do not make the dataset's root; StoreError
 */
export async function slotTree(slot: StoredSlot): Promise<DatasetTree> {
  const { digests, border } = await slot.readTree();
  const tree = new DatasetTree(digests, { ...slot.layout, border });
  const root = digestOf(decodeCid(slot.layout.treeCid), codecs.datasetRoot);
  if (Buffer.compare(tree.root, root) === 0) return tree;
  throw new SlotError('TREE_DAMAGED', {});
}

/** Undefined when it is lost or harmed. */
export async function trueManifest(slot: StoredSlot): Promise<Uint8Array | undefined> {
  const manifest = await slot.readManifest().catch(() => undefined);
  const isTrue = manifest && Buffer.compare(manifestCid(manifest).bytes, slot.layout.manifestCid) === 0;
  return isTrue ? manifest : undefined;
}
