import { describe, expect, it } from 'vitest';
import { hex32, type Challenge } from '../../../../src/main/engine/contracts/ids.ts';
import { PracticeProver } from '../../../../src/main/engine/slots/practiceprover.ts';
import { aDataset, aSlot } from '../../../support/slotfixtures.ts';

const challenge = hex32<Challenge>(`0x${'07'.repeat(32)}`);
const FIELD = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;

describe('PracticeProver', () => {
  it('works on the practice network and refuses every other, in words for a person', () => {
    const prover = new PracticeProver();
    expect(prover.refusal('practice')).toBeUndefined();
    expect(prover.refusal('9be1e2c5')).toContain('practice network');
    expect(prover.refusal('')).toContain('practice network');
  });

  it('makes proofs within the field, without a zero, from blocks of the slot', async () => {
    const asked: number[] = [];
    const slot = aSlot(aDataset());
    const read = async (block: number) => (asked.push(block), Buffer.alloc(65_536, block));
    const { a, b, c } = await new PracticeProver().prove(slot, challenge, read, {
      signal: new AbortController().signal,
    });
    for (const value of [a.x, a.y, b.x.real, b.x.imag, b.y.real, b.y.imag, c.x, c.y]) {
      expect(value > 0n && value < FIELD).toBe(true);
    }
    expect(asked).toHaveLength(5);
    expect(asked.every((block) => block >= 0 && block < 8)).toBe(true);
  });

  it('makes another proof when a block it looked at is another', async () => {
    const slot = aSlot(aDataset());
    const options = { signal: new AbortController().signal };
    const proofs = await Promise.all(
      [1, 2].map((byte) =>
        new PracticeProver().prove(slot, challenge, async () => Buffer.alloc(65_536, byte), options),
      ),
    );
    expect(proofs[0]).not.toEqual(proofs[1]);
  });

  it('can be called off', async () => {
    const read = async () => Buffer.alloc(65_536);
    const proving = new PracticeProver().prove(aSlot(aDataset()), challenge, read, {
      signal: AbortSignal.abort(),
    });
    await expect(proving).rejects.toMatchObject({ name: 'AbortError' });
  });
});
