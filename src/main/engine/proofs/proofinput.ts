import { blockTree, CELL_BYTES, elementsOf } from './cells.ts';
import { sampledCells, SAMPLES } from './sampling.ts';

/** What a circuit is made for; the live networks have the first. Source: proofs.md §1.1. */
export interface CircuitSize {
  /** Levels of the longest path from a cell to the root of its slot. */
  readonly maxDepth: number;
  /** Levels of the longest path from a slot to the root of its dataset. */
  readonly maxSlotDepth: number;
  readonly samples: number;
  readonly cellBytes: number;
  readonly cellsPerBlock: number;
}

export const LIVE_CIRCUIT: CircuitSize = {
  maxDepth: 32,
  maxSlotDepth: 8,
  samples: SAMPLES,
  cellBytes: CELL_BYTES,
  cellsPerBlock: 32,
};

/** Something whose leaves have paths of siblings, from the bottom up. */
interface Paths {
  readonly root: bigint;
  path(index: number): readonly bigint[];
}

export interface ProvenSlot {
  readonly index: number;
  /** Over the digests of its blocks, with what rounds it up. */
  readonly tree: Paths & { readonly leafCount: number };
  /** Over the roots of its dataset's slots. */
  readonly dataset: Paths;
  readonly slotCount: number;
  /** A block's bytes; undefined for what only rounds the slot up, which are zeros. */
  block(index: number): Promise<Uint8Array | undefined>;
}

/** All that a proof is made of, every path as long as the circuit has room for. Elements of the field. */
export interface ProofInput {
  readonly entropy: bigint;
  readonly dataSetRoot: bigint;
  readonly slotIndex: bigint;
  readonly slotRoot: bigint;
  readonly nSlotsPerDataSet: bigint;
  readonly nCellsPerSlot: bigint;
  readonly slotProof: readonly bigint[];
  readonly cellData: readonly (readonly bigint[])[];
  readonly merklePaths: readonly (readonly bigint[])[];
}

/**
 * What has to be shown for a challenge: the cells that it draws from the slot, with their paths to its root, and the
 * slot's path to the root of its dataset. The names are those of the circuit. Source: proofs.md §1.1, §1.6.
 */
export async function proofInput(
  slot: ProvenSlot,
  entropy: bigint,
  size: CircuitSize = LIVE_CIRCUIT,
): Promise<ProofInput> {
  const { cellBytes, cellsPerBlock, maxDepth, maxSlotDepth, samples } = size;
  const cellCount = slot.tree.leafCount * cellsPerBlock;
  const cells = sampledCells({ entropy, slotRoot: slot.tree.root, cellCount }, samples);
  const shown = [];
  for (const cell of cells) {
    const [at, inBlock] = [Math.floor(cell / cellsPerBlock), cell % cellsPerBlock];
    const bytes = (await slot.block(at)) ?? new Uint8Array(cellBytes * cellsPerBlock);
    const path = [...blockTree(bytes, cellBytes).path(inBlock), ...slot.tree.path(at)];
    const data = elementsOf(bytes.subarray(inBlock * cellBytes, (inBlock + 1) * cellBytes));
    shown.push({ data, path: filledUp(path, maxDepth) });
  }
  return {
    entropy,
    dataSetRoot: slot.dataset.root,
    slotIndex: BigInt(slot.index),
    slotRoot: slot.tree.root,
    nSlotsPerDataSet: BigInt(slot.slotCount),
    nCellsPerSlot: BigInt(cellCount),
    slotProof: filledUp(slot.dataset.path(slot.index), maxSlotDepth),
    cellData: shown.map(({ data }) => data),
    merklePaths: shown.map(({ path }) => path),
  };
}

/** The input as witness generators read it: names in this order, numbers as text. */
export const proofInputJson = (input: ProofInput): string =>
  JSON.stringify(input, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));

const filledUp = (path: readonly bigint[], length: number): bigint[] =>
  Array.from({ length }, (_, level) => path[level] ?? 0n);
