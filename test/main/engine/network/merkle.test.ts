import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cidText, EMPTY_DIGEST, sha256, treeCid } from '../../../../src/main/engine/network/cids.ts';
import {
  DatasetTree,
  decodeProof,
  depthOf,
  encodeProof,
  verifyLeaf,
} from '../../../../src/main/engine/network/merkle.ts';
import { range, vectorBlock } from '../../../support/slotfixtures.ts';
import vectors from '../../../support/vectors/data-plane.json' with { type: 'json' };

const digests = (count: number) => range(0, count).map((i) => sha256(Buffer.from(`leaf ${i}`)));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('DatasetTree', () => {
  it('gives the tree CIDs and leaf proofs that the network makes', () => {
    for (const vector of vectors.cases) {
      const isPadded = vector.name.startsWith('pad');
      const leaves = range(0, vector.blocks).map((i) =>
        isPadded && i === 9 ? EMPTY_DIGEST : sha256(vectorBlock(i)),
      );
      const tree = new DatasetTree(leaves);
      expect(cidText(treeCid(tree.root))).toBe(vector.treeCid);
      for (const [index, proof] of Object.entries(vector.leafProofsHex)) {
        expect(hex(encodeProof(tree.proof(Number(index))))).toBe(proof);
        expect(hex(encodeProof(decodeProof(Buffer.from(proof, 'hex'))))).toBe(proof);
      }
    }
  });

  it('proves every leaf of a tree of any size', () => {
    for (let leafCount = 1; leafCount <= 40; leafCount++) {
      const leaves = digests(leafCount);
      const tree = new DatasetTree(leaves);
      for (const [index, digest] of leaves.entries()) {
        const proof = tree.proof(index);
        expect(proof.path).toHaveLength(depthOf(leafCount));
        expect(verifyLeaf(digest, proof, { root: tree.root, index, leafCount })).toBe(true);
      }
    }
  });

  it('gives the same proofs for a stretch, from its digests and the paths of its two outer leaves', () => {
    const stretches = fc
      .tuple(fc.integer({ min: 1, max: 70 }), fc.nat(), fc.nat())
      .map(([leafCount, a, b]) => ({
        leafCount,
        first: Math.min(a % leafCount, b % leafCount),
        last: Math.max(a % leafCount, b % leafCount),
      }));
    fc.assert(
      fc.property(stretches, ({ leafCount, first, last }) => {
        const leaves = digests(leafCount);
        const whole = new DatasetTree(leaves);
        const border = { first: whole.proof(first).path, last: whole.proof(last).path };
        const part = new DatasetTree(leaves.slice(first, last + 1), { firstIndex: first, leafCount, border });
        expect(hex(part.root)).toBe(hex(whole.root));
        for (const index of range(first, last + 1)) expect(part.proof(index)).toEqual(whole.proof(index));
      }),
    );
  });

  it('refuses an empty tree, a leaf outside, and a stretch without the border it needs', () => {
    expect(() => new DatasetTree([])).toThrow(expect.objectContaining({ code: 'EMPTY_TREE' }));
    expect(() => new DatasetTree(digests(3)).proof(3)).toThrow(
      expect.objectContaining({ code: 'INDEX_OUT_OF_RANGE' }),
    );
    expect(() => new DatasetTree(digests(3), { firstIndex: 1, leafCount: 9 })).toThrow(
      expect.objectContaining({ code: 'INDEX_OUT_OF_RANGE' }),
    );
  });
});

describe('verifyLeaf', () => {
  const leafCount = 11;
  const leaves = digests(leafCount);
  const tree = new DatasetTree(leaves);
  const expected = (index: number) => ({ root: tree.root, index, leafCount });

  it('refuses a proof with any bit of its path turned', () => {
    fc.assert(
      fc.property(fc.nat(leafCount - 1), fc.nat(3), fc.nat(255), (index, level, bit) => {
        const proof = tree.proof(index);
        const path = proof.path.map((node) => Uint8Array.from(node));
        const node = path[level] as Uint8Array;
        node[bit >> 3] = (node[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(verifyLeaf(leaves[index] as Uint8Array, { ...proof, path }, expected(index))).toBe(false);
      }),
    );
  });

  it('refuses a true proof at another index, for another leaf, or for a tree of another size', () => {
    const digest = leaves[4] as Uint8Array;
    expect(verifyLeaf(digest, tree.proof(4), expected(5))).toBe(false);
    expect(verifyLeaf(digest, { ...tree.proof(4), index: 5 }, expected(5))).toBe(false);
    expect(verifyLeaf(leaves[5] as Uint8Array, tree.proof(4), expected(4))).toBe(false);
    expect(verifyLeaf(digest, tree.proof(4), { ...expected(4), leafCount: 12 })).toBe(false);
    const last = { ...tree.proof(10), leafCount: 12 };
    expect(verifyLeaf(leaves[10] as Uint8Array, last, { ...expected(10), leafCount: 12 })).toBe(false);
  });

  it('refuses a path of another length, and an index outside', () => {
    const proof = tree.proof(0);
    const digest = leaves[0] as Uint8Array;
    expect(verifyLeaf(digest, { ...proof, path: proof.path.slice(1) }, expected(0))).toBe(false);
    expect(verifyLeaf(digest, { ...proof, path: [...proof.path, new Uint8Array(32)] }, expected(0))).toBe(
      false,
    );
    expect(verifyLeaf(digest, { ...proof, index: 11 }, expected(11))).toBe(false);
  });

  it('refuses an inner node in place of a leaf', () => {
    const pair = new DatasetTree(leaves.slice(0, 2));
    const proof = { ...tree.proof(0), path: tree.proof(0).path.slice(1) };
    expect(verifyLeaf(pair.root, proof, { root: tree.root, index: 0, leafCount: 6 })).toBe(false);
  });
});

describe('decodeProof', () => {
  it('refuses what is no sha256 path', () => {
    for (const bad of ['', '0800', '0812220322010a', '081222080a0600000000000000']) {
      expect(() => decodeProof(Buffer.from(bad, 'hex'))).toThrow(
        expect.objectContaining({ code: 'MALFORMED_MESSAGE' }),
      );
    }
  });
});
