import { saleStateNames, type SaleStateName } from '../../../shared/rows.ts';
import type { AvailabilityId, RequestId, SlotId } from '../contracts/ids.ts';
import type { StorageAsk } from '../contracts/requests.ts';
import type { Progress } from '../slots/slothost.ts';
import type { Refusal, RefusalDetails } from './matching.ts';

export { saleStateNames, type SaleStateName };

/** Why a sale ended. `paid` and `partlyPaid` brought money; the rest did not. */
export const outcomeCodes = [
  'paid',
  'partlyPaid',
  'requestFailed',
  'slotLost',
  'requestExpired',
  'tooLate',
  'noMatchingAvailability',
  'balanceTooLow',
  'slotTaken',
  'reservationsFull',
  'downloadFailed',
  'notVerifiable',
  'proofFailed',
  'requestUnknown',
  'requestRefused',
  'error',
] as const;
export type OutcomeCode = (typeof outcomeCodes)[number];

export interface Outcome {
  readonly code: OutcomeCode;
  /** One plain sentence for a person. */
  readonly text: string;
}

/** Which rule kept a slot from being taken, as a fact: for those who count and compare. */
export interface SaleRefusal {
  /** `balance`: the wallet holds less than the collateral, less what other sales are about to put in. */
  readonly rule: Refusal['rule'] | 'balance';
  /** The offer that came closest. */
  readonly availabilityId?: AvailabilityId;
  readonly details?: RefusalDetails;
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
  /** The states entered, in order, over all runs of the node: the first and the newest, at most 128. */
  readonly path: readonly { readonly state: SaleStateName; readonly at: number }[];
  readonly ask?: StorageAsk;
  readonly requestEndsAt?: number;
  readonly expiresAt?: number;
  readonly filledAt?: number;
  readonly availabilityId?: AvailabilityId;
  /** Tokens put in when the slot was filled. */
  readonly collateral?: bigint;
  /** Tokens of it that are left after slashes; once the sale has ended, those that came back. */
  readonly currentCollateral?: bigint;
  /** Of the download that runs. */
  readonly progress?: Omit<Progress, 'receivedBytes'> & { readonly bytesPerSecond: number };
  /** Bytes fetched and written; those that had to be fetched twice count twice. */
  readonly downloadedBytes?: bigint;
  /** Of a slot that is ours: set while some of its data is missing on this disk and is fetched again. */
  readonly missingBytes?: bigint;
  readonly proofs: ProofCounts;
  /** wei spent on this sale's transactions. */
  readonly gasCost: bigint;
  /** Tokens received at the end above the collateral; 0 when nothing was paid. */
  readonly payout?: bigint;
  readonly outcome?: Outcome;
  readonly refusal?: SaleRefusal;
  readonly endedAt?: number;
}

export const proofFailureCauses = [
  'dataMissing',
  'proverFailed',
  'chainUnreachable',
  'refused',
  'noGas',
  'noTimeLeft',
  'tooLate',
] as const;
export type ProofFailureCause = (typeof proofFailureCauses)[number];

export interface ProofFailure {
  /** Chain time. */
  readonly at: number;
  readonly cause: ProofFailureCause;
  /** One plain sentence for a person. */
  readonly text: string;
}

export interface ProofCounts {
  readonly sent: number;
  /** Marked as missing by the chain. */
  readonly missed: number;
  /** Attempts that failed on our side; one that is repeated in time is not missed. */
  readonly failed: number;
  /** Sent, but only after an attempt in the same period had failed, or in the last eighth of the period. */
  readonly late: number;
  readonly lastFailure?: ProofFailure;
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
  /** Bytes of a slot that is ours were found missing or harmed, cannot be had at present, or are all there again. */
  | { readonly type: 'data'; readonly sale: SaleInfo; readonly result: 'missing' | 'unavailable' | 'whole' }
  | { readonly type: 'ended'; readonly sale: SaleInfo };
