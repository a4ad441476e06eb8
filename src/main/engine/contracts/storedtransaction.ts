import type { RequestId, SlotId } from './ids.ts';

/** What a transaction is for. A `filler` does nothing but use up a nonce that later ones wait for. */
export const storedPurposes = ['reserve', 'approve', 'fill', 'prove', 'free', 'filler'] as const;
export type StoredPurpose = (typeof storedPurposes)[number];

/**
 * One nonce of the account, from before anything is sent with it until long after it was used. Only one of its versions
 * can be mined; each was made to replace the one before it.
 */
export interface StoredTransaction {
  /** The hash of its first version. */
  readonly id: string;
  readonly nonce: number;
  readonly purpose: StoredPurpose;
  /** What it is about; none for a filler. */
  readonly slotId?: SlotId | undefined;
  readonly requestId?: RequestId | undefined;
  readonly slotIndex?: number | undefined;
  /** Of a proof: the period it is for. */
  readonly period?: number | undefined;
  /** Unix seconds of chain time: the last moment at which it is of use. */
  readonly deadline?: number | undefined;
  readonly storedAtMs: number;
  /** As `OwnTransaction.state`. */
  readonly state: 'stored' | 'pending' | 'mined' | 'failed' | 'gone';
  /** Why it is gone: its time was over, nothing called for it any more, or another transaction has its nonce. */
  readonly goneBecause?: 'late' | 'useless' | 'nonceTaken' | undefined;
  /** Oldest first, at least one. */
  readonly versions: readonly TransactionVersion[];
  /** How one of the versions was mined. */
  readonly inclusion?: Inclusion | undefined;
  /** So deep in the chain, or so certainly gone, that it is not looked at any more. */
  readonly isSettled: boolean;
}

export interface TransactionVersion {
  readonly hash: string;
  /** `empty`: a transfer of nothing to oneself, which takes the nonce and so takes the call back. */
  readonly kind: 'call' | 'empty';
  readonly to: string;
  /** Without a settled one's, which nobody sends again. */
  readonly data?: string | undefined;
  /** Signed, ready to be sent. */
  readonly raw?: string | undefined;
  readonly gasLimit: bigint;
  /** wei */
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

export interface Inclusion {
  readonly hash: string;
  readonly blockNumber: number;
  readonly blockHash: string;
  /** The time of the block, Unix seconds. */
  readonly minedAt: number;
  readonly gasUsed: bigint;
  /** wei */
  readonly gasCost: bigint;
  /** Moved by the marketplace to the account in it. */
  readonly tokensReceived: bigint;
  /** Why it reverted, if it did. */
  readonly failure?: InclusionFailure | undefined;
}

export interface InclusionFailure {
  /** A code of `MarketError`. */
  readonly code: string;
  /** The name of the contract's error, where it told one. */
  readonly revert?: string | undefined;
}
