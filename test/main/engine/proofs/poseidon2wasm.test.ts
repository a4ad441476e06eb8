import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BLOCK_BYTES,
  blockTree,
  CELL_BYTES,
  digestOfBytes,
} from '../../../../src/main/engine/proofs/cells.ts';
import {
  ELEMENT_BYTES,
  elementBytes,
  elementFrom,
  FIELD_ORDER,
  integerFrom,
} from '../../../../src/main/engine/proofs/field.ts';
import { compress } from '../../../../src/main/engine/proofs/poseidon2.ts';
import { Poseidon2Wasm } from '../../../../src/main/engine/proofs/poseidon2wasm.ts';
import { ProofTree } from '../../../../src/main/engine/proofs/prooftree.ts';
import { range } from '../../../support/slotfixtures.ts';

const hash = new Poseidon2Wasm();
const inField = (value: bigint) => value % FIELD_ORDER;
const compressed = (left: bigint, right: bigint, key: number) =>
  elementFrom(hash.compress(elementBytes(left), elementBytes(right), key));

/** Whatever 32 bytes can say; the ends, and what makes all limbs full or empty, more often than chance would. */
const aNumber = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
  fc.constantFrom(0n, 1n, FIELD_ORDER - 1n, FIELD_ORDER, FIELD_ORDER + 1n, 5n * FIELD_ORDER, 2n ** 256n - 1n),
  fc.nat({ max: 255 }).map((bit) => 2n ** BigInt(bit)),
  fc.nat({ max: 255 }).map((bit) => 2n ** BigInt(bit) - 1n),
);
const aKey = fc.nat({ max: 3 });

describe('Poseidon2Wasm', () => {
  it('compresses as plain numbers do', () => {
    fc.assert(
      fc.property(aNumber, aNumber, aKey, (left, right, key) => {
        expect(compressed(left, right, key)).toBe(compress(inField(left), inField(right), key));
      }),
      { numRuns: 1_000 },
    );
  });

  it('still agrees after 2,000 permutations in a chain', () => {
    let [plain, quick] = [FIELD_ORDER - 1n, elementBytes(FIELD_ORDER - 1n)];
    for (let i = 0; i < 2_000; i++) {
      plain = compress(plain, BigInt(i), i % 4);
      quick = hash.compress(quick, elementBytes(BigInt(i)), i % 4);
    }
    expect(elementFrom(quick)).toBe(plain);
  });

  it('hashes cells as plain numbers do', () => {
    const blocks = [
      randomBytes(BLOCK_BYTES),
      new Uint8Array(BLOCK_BYTES).fill(255),
      // In each cell all bits are zeros but one.
      Uint8Array.from(range(0, BLOCK_BYTES), (i) => (i % CELL_BYTES === 64 * (i / CELL_BYTES) ? 128 : 0)),
    ];
    for (const block of blocks) {
      const digests = hash.cellDigests(block);
      for (const cell of [0, 1, 13, 30, 31]) {
        const digest = digests.subarray(cell * ELEMENT_BYTES, (cell + 1) * ELEMENT_BYTES);
        const bytes = block.subarray(cell * CELL_BYTES, (cell + 1) * CELL_BYTES);
        expect(elementFrom(digest)).toBe(digestOfBytes(bytes));
      }
    }
  });

  it('hashes blocks as plain numbers do', () => {
    const block = randomBytes(BLOCK_BYTES);
    expect(elementFrom(hash.blockDigest(block))).toBe(blockTree(block).root);
    // Nothing is left over from one call to the next.
    expect(elementFrom(hash.blockDigest(block))).toBe(blockTree(block).root);
  });

  it('makes trees as plain numbers do, of any number of leaves', () => {
    fc.assert(
      fc.property(fc.array(aNumber, { minLength: 1, maxLength: 40 }), (leaves) => {
        const nodes = hash.nodesAbove(Buffer.concat(leaves.map(elementBytes)));
        const [, ...layers] = ProofTree.over(leaves.map(inField)).layers;
        const elements = range(0, nodes.length / ELEMENT_BYTES).map((i) =>
          integerFrom(nodes.subarray(i * ELEMENT_BYTES, (i + 1) * ELEMENT_BYTES)),
        );
        expect(elements).toEqual(layers.flat());
      }),
      { numRuns: 40 },
    );
  });

  it('makes a tree that is larger than its memory was', () => {
    const count = 5_000;
    const nodes = hash.nodesAbove(new Uint8Array(count * ELEMENT_BYTES));
    let width = count;
    let [node, last] = [0n, 0n];
    let key = 1;
    while (width > 1) {
      const [left, right] = [node, last];
      node = compress(left, width === 2 ? right : left, key);
      last = width % 2 === 1 ? compress(right, 0n, key + 2) : compress(left, right, key);
      width = Math.ceil(width / 2);
      key = 0;
    }
    expect(elementFrom(nodes.subarray(-ELEMENT_BYTES))).toBe(last);
  });

  it('says what it cannot take', () => {
    expect(() => hash.blockDigest(new Uint8Array(1))).toThrow(
      expect.objectContaining({ code: 'NOT_A_BLOCK' }),
    );
    expect(() => hash.nodesAbove(new Uint8Array(0))).toThrow(expect.objectContaining({ code: 'EMPTY_TREE' }));
    expect(() => hash.nodesAbove(new Uint8Array(40))).toThrow(
      expect.objectContaining({ code: 'NOT_A_DIGEST' }),
    );
  });
});
