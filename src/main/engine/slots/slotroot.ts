import { throwIfAborted } from '../lib/abort.ts';
import type { BlockDigester } from '../proofs/blockdigester.ts';
import { ELEMENT_BYTES } from '../proofs/field.ts';
import { SlotTree } from '../proofs/slottree.ts';
import type { StoredSlot } from '../stores/storedslot.ts';
import { dataMissing, SlotError } from './errors.ts';
import { isWhole } from './slotreader.ts';

interface RootModules {
  readonly slot: StoredSlot;
  readonly digester: BlockDigester;
}

/**
 * Sees to it that a complete slot has the root that its proofs are checked against. Digests that its files do not know
 * are made from its blocks and kept; so are all of them before the root is said to be another, as a disk may have
 * harmed them.
 * @throws SlotError SLOT_ROOT_MISMATCH; DATA_MISSING when a block is found harmed; what the digester throws
 */
export async function demandRoot(
  modules: RootModules,
  { slotId, slotRoot }: { slotId: string; slotRoot: Uint8Array },
  { signal }: { signal: AbortSignal },
): Promise<void> {
  const known = await modules.slot.readProofDigests();
  const completed = await withDigests(modules, known, slotId, signal);
  if (await hasRoot(modules, completed, slotRoot, signal)) {
    if (Buffer.compare(completed, known) !== 0) await modules.slot.writeProofDigests(completed);
    return;
  }
  const remade = await withDigests(modules, new Uint8Array(known.length), slotId, signal);
  if (!(await hasRoot(modules, remade, slotRoot, signal))) throw rootMismatch(slotId);
  await modules.slot.writeProofDigests(remade);
}

/** The digests with those that are zeros made from the blocks. */
async function withDigests(
  { slot, digester }: RootModules,
  known: Uint8Array,
  slotId: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const digests = known.slice();
  const unknown = unknownPositions(known);
  const make = async (position: number) => {
    throwIfAborted(signal);
    const block = await slot.read(position, isWhole);
    if (!block) throw dataMissing(slotId, [position]);
    digests.set(await digester.digest(block.data, { signal }), position * ELEMENT_BYTES);
  };
  // A few at a time, which is all that is held in memory.
  for (let at = 0; at < unknown.length; at += digester.capacity) {
    await allOf(unknown.slice(at, at + digester.capacity).map(make));
  }
  return digests;
}

async function hasRoot(
  { digester }: RootModules,
  digests: Uint8Array,
  slotRoot: Uint8Array,
  signal: AbortSignal,
): Promise<boolean> {
  const { root } = await SlotTree.over(digests, digester, { signal });
  return Buffer.compare(root, slotRoot) === 0;
}

function unknownPositions(digests: Uint8Array): number[] {
  const positions = Array.from({ length: digests.length / ELEMENT_BYTES }, (_, position) => position);
  return positions.filter((position) => {
    const digest = digests.subarray(position * ELEMENT_BYTES, (position + 1) * ELEMENT_BYTES);
    return Buffer.compare(digest, NO_DIGEST) === 0;
  });
}

/** Rejects only when none of them works on any more. */
async function allOf(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

const NO_DIGEST = new Uint8Array(ELEMENT_BYTES);

function rootMismatch(slotId: string): SlotError {
  const message =
    'The blocks of this slot are those of its dataset, but not those that its proofs would be checked against: nobody could prove it. Nothing can be done; other slots are not concerned.';
  return new SlotError('SLOT_ROOT_MISMATCH', { slotId }, { message });
}
