import { ZERO_BLOCK_DIGEST } from './cells.ts';
import { elementBytes } from './field.ts';

/** Hashes for proofs, away from whoever asks. Digests are 32 bytes, the lowest first; see `Poseidon2Wasm`. */
export interface BlockDigester {
  /** So many calls at once keep it busy. Further ones wait in the order of asking, and their blocks with them. */
  readonly capacity: number;
  /**
   * The digest of 65,536 bytes, which must not change meanwhile.
   * @throws ProofError NOT_A_BLOCK, DIGESTER_FAILED, DIGESTER_STOPPED
   */
  digest(block: Uint8Array, options: { signal: AbortSignal }): Promise<Uint8Array>;
  /**
   * The nodes of a tree above its leaves, all one after the other, the root last.
   * @throws ProofError EMPTY_TREE, NOT_A_DIGEST, DIGESTER_FAILED, DIGESTER_STOPPED
   */
  nodesAbove(leaves: Uint8Array, options: { signal: AbortSignal }): Promise<Uint8Array>;
  /** What is not done yet rejects with DIGESTER_STOPPED. Afterwards nothing of it runs. Idempotent. */
  stop(): Promise<void>;
}

/** The digest of a block as it travels, where an empty one stands for zeros. */
export async function digestOfLeaf(
  data: Uint8Array,
  digester: BlockDigester,
  { signal }: { signal: AbortSignal },
): Promise<Uint8Array> {
  return data.length === 0 ? elementBytes(ZERO_BLOCK_DIGEST) : await digester.digest(data, { signal });
}
