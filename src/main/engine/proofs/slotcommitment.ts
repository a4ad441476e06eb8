import type { BlockDigester } from './blockdigester.ts';
import { ZERO_BLOCK_DIGEST } from './cells.ts';
import { ProofError } from './errors.ts';
import { ELEMENT_BYTES, elementBytes } from './field.ts';
import { SlotTree } from './slottree.ts';

/**
 * The digests of a slot's blocks, put in as they come. When all are there they make the slot's tree, for which they are
 * rounded up to a power of two with those of blocks of zeros. Source: proofs.md §1.6.
 */
export class SlotCommitment {
  readonly #digests: Uint8Array;
  readonly #missing: Set<number>;

  /** @param steps blocks of the slot that are stored */
  constructor(steps: number) {
    this.#digests = new Uint8Array(steps * ELEMENT_BYTES);
    this.#missing = new Set(Array.from({ length: steps }, (_, position) => position));
  }

  /** With all digests, one after the other. @throws ProofError NOT_A_DIGEST */
  static of(digests: Uint8Array): SlotCommitment {
    const steps = digests.length / ELEMENT_BYTES;
    if (!Number.isInteger(steps)) throw new ProofError('NOT_A_DIGEST', { length: digests.length });
    const commitment = new SlotCommitment(steps);
    commitment.#digests.set(digests);
    commitment.#missing.clear();
    return commitment;
  }

  get isComplete(): boolean {
    return this.#missing.size === 0;
  }

  /** @throws ProofError INDEX_OUT_OF_RANGE, NOT_A_DIGEST */
  put(position: number, digest: Uint8Array): void {
    const steps = this.#digests.length / ELEMENT_BYTES;
    if (!Number.isInteger(position) || position < 0 || position >= steps)
      throw new ProofError('INDEX_OUT_OF_RANGE', { position, steps });
    if (digest.length !== ELEMENT_BYTES) throw new ProofError('NOT_A_DIGEST', { length: digest.length });
    this.#digests.set(digest, position * ELEMENT_BYTES);
    this.#missing.delete(position);
  }

  /** @throws ProofError DIGESTS_MISSING; what the digester throws */
  async tree(digester: BlockDigester, { signal }: { signal: AbortSignal }): Promise<SlotTree> {
    if (!this.isComplete) throw new ProofError('DIGESTS_MISSING', { count: this.#missing.size });
    const leaves = roundedUp(this.#digests);
    return new SlotTree(leaves, await digester.nodesAbove(leaves, { signal }));
  }
}

function roundedUp(digests: Uint8Array): Uint8Array {
  const count = digests.length / ELEMENT_BYTES;
  const rounded = Buffer.alloc(2 ** Math.ceil(Math.log2(count)) * ELEMENT_BYTES, ZERO_DIGEST);
  rounded.set(digests);
  return rounded;
}

const ZERO_DIGEST = elementBytes(ZERO_BLOCK_DIGEST);
