import vectors from './vectors/proofs.json' with { type: 'json' };
import { range } from './slotfixtures.ts';

export type ProofCase = (typeof vectors.cases)[number];
export const proofCases = vectors.cases;

/** The stored blocks of a slot, by the rule of the vectors. */
export function caseBlocks({ data, circuit }: ProofCase, slotIndex: number): Uint8Array[] {
  const { blockSize } = circuit;
  return range(0, data.blocksPerSlotReal).map((block) =>
    Uint8Array.from({ length: blockSize }, (_, i) => {
      const at = block * blockSize + i;
      return 131 * slotIndex + 7 * at + 13 * (at >>> 8) + 29 * (at >>> 16);
    }),
  );
}
