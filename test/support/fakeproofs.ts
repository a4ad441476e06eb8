import { keccak256, toBeHex } from 'ethers';
import type { Challenge, SlotId } from '../../src/main/engine/contracts/ids.ts';
import type { Groth16Proof } from '../../src/main/engine/contracts/proofs.ts';
import type { MarketConfig, StorageAsk } from '../../src/main/engine/contracts/requests.ts';
import { revertError } from '../../src/main/engine/market/errors.ts';

/**
 * When a slot owes a proof, and which it gave (marketplace.md §8). By default as the contract computes it from block
 * and period; a test may set pointer, challenge and need by hand.
 */
export class FakeProofs {
  /** Set by hand: the pointer of every slot. */
  pointer: number | undefined;
  /** Set by hand: the challenge of every slot. */
  challenge: Challenge | undefined;
  /** Set by hand, by slot: what a running slot owes, whatever the probability and the pointer say. */
  readonly needBySlot = new Map<SlotId, 'now' | 'later' | 'no'>();
  /** Set by hand: what every running slot owes in a period, in place of probability and pointer. */
  rule: ((id: SlotId, period: number) => 'now' | 'later' | 'no') | undefined;
  readonly #config: MarketConfig;
  readonly #received = new Set<string>();
  readonly #missed = new Set<string>();

  constructor(config: MarketConfig) {
    this.#config = config;
  }

  pointerAt(id: SlotId, period: number, block: number): number {
    if (this.pointer !== undefined) return this.pointer;
    const turn = (BigInt(period) * BigInt(this.#config.downtimeProduct)) % 256n;
    return Number((BigInt(block % 256) + turn + (BigInt(id) % 256n)) % 256n);
  }

  challengeAt(id: SlotId, period: number, block: number): Challenge {
    return (
      this.challenge ?? (keccak256(blockHash(block - 1 - this.pointerAt(id, period, block))) as Challenge)
    );
  }

  need(id: SlotId, { proofProbability }: StorageAsk, period: number, block: number): 'now' | 'later' | 'no' {
    const byHand = this.needBySlot.get(id);
    if (byHand) return byHand;
    if (this.rule) return this.rule(id, period);
    const odds = (proofProbability * BigInt(256 - this.#config.downtimeBlocks)) / 256n;
    if (odds !== 0n && BigInt(this.challengeAt(id, period, block)) % odds !== 0n) return 'no';
    return this.pointerAt(id, period, block) < this.#config.downtimeBlocks ? 'later' : 'now';
  }

  /** The verifier takes any proof but the all-zero one, and each slot one a period. */
  check(id: SlotId, { a, b, c }: Groth16Proof, period: number): void {
    if (this.#received.has(key(id, period))) throw revertError('Proofs_ProofAlreadySubmitted');
    const parts = [a.x, a.y, b.x.real, b.x.imag, b.y.real, b.y.imag, c.x, c.y];
    if (parts.every((part) => part === 0n)) throw revertError('Proofs_InvalidProof');
  }

  receive(id: SlotId, period: number): void {
    this.#received.add(key(id, period));
  }

  /** Answers with what takes back all that was received and marked since. */
  snapshot(): () => void {
    const received = new Set(this.#received);
    const missed = new Set(this.#missed);
    return () => {
      keepOnly(this.#received, received);
      keepOnly(this.#missed, missed);
    };
  }

  mark(id: SlotId, period: number, wasRequired: boolean): void {
    if (this.#received.has(key(id, period))) throw revertError('Proofs_ProofNotMissing');
    if (!wasRequired) throw revertError('Proofs_ProofNotRequired');
    if (this.#missed.has(key(id, period))) throw revertError('Proofs_ProofAlreadyMarkedMissing');
    this.#missed.add(key(id, period));
  }
}

function keepOnly(set: Set<string>, kept: ReadonlySet<string>): void {
  for (const each of set) if (!kept.has(each)) set.delete(each);
}

const key = (id: SlotId, period: number) => `${id}/${period}`;
const blockHash = (block: number) => keccak256(toBeHex(Math.max(0, block), 32));
