import { describe, expect, it } from 'vitest';
import { cidText, codecs, fieldElementOf } from '../../../../src/main/engine/network/cids.ts';
import { decodeManifest } from '../../../../src/main/engine/network/manifest.ts';
import { blockTree, digestOfBytes, ZERO_BLOCK_DIGEST } from '../../../../src/main/engine/proofs/cells.ts';
import { ELEMENT_BYTES, elementBytes, elementFrom } from '../../../../src/main/engine/proofs/field.ts';
import { InlineDigester } from '../../../../src/main/engine/proofs/inlinedigester.ts';
import { Poseidon2Wasm } from '../../../../src/main/engine/proofs/poseidon2wasm.ts';
import { ProofTree } from '../../../../src/main/engine/proofs/prooftree.ts';
import { SlotTree } from '../../../../src/main/engine/proofs/slottree.ts';
import { caseBlocks, proofCases } from '../../../support/proofcases.ts';
import { range, vectorBlock } from '../../../support/slotfixtures.ts';
import dataPlane from '../../../support/vectors/data-plane.json' with { type: 'json' };

const digester = new InlineDigester();
const hash = new Poseidon2Wasm();
const { signal } = new AbortController();
const ofProduction = proofCases.filter(({ circuit }) => circuit.cellSize === 2048);
const withSlotRoots = proofCases.flatMap(({ slotRoots, ...vector }) =>
  slotRoots ? [{ ...vector, slotRoots }] : [],
);
const ofTests = proofCases.filter(({ circuit }) => circuit.cellSize !== 2048);

const treeOf = (digests: readonly Uint8Array[]): Promise<SlotTree> =>
  SlotTree.over(Buffer.concat(digests), digester, { signal });

describe('a slot of the vectors', () => {
  it.each(ofProduction)('has its root, cells and paths: $name', async (vector) => {
    const blocks = caseBlocks(vector, vector.slotIndex);
    const digests = blocks.map((block) => hash.blockDigest(block));
    const tree = await treeOf(digests);
    expect(String(elementFrom(tree.root))).toBe(vector.slotRoot);
    expect(tree.leafCount).toBe(vector.data.blocksPerSlotPadded);
    for (const [sample, cell] of vector.sampledCellIndices.entries()) {
      const block = blocks[cell >> 5] ?? new Uint8Array(65_536);
      const cells = hash.cellDigests(block);
      const blockLevel = new SlotTree(cells, hash.nodesAbove(cells));
      const digest = cells.subarray((cell % 32) * ELEMENT_BYTES, ((cell % 32) + 1) * ELEMENT_BYTES);
      expect(String(elementFrom(digest))).toBe(vector.sampledCellHashes[sample]);
      const path = [...blockLevel.path(cell % 32), ...tree.path(cell >> 5)].map(String);
      expect(filledUp(path)).toEqual(filledUp(vector.merklePaths[sample]));
    }
  });

  it.each(ofTests)('has its root, of smaller cells: $name', (vector) => {
    const { cellSize, blockSize } = vector.circuit;
    const digests = caseBlocks(vector, vector.slotIndex).map((block) => blockTree(block, cellSize).root);
    expect(digests.map(String)).toEqual(vector.blockRootsOfSlot.slice(0, digests.length));
    const padding = blockTree(new Uint8Array(blockSize), cellSize).root;
    const padded = range(0, vector.data.blocksPerSlotPadded).map((i) => digests[i] ?? padding);
    expect(String(ProofTree.over(padded).root)).toBe(vector.slotRoot);
    const [cell] = vector.sampledCellIndices as [number];
    const at = cell * cellSize;
    const data = Buffer.concat(caseBlocks(vector, vector.slotIndex));
    const bytes = at < data.length ? data.subarray(at, at + cellSize) : new Uint8Array(cellSize);
    expect(String(digestOfBytes(bytes))).toBe(vector.sampledCellHashes[0]);
  });

  it.each(withSlotRoots)(
    'stands in its dataset: $name',
    ({ slotRoots, slotIndex, dataSetRoot, slotProof }) => {
      const tree = ProofTree.over(slotRoots.map(BigInt));
      expect(String(tree.root)).toBe(dataSetRoot);
      const path = tree.path(slotIndex).map(String);
      expect(filledUp(path)).toEqual(filledUp(slotProof));
    },
  );

  it('has the roots that a node of the network writes into its manifest', async () => {
    const [vector] = dataPlane.cases;
    const { protection } = decodeManifest(
      Buffer.from((vector as { manifestHex: string }).manifestHex, 'hex'),
    );
    const { slotRoots = [], verifyRoot } = protection?.verification ?? {};
    const roots: bigint[] = [];
    for (const [slot, cid] of slotRoots.entries()) {
      const digests = range(5 * slot, 5 * slot + 5).map((i) =>
        // Block 9 is the padding of the last data row, which has no bytes.
        i === 9 ? elementBytes(ZERO_BLOCK_DIGEST) : hash.blockDigest(vectorBlock(i)),
      );
      const { root } = await treeOf(digests);
      expect(Buffer.from(root)).toEqual(Buffer.from(fieldElementOf(cid, codecs.slotRoot)));
      roots.push(elementFrom(root) as bigint);
    }
    expect(verifyRoot && cidText(verifyRoot)).toBe(vector?.verifyRoot);
    expect(Buffer.from(elementBytes(ProofTree.over(roots).root)).toString('hex')).toBe(
      vector?.verifyRootLEHex,
    );
  });
});

describe('SlotTree', () => {
  it('rounds a slot up to a power of two with blocks of zeros', async () => {
    const { root } = await treeOf(range(1, 6).map((i) => elementBytes(BigInt(i))));
    const padded = [1n, 2n, 3n, 4n, 5n, ZERO_BLOCK_DIGEST, ZERO_BLOCK_DIGEST, ZERO_BLOCK_DIGEST];
    expect(elementFrom(root)).toBe(ProofTree.over(padded).root);
  });

  it('refuses what is no digest, and a slot without any', async () => {
    await expect(treeOf([new Uint8Array(31)])).rejects.toMatchObject({ code: 'NOT_A_DIGEST' });
    await expect(treeOf([])).rejects.toMatchObject({ code: 'EMPTY_TREE' });
  });

  it('has the paths that plain numbers have, for any number of leaves', () => {
    for (const count of [1, 2, 3, 7, 8]) {
      const plain = ProofTree.over(range(0, count).map(BigInt));
      const leaves = Buffer.concat(range(0, count).map((i) => elementBytes(BigInt(i))));
      const tree = new SlotTree(leaves, hash.nodesAbove(leaves));
      expect(elementFrom(tree.root)).toBe(plain.root);
      for (const index of range(0, count)) expect(tree.path(index)).toEqual(plain.path(index));
      for (const index of [-1, count, 0.5]) {
        expect(() => tree.path(index)).toThrow(expect.objectContaining({ code: 'INDEX_OUT_OF_RANGE' }));
      }
    }
  });
});

/** As the circuit takes paths. */
const filledUp = (path: readonly string[] = []) => range(0, 32).map((i) => path[i] ?? '0');
