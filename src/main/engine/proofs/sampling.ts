import { integerFrom } from './field.ts';
import { CHUNK_BYTES } from './cells.ts';
import { sponge } from './poseidon2.ts';
import { ProofError } from './errors.ts';

/** Cells that a proof looks at, and slots that a dataset may have for it, as the live networks have it. */
export const SAMPLES = 5;
export const MAX_SLOTS = 256;

/**
 * Which cells of a slot a proof has to show, in the order of the samples; one may come twice.
 * @param cellCount of the slot, with what rounds it up; a power of two
 */
export function sampledCells(
  { entropy, slotRoot, cellCount }: { entropy: bigint; slotRoot: bigint; cellCount: number },
  samples: number = SAMPLES,
): number[] {
  if (!Number.isSafeInteger(cellCount) || cellCount < 2 || Math.log2(cellCount) % 1 !== 0)
    throw new ProofError('NOT_A_POWER_OF_TWO', { cellCount });
  return Array.from({ length: samples }, (_, i) =>
    Number(sponge([entropy, slotRoot, BigInt(i + 1)]) % BigInt(cellCount)),
  );
}

/** What a challenge of the contract (32 bytes) is as an element: its first 31 bytes, the lowest first. */
export const entropyOf = (challenge: Uint8Array): bigint => integerFrom(challenge.subarray(0, CHUNK_BYTES));
