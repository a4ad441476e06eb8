import { describe, expect, it } from 'vitest';
import {
  BLOCK_BYTES,
  blockTree,
  CELL_BYTES,
  digestOfBytes,
  elementsOf,
  ZERO_BLOCK_DIGEST,
} from '../../../../src/main/engine/proofs/cells.ts';
import { BLOCK_SIZE } from '../../../../src/main/engine/network/blocknetwork.ts';
import { range } from '../../../support/slotfixtures.ts';
import vectors from '../../../support/vectors/proofs.json' with { type: 'json' };

const bytesTo = (n: number) => Uint8Array.from(range(1, n + 1));

describe('elementsOf', () => {
  it.each(vectors.bytes.toElements)('makes elements of the bytes $bytes', ({ bytes, elements }) => {
    const n = Number(/\.\.(\d+)/.exec(bytes)?.[1]);
    expect(elementsOf(bytesTo(n)).map(String)).toEqual(elements);
  });

  it('makes 67 elements of a cell', () => {
    expect(elementsOf(new Uint8Array(CELL_BYTES))).toHaveLength(67);
  });
});

describe('digestOfBytes', () => {
  it('hashes bytes of every length around the chunks', () => {
    const digests = vectors.bytes.spongeRate2_of_bytes_1_to_n;
    expect(digests.map((_, n) => String(digestOfBytes(bytesTo(n))))).toEqual(digests);
  });

  it.each(vectors.bytes.cells)('hashes a cell of $n bytes', ({ n, elements, hash }) => {
    const cell = Uint8Array.from(range(0, n), (i) => 7 * i + 3);
    expect(elementsOf(cell)).toHaveLength(elements);
    expect(String(digestOfBytes(cell))).toBe(hash);
  });

  it('hashes a cell of zeros', () => {
    expect(String(digestOfBytes(new Uint8Array(CELL_BYTES)))).toBe(vectors.bytes.zeroCell2048);
  });
});

describe('blockTree', () => {
  it('gives the digests that the network has for blocks', () => {
    const pattern = Uint8Array.from(range(0, BLOCK_BYTES), (i) => i % 251);
    expect(String(blockTree(pattern).root)).toBe(vectors.blocks.mod251.root);
    expect(String(blockTree(new Uint8Array(BLOCK_BYTES)).root)).toBe(vectors.blocks.zeroBlock.root);
    expect(String(ZERO_BLOCK_DIGEST)).toBe(vectors.blocks.zeroBlock.root);
  });

  it('speaks of the blocks that travel', () => {
    expect(BLOCK_BYTES).toBe(BLOCK_SIZE);
  });
});
