import type { BlockDigester } from './blockdigester.ts';
import { ZERO_BLOCK_DIGEST } from './cells.ts';
import { ProofError } from './errors.ts';
import { ELEMENT_BYTES, elementBytes, integerFrom } from './field.ts';

/**
 * A tree by the rules of `ProofTree`, kept as bytes since a slot may have a million blocks: its leaves, and the nodes
 * above them layer by layer, the root last.
 */
export class SlotTree {
  readonly #layers: readonly Uint8Array[];

  /**
   * The tree of a slot over the digests of its blocks, one after the other, rounded up to a power of two with those of
   * blocks of zeros. Source: proofs.md §1.6. @throws ProofError NOT_A_DIGEST, EMPTY_TREE; what the digester throws
   */
  static async over(
    digests: Uint8Array,
    digester: BlockDigester,
    { signal }: { signal: AbortSignal },
  ): Promise<SlotTree> {
    const leaves = roundedUp(digests);
    return new SlotTree(leaves, await digester.nodesAbove(leaves, { signal }));
  }

  constructor(leaves: Uint8Array, nodesAbove: Uint8Array) {
    const layers = [leaves];
    for (let at = 0; at < nodesAbove.length;) {
      const below = layers.at(-1) as Uint8Array;
      const end = at + Math.ceil(below.length / ELEMENT_BYTES / 2) * ELEMENT_BYTES;
      layers.push(nodesAbove.subarray(at, end));
      at = end;
    }
    this.#layers = layers;
  }

  get leafCount(): number {
    return (this.#layers[0] as Uint8Array).length / ELEMENT_BYTES;
  }

  /** 32 bytes, the lowest first. */
  get root(): Uint8Array {
    return this.#layers.at(-1) as Uint8Array;
  }

  /** As `ProofTree.path`. @throws ProofError INDEX_OUT_OF_RANGE */
  path(index: number): bigint[] {
    const { leafCount } = this;
    if (!Number.isInteger(index) || index < 0 || index >= leafCount)
      throw new ProofError('INDEX_OUT_OF_RANGE', { index, leafCount });
    return this.#layers.slice(0, -1).map((layer, level) => {
      const at = (Math.floor(index / 2 ** level) ^ 1) * ELEMENT_BYTES;
      return integerFrom(layer.subarray(at, at + ELEMENT_BYTES));
    });
  }
}

function roundedUp(digests: Uint8Array): Uint8Array {
  const count = digests.length / ELEMENT_BYTES;
  if (!Number.isInteger(count)) throw new ProofError('NOT_A_DIGEST', { length: digests.length });
  if (count === 0) throw new ProofError('EMPTY_TREE', {});
  const rounded = Buffer.alloc(2 ** Math.ceil(Math.log2(count)) * ELEMENT_BYTES, ZERO_DIGEST);
  rounded.set(digests);
  return rounded;
}

const ZERO_DIGEST = elementBytes(ZERO_BLOCK_DIGEST);
