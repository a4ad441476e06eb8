import { saleStateNames, type SaleStateName } from '../../../shared/rows.ts';
import type { AvailabilityId, RequestId, SlotId } from '../contracts/ids.ts';
import type { StorageAsk } from '../contracts/requests.ts';
import type { Progress } from '../slots/slothost.ts';

export { saleStateNames, type SaleStateName };

/** Why a sale ended. `paid` and `partlyPaid` brought money; the rest did not. */
export type OutcomeCode =
  | 'paid'
  | 'partlyPaid'
  | 'requestFailed'
  | 'slotLost'
  | 'requestExpired'
  | 'noMatchingAvailability'
  | 'slotTaken'
  | 'reservationsFull'
  | 'downloadFailed'
  | 'proofFailed'
  | 'requestUnknown'
  | 'requestRefused'
  | 'error';

export interface Outcome {
  readonly code: OutcomeCode;
  /** One plain sentence for a person. */
  readonly text: string;
}

/** All that is known of one sale, running or ended: what the screen, the history and the logs are made from. */
export interface SaleInfo {
  readonly slotId: SlotId;
  readonly requestId: RequestId;
  readonly slotIndex: number;
  readonly state: SaleStateName;
  /** Chain time, Unix seconds, as are all times here. */
  readonly stateSince: number;
  readonly startedAt: number;
  /** The states entered, in order. */
  readonly path: readonly { readonly state: SaleStateName; readonly at: number }[];
  readonly ask?: StorageAsk;
  readonly requestEndsAt?: number;
  readonly expiresAt?: number;
  readonly filledAt?: number;
  readonly availabilityId?: AvailabilityId;
  /** Tokens put in when the slot was filled. */
  readonly collateral?: bigint;
  /** Tokens of it that are left after slashes. */
  readonly currentCollateral?: bigint;
  readonly progress?: Progress & { readonly bytesPerSecond: number };
  readonly proofs: ProofCounts;
  /** wei spent on this sale's transactions. */
  readonly gasCost: bigint;
  /** Tokens received at the end above the collateral; 0 when nothing was paid. */
  readonly payout?: bigint;
  readonly outcome?: Outcome;
  readonly endedAt?: number;
}

export interface ProofCounts {
  readonly sent: number;
  /** Marked as missing by the chain. */
  readonly missed: number;
  /** Attempts that failed on our side; one that is repeated in time is not missed. */
  readonly failed: number;
  /** Chain times of the newest proofs sent, oldest first, at most 256. */
  readonly sentAt: readonly number[];
  readonly missedAt: readonly number[];
  /** Set while a proof is known to be due: by when, chain time. */
  readonly dueBy?: number;
}

export type SalesEvent =
  | { readonly type: 'entered'; readonly sale: SaleInfo; readonly from: SaleStateName | undefined }
  | { readonly type: 'progress'; readonly sale: SaleInfo }
  | { readonly type: 'proof'; readonly sale: SaleInfo; readonly result: 'due' | 'sent' | 'failed' | 'missed' }
  | { readonly type: 'ended'; readonly sale: SaleInfo };
