import { BLOCK_SIZE } from '../network/blocknetwork.ts';
import { EMPTY_DIGEST, sha256 } from '../network/cids.ts';
import type { StoredSlot } from '../stores/storedslot.ts';
import { SlotError } from './errors.ts';
import type { SampleReader } from './prover.ts';

/**
 * Reads a slot's blocks as proofs see them: empty blocks, and those that round the slot up to a power of two, are zeros.
 * What is read from the disk is hashed again and compared with the digest noted when it was verified.
 * @throws SlotError DATA_DAMAGED, POSITION_OUT_OF_RANGE from the reader
 */
export function sampleReader(slot: StoredSlot, slotSize: bigint): SampleReader {
  return async (position) => {
    const { steps } = slot.layout;
    if (position < 0 || BigInt(position) * BigInt(BLOCK_SIZE) >= slotSize) {
      throw new SlotError('POSITION_OUT_OF_RANGE', { position });
    }
    if (position >= steps) return ZERO_BLOCK;
    return (await readBlock(slot, position)).proven;
  };
}

/**
 * A block in both its forms: as it travels, where an empty one has no bytes, and as proofs see it.
 * @throws SlotError DATA_DAMAGED
 */
export async function readBlock(
  slot: StoredSlot,
  position: number,
): Promise<{ data: Uint8Array; proven: Uint8Array }> {
  const { data, digest } = await slot.read(position);
  const isEmpty = Buffer.compare(digest, EMPTY_DIGEST) === 0;
  const isWhole = isEmpty
    ? Buffer.compare(data, ZERO_BLOCK) === 0
    : Buffer.compare(sha256(data), digest) === 0;
  if (!isWhole) throw new SlotError('DATA_DAMAGED', { position }, { message: DAMAGED_TEXT });
  return { data: isEmpty ? EMPTY_BLOCK : data, proven: data };
}

const ZERO_BLOCK = new Uint8Array(BLOCK_SIZE);
const EMPTY_BLOCK = new Uint8Array();
const DAMAGED_TEXT =
  'A block of the slot is not what was stored. Check the disk; the block has to be fetched again.';
