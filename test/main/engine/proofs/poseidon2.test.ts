import { describe, expect, it } from 'vitest';
import { roundConstants, type Triple } from '../../../../src/main/engine/proofs/grain.ts';
import { compress, permute, sponge, spongeStart } from '../../../../src/main/engine/proofs/poseidon2.ts';
import { range } from '../../../support/slotfixtures.ts';
import vectors from '../../../support/vectors/proofs.json' with { type: 'json' };

const hex = (value: bigint) => `0x${value.toString(16).padStart(64, '0')}`;
const upTo = (n: number) => range(1, n + 1).map(BigInt);

describe('roundConstants', () => {
  it('draws those of the network', () => {
    const { firstFull, partial, lastFull } = roundConstants();
    expect([...firstFull, ...lastFull].map((round) => round.map(hex))).toEqual(
      vectors.poseidon2.externalRoundConstants,
    );
    expect(partial.map(hex)).toEqual(vectors.poseidon2.internalRoundConstants);
  });
});

describe('permute', () => {
  it.each(vectors.poseidon2.permutations)('permutes $in', (vector) => {
    expect(permute(vector.in.map(BigInt) as unknown as Triple).map(String)).toEqual(vector.out);
  });
});

describe('compress', () => {
  it.each(vectors.poseidon2.keyedCompress_1_2)('knows key $key', ({ key, out }) => {
    expect(String(compress(1n, 2n, key))).toBe(out);
  });
});

describe('sponge', () => {
  it.each([1, 2] as const)('hashes elements at rate %i', (rate) => {
    const hashes = vectors.sponge[`rate${rate}`];
    expect(hashes.map((_, n) => String(sponge(upTo(n), rate)))).toEqual(hashes);
    expect(String(spongeStart(rate))).toBe(vectors.sponge.capacityIV[`rate${rate}`]);
  });
});
