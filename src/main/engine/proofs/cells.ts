import { integerFrom } from './field.ts';
import { sponge } from './poseidon2.ts';
import { ProofTree } from './prooftree.ts';

/** A proof looks at whole cells; 32 of them make a block. */
export const CELL_BYTES = 2048;
export const CELLS_PER_BLOCK = 32;
export const BLOCK_BYTES = CELL_BYTES * CELLS_PER_BLOCK;

/** Bytes that surely fit into an element. */
export const CHUNK_BYTES = 31;

/** The digest of a block of zeros, and of what rounds a slot up to a power of two of blocks. */
export const ZERO_BLOCK_DIGEST =
  3952633175115817719652826365077208226235197743380403001936311199014828401604n;

/** Bytes as elements, 31 in each, the lowest first. One byte 1, then zeros, always follow them. Source: proofs.md §1.3. */
export function elementsOf(bytes: Uint8Array): bigint[] {
  const elements: bigint[] = [];
  for (let start = 0; start <= bytes.length; start += CHUNK_BYTES) {
    const chunk = bytes.subarray(start, start + CHUNK_BYTES);
    elements.push(integerFrom(chunk.length < CHUNK_BYTES ? Buffer.concat([chunk, Buffer.of(1)]) : chunk));
  }
  return elements;
}

/** The hash of any bytes; of a cell it is a leaf of its block's tree. */
export const digestOfBytes = (bytes: Uint8Array): bigint => sponge(elementsOf(bytes));

/** The tree over the cells of a block; its root is the block's digest. Takes 0.2 s for a block of the network's size. */
export function blockTree(block: Uint8Array, cellBytes: number = CELL_BYTES): ProofTree {
  const cells = Array.from({ length: block.length / cellBytes }, (_, i) =>
    digestOfBytes(block.subarray(i * cellBytes, (i + 1) * cellBytes)),
  );
  return ProofTree.over(cells);
}
