import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementsOf } from '../../../../src/main/engine/proofs/cells.ts';
import { ProofTree, rootFromPath } from '../../../../src/main/engine/proofs/prooftree.ts';
import { range } from '../../../support/slotfixtures.ts';
import vectors from '../../../support/vectors/proofs.json' with { type: 'json' };

const upTo = (n: number) => range(1, n + 1).map(BigInt);
const anElement = fc.bigInt({ min: 0n, max: 2n ** 253n });
const aTree = fc.array(anElement, { minLength: 1, maxLength: 12 }).map((leaves) => ProofTree.over(leaves));

describe('ProofTree', () => {
  it('gives the roots of 1 to 40 elements', () => {
    const { roots } = vectors.merkle.rootOfFieldElements_1_to_n;
    expect(roots.map((_, i) => String(ProofTree.over(upTo(i + 1)).root))).toEqual(roots);
  });

  it('gives the roots over the elements of bytes', () => {
    const { roots } = vectors.merkle.rootOfBytes_1_to_n;
    const root = (n: number) => ProofTree.over(elementsOf(Uint8Array.from(range(1, n + 1)))).root;
    expect(roots.map((_, n) => String(root(n)))).toEqual(roots);
  });

  it('gives the layers and paths of five leaves', () => {
    const { leaves, layers, paths } = vectors.merkle.fiveLeaves;
    const tree = ProofTree.over(leaves.map(BigInt));
    expect(tree.layers.map((layer) => layer.map(String))).toEqual(layers);
    for (const { index, path, root } of paths) {
      expect(tree.path(index).map(String)).toEqual(path);
      expect(String(rootFromPath(BigInt(index + 1), path.map(BigInt), { index, leafCount: 5 }))).toBe(root);
    }
  });

  it('refuses an empty tree and leaves that it does not have', () => {
    expect(() => ProofTree.over([])).toThrow(expect.objectContaining({ code: 'EMPTY_TREE' }));
    for (const index of [-1, 3, 0.5, Number.NaN]) {
      expect(() => ProofTree.over(upTo(3)).path(index)).toThrow(
        expect.objectContaining({ code: 'INDEX_OUT_OF_RANGE' }),
      );
    }
  });
});

describe('rootFromPath', () => {
  it('comes to the root from every leaf, and from no other', () => {
    fc.assert(
      fc.property(aTree, fc.nat(), anElement, (tree, chosen, other) => {
        const leaves = tree.layers[0] as readonly bigint[];
        const place = { index: chosen % leaves.length, leafCount: leaves.length };
        const path = tree.path(place.index);
        expect(rootFromPath(leaves[place.index] as bigint, path, place)).toBe(tree.root);
        if (other === leaves[place.index]) return;
        expect(rootFromPath(other, path, place)).not.toBe(tree.root);
      }),
      { numRuns: 20 },
    );
  });

  it('refuses paths of another length, places outside and siblings that nobody has', () => {
    const tree = ProofTree.over(upTo(5));
    const path = tree.path(4);
    const place = { index: 4, leafCount: 5 };
    expect(rootFromPath(5n, path, place)).toBe(tree.root);
    for (const [wrongPath, wrongPlace] of [
      [path.slice(1), place],
      [[...path, 0n], place],
      [[], place],
      [[], { index: 0, leafCount: 1 }],
      [[7n, ...path.slice(1)], place],
      [path, { index: 5, leafCount: 5 }],
      [path, { index: -1, leafCount: 5 }],
    ] as const) {
      expect(rootFromPath(5n, wrongPath, wrongPlace)).toBeUndefined();
    }
  });
});
