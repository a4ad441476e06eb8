import type { Challenge } from '../contracts/ids.ts';
import type { Groth16Proof } from '../contracts/proofs.ts';
import { BLOCK_SIZE } from '../network/blocknetwork.ts';
import { sha256 } from '../network/cids.ts';
import { throwIfAborted } from '../lib/abort.ts';
import type { Prover, SampleReader } from './prover.ts';
import type { HostedSlot } from './slothost.ts';

/**
 * Makes what the practice network takes for a proof: the shape of one, worked out from the challenge and from blocks that
 * it really reads. It proves nothing to anybody else, and refuses to work where proofs are checked.
 */
export class PracticeProver implements Prover {
  readonly name = 'practice';

  refusal(zkeyHash: string): string | undefined {
    if (zkeyHash.startsWith(PRACTICE_ZKEY)) return undefined;
    return 'This network checks storage proofs, and this version of Slotkeeper can only make those of the practice network. Choose the practice network in the settings.';
  }

  async prove(
    { request, slotIndex }: HostedSlot,
    challenge: Challenge,
    readSample: SampleReader,
    { signal }: { signal: AbortSignal },
  ): Promise<Groth16Proof> {
    const blocks = Number(request.ask.slotSize / BigInt(BLOCK_SIZE));
    const seed = Buffer.from(`${challenge}/${slotIndex}`);
    throwIfAborted(signal);
    const samples = Array.from({ length: SAMPLES }, (_, sample) => sampledBlock(seed, sample, blocks));
    const digests = await Promise.all(samples.map(async (position) => sha256(await readSample(position))));
    throwIfAborted(signal);
    const element = elementsOf(Buffer.concat([seed, ...digests]));
    return {
      a: { x: element(0), y: element(1) },
      b: { x: { real: element(2), imag: element(3) }, y: { real: element(4), imag: element(5) } },
      c: { x: element(6), y: element(7) },
    };
  }
}

const PRACTICE_ZKEY = 'practice';
/** As many as the true circuit looks at (proofs.md §1.1). */
const SAMPLES = 5;

/** Which block a challenge asks for; all of them are asked for alike often. */
function sampledBlock(seed: Uint8Array, sample: number, blocks: number): number {
  const hashed = Buffer.from(sha256(Buffer.concat([seed, Buffer.of(sample)])));
  return Number(hashed.readBigUInt64LE() % BigInt(blocks));
}

/** Numbers below 2^248, thus within the field, none of them 0. */
function elementsOf(statement: Uint8Array): (position: number) => bigint {
  return (position) => {
    const hashed = Buffer.from(sha256(Buffer.concat([statement, Buffer.of(position)])));
    return BigInt(`0x${hashed.toString('hex', 0, 31)}`) | 1n;
  };
}
