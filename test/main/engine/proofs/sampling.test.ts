import { describe, expect, it } from 'vitest';
import { elementBytes, elementFrom, FIELD_ORDER } from '../../../../src/main/engine/proofs/field.ts';
import { entropyOf, sampledCells } from '../../../../src/main/engine/proofs/sampling.ts';
import vectors from '../../../support/vectors/proofs.json' with { type: 'json' };

const bytes = (hex: string) => Buffer.from(hex.slice(2), 'hex');

describe('sampledCells', () => {
  it('takes the cells that the network takes', () => {
    const { entropy, slotRoot, nCells, indices } = vectors.sampling.example;
    expect(sampledCells({ entropy: BigInt(entropy), slotRoot: BigInt(slotRoot), cellCount: nCells })).toEqual(
      indices,
    );
    for (const { entropy, slotRoot, nCellsPerSlot, sampledCellIndices, circuit } of vectors.cases) {
      const slot = { entropy: BigInt(entropy), slotRoot: BigInt(slotRoot), cellCount: Number(nCellsPerSlot) };
      expect(sampledCells(slot, circuit.nSamples)).toEqual(sampledCellIndices);
    }
  });

  it('refuses a count of cells that is no power of two', () => {
    for (const cellCount of [0, 1, 3, 48, 2.5, Number.NaN]) {
      expect(() => sampledCells({ entropy: 1n, slotRoot: 1n, cellCount })).toThrow(
        expect.objectContaining({ code: 'NOT_A_POWER_OF_TWO' }),
      );
    }
  });
});

describe('what comes from the chain', () => {
  it.each(vectors.onChain.challengeToFieldElement)('makes an element of the challenge $bytes32', (vector) => {
    expect(String(entropyOf(bytes(vector.bytes32)))).toBe(vector.element);
  });

  it.each(vectors.onChain.merkleRootToInteger)(
    'makes an element of the root $bytes32, if it is one',
    (vector) => {
      const root = elementFrom(bytes(vector.bytes32));
      expect(root === undefined ? undefined : String(root)).toBe(
        vector.isFieldElement ? vector.integer : undefined,
      );
    },
  );
});

describe('elementFrom', () => {
  it('takes what elementBytes wrote, and no number outside the field', () => {
    for (const element of [0n, 1n, FIELD_ORDER - 1n])
      expect(elementFrom(elementBytes(element))).toBe(element);
    for (const value of [FIELD_ORDER, 2n ** 256n - 1n])
      expect(elementFrom(elementBytes(value))).toBeUndefined();
    expect(elementFrom(new Uint8Array(31))).toBeUndefined();
  });
});
