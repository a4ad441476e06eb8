import type { Clock } from '../clock/clock.ts';
import type { RequestId, SlotId } from '../contracts/ids.ts';
import type { Groth16Proof } from '../contracts/proofs.ts';
import type { RetryOptions } from '../lib/retry.ts';
import type { Logger } from '../logger.ts';
import type { Market } from '../market/market.ts';
import type { HostedSlot, SlotHost } from '../slots/slothost.ts';
import type { Reservation } from './availability.ts';
import type { ChainReservations } from './chainreservations.ts';
import type { DownloadSpeed } from './downloadspeed.ts';
import type { Fate } from './ledger.ts';
import type { ProofQueue } from './proofqueue.ts';
import type { Reservations } from './reservations.ts';
import type { Outcome, SaleInfo } from './saleinfo.ts';
import type { SaleRecord } from './salerecord.ts';
import type { Settlement } from './settlement.ts';
import type { Wallet } from './wallet.ts';

/** Where a sale is, with what this state needs to know. */
export type SaleState =
  /**
   * `isAgain`: answers of the chain contradicted each other, or something nobody expected went wrong with money in the
   * slot. It is looked at again after a pause, so that what goes on like that keeps nobody busy.
   * `isRequestGone`: the block with the request was replaced by another; the request may come again with the next ones.
   */
  | { readonly name: 'unknown'; readonly isAgain?: true; readonly isRequestGone?: true }
  | { readonly name: 'preparing' }
  | { readonly name: 'slotReserving'; readonly slot: HostedSlot; readonly reservation: Reservation }
  | { readonly name: 'downloading'; readonly slot: HostedSlot; readonly reservation: Reservation }
  | { readonly name: 'initialProving'; readonly slot: HostedSlot; readonly reservation: Reservation }
  | {
      readonly name: 'filling';
      readonly slot: HostedSlot;
      readonly reservation: Reservation;
      readonly proof: Groth16Proof;
      /** The one whose challenge the proof answers; the contract takes it in no other. */
      readonly period: number;
    }
  /** The chain says it is filled: by our transaction, or by somebody as we heard. */
  | { readonly name: 'filled'; readonly by: 'us' | 'somebody'; readonly isResumed?: true }
  /** `isUnverified`: it was filled in an earlier run, and whether its data is all there is not known. */
  | { readonly name: 'proving'; readonly slot: HostedSlot; readonly isUnverified?: true }
  | { readonly name: 'payout' }
  /** `isOfFailed`: the request had failed, and its end came. */
  | { readonly name: 'finished'; readonly settlement: Settlement; readonly isOfFailed?: true }
  | { readonly name: 'cancelled' }
  | { readonly name: 'failed' }
  | { readonly name: 'errored'; readonly outcome: Outcome; readonly fate: Fate }
  /** With `waitsForOffer` the slot is looked at again when an offer is loosened. */
  | { readonly name: 'ignored'; readonly outcome: Outcome; readonly waitsForOffer: boolean };

/**
 * What the chain tells a sale while it is in some state (engine.md 5.4). `takenBack`: a block was replaced by another, and
 * something that was told of the slot or its request is not so; `requestTakenBack`: there is no such request.
 */
export const saleEvents = [
  'requestExpired',
  'requestFailed',
  'slotFilled',
  'takenBack',
  'requestTakenBack',
] as const;
export type SaleEvent = (typeof saleEvents)[number];

export interface SlotRef {
  readonly slotId: SlotId;
  readonly requestId: RequestId;
  readonly slotIndex: number;
}

/** How long to wait between attempts. */
export type RetryTimes = Pick<RetryOptions, 'minDelayMs' | 'maxDelayMs' | 'sleep'>;

/** What the steps of one sale work with. */
export interface SaleContext {
  readonly ref: SlotRef;
  readonly market: Market;
  readonly clock: Clock;
  readonly reservations: Reservations;
  readonly host: SlotHost;
  readonly logger: Logger;
  readonly record: SaleRecord;
  /** Of all sales. */
  readonly proofQueue: ProofQueue;
  /** Of all sales. */
  readonly chainReservations: ChainReservations;
  /** Of all sales. */
  readonly wallet: Wallet;
  /** Is told what each download took. */
  readonly downloadSpeed?: DownloadSpeed;
  readonly retryTimes: RetryTimes;
  /** Makes the account of this sale durable. */
  readonly save: (info: SaleInfo) => Promise<void>;
  /** The slot is filled; whoever waits to fill the next may begin. */
  readonly freeWorker: () => void;
}

export type SaleStep<Name extends SaleState['name']> = (
  state: Extract<SaleState, { name: Name }>,
  context: SaleContext,
  signal: AbortSignal,
) => Promise<SaleState | undefined>;
