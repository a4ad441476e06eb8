import type { Challenge } from '../contracts/ids.ts';
import type { Groth16Proof } from '../contracts/proofs.ts';
import type { HostedSlot } from './slothost.ts';

/** Makes storage proofs. What kind it is decides on which chains it may be used. */
export interface Prover {
  readonly name: string;
  /** Undefined when it can prove on a chain with this zkey; else why not, in words for a person. */
  refusal(zkeyHash: string): string | undefined;
  prove(
    slot: HostedSlot,
    challenge: Challenge,
    samples: SampleReader,
    options: { signal: AbortSignal },
  ): Promise<Groth16Proof>;
}

/** Reads a stored block of the slot, by its position in the slot. */
export type SampleReader = (blockInSlot: number) => Promise<Uint8Array>;
