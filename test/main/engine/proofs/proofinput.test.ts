import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { blockTree, ZERO_BLOCK_DIGEST } from '../../../../src/main/engine/proofs/cells.ts';
import { LIVE_CIRCUIT, proofInput, proofInputJson } from '../../../../src/main/engine/proofs/proofinput.ts';
import { ProofTree } from '../../../../src/main/engine/proofs/prooftree.ts';
import { caseBlocks, proofCases, type ProofCase } from '../../../support/proofcases.ts';
import { range } from '../../../support/slotfixtures.ts';

const sizeOf = ({ circuit }: ProofCase) => ({
  maxDepth: circuit.maxDepth,
  maxSlotDepth: circuit.maxLog2NSlots,
  samples: circuit.nSamples,
  cellBytes: circuit.cellSize,
  cellsPerBlock: circuit.blockSize / circuit.cellSize,
});

function slotOf(vector: ProofCase) {
  const blocks = caseBlocks(vector, vector.slotIndex);
  const tree = ProofTree.over(vector.blockRootsOfSlot.map(BigInt));
  // The roots of 256 slots are not among the vectors, only the path of the one.
  const dataset = vector.slotRoots
    ? ProofTree.over(vector.slotRoots.map(BigInt))
    : { root: BigInt(vector.dataSetRoot), path: () => vector.slotProof.map(BigInt) };
  return {
    index: vector.slotIndex,
    tree: {
      root: tree.root,
      path: (index: number) => tree.path(index),
      leafCount: vector.blockRootsOfSlot.length,
    },
    dataset,
    slotCount: vector.data.nSlots,
    block: async (index: number) => blocks[index],
  };
}

describe('The input of a proof', () => {
  it.each(proofCases)('is, letter by letter, the one of the vectors: $name', async (vector) => {
    const input = await proofInput(slotOf(vector), BigInt(vector.entropy), sizeOf(vector));
    const hash = createHash('sha256').update(proofInputJson(input)).digest('hex');
    expect(hash).toBe(vector.inputSha256);
  });

  it('has the size of the live circuit unless another is named, and shows zeros for what rounds a slot up', async () => {
    const tree = ProofTree.over(range(0, 4).map(() => ZERO_BLOCK_DIGEST));
    const slot = {
      index: 0,
      tree: { root: tree.root, path: (index: number) => tree.path(index), leafCount: 4 },
      dataset: ProofTree.over([tree.root]),
      slotCount: 1,
      block: async () => undefined,
    };
    const { merklePaths, slotProof, cellData, nCellsPerSlot } = await proofInput(slot, 7n);
    expect(merklePaths.map(({ length }) => length)).toEqual(range(0, 5).map(() => 32));
    expect([slotProof.length, cellData[0]?.length, nCellsPerSlot]).toEqual([8, 67, 128n]);
    expect(blockTree(new Uint8Array(LIVE_CIRCUIT.cellBytes * LIVE_CIRCUIT.cellsPerBlock)).root).toBe(
      ZERO_BLOCK_DIGEST,
    );
  });
});
