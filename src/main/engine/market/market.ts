import type { Address, Challenge, RequestId, SlotId } from '../contracts/ids.ts';
import type { Groth16Proof } from '../contracts/proofs.ts';
import type {
  MarketConfig,
  RequestState,
  SlotState,
  StorageAsk,
  StorageRequest,
} from '../contracts/requests.ts';

export interface Cancellable {
  signal: AbortSignal;
}

export interface SendOptions extends Cancellable {
  /**
   * Unix seconds of chain time: the last moment at which it may be mined and be of use. What cannot be mined by then is
   * not sent, and what hangs until then is replaced by nothing.
   */
  deadline?: number;
}

export interface PastOptions extends Cancellable {
  /** Told now and then while the past is read; where it is not read in pages, not at all. */
  onProgress?: ((progress: PastProgress) => void) | undefined;
}

/** How much of the past was read. */
export interface PastProgress {
  /** Blocks. */
  readonly done: number;
  readonly total: number;
  /** Events. */
  readonly found: number;
}

/**
 * The marketplace as the engine sees it. Every call may reject with `MarketError`; reads are asked of the *pending*
 * block where the answer depends on time (engine.md 6.1). A transaction resolves once it is mined and succeeded:
 * its signal calls off the waiting before it is sent, never a transaction that is on its way.
 */
export interface Market {
  /** The account that fills slots and is paid. */
  readonly signer: Address;
  readonly config: MarketConfig;

  /** Undefined when the id is unknown. */
  getRequest(id: RequestId, options: Cancellable): Promise<StorageRequest | undefined>;
  requestState(id: RequestId, options: Cancellable): Promise<RequestState | undefined>;
  /** A slot nobody touched is free. */
  slotState(id: SlotId, options: Cancellable): Promise<SlotState>;
  /** Unix seconds: when it ends, ended or was cancelled. */
  requestEnd(id: RequestId, options: Cancellable): Promise<number>;
  /** Unix seconds. */
  requestExpiresAt(id: RequestId, options: Cancellable): Promise<number>;
  getHost(id: SlotId, options: Cancellable): Promise<Address | undefined>;
  /** Undefined when the slot was never filled. */
  getActiveSlot(id: SlotId, options: Cancellable): Promise<ActiveSlot | undefined>;
  /** The signer's slots, in no particular order. */
  mySlots(options: Cancellable): Promise<SlotId[]>;
  currentCollateral(id: SlotId, options: Cancellable): Promise<bigint>;
  missingProofs(id: SlotId, options: Cancellable): Promise<number>;
  balances(options: Cancellable): Promise<Balances>;

  canReserveSlot(requestId: RequestId, slotIndex: number, options: Cancellable): Promise<boolean>;
  /**
   * Whether the signer has reserved the slot, which the contract has no view for: a fill without a proof that is only
   * tried is refused for want of a reservation before anything else of the slot is looked at (marketplace.md §3).
   * Undefined when the answer does not tell.
   */
  holdsReservation(
    requestId: RequestId,
    slotIndex: number,
    options: Cancellable,
  ): Promise<boolean | undefined>;
  /** @throws MarketError SLOT_RESERVATION_NOT_ALLOWED */
  reserveSlot(requestId: RequestId, slotIndex: number, options: SendOptions): Promise<Sent>;
  /**
   * Approves exactly `collateral`, then fills.
   * @throws MarketError SLOT_NOT_FREE when another was quicker; PROOF_INVALID; INSUFFICIENT_TOKENS; TOO_LATE
   */
  fillSlot(
    requestId: RequestId,
    slotIndex: number,
    proof: Groth16Proof,
    collateral: bigint,
    options: SendOptions,
  ): Promise<Sent>;
  /** @throws MarketError SLOT_NOT_FREE-like states by name: SLOT_IS_FREE, ALREADY_PAID, NOT_THE_HOST */
  freeSlot(id: SlotId, options: Cancellable): Promise<Sent>;

  isProofRequired(id: SlotId, options: Cancellable): Promise<boolean>;
  willProofBeRequired(id: SlotId, options: Cancellable): Promise<boolean>;
  getChallenge(id: SlotId, options: Cancellable): Promise<Challenge>;
  /** 0 to 255. */
  getPointer(id: SlotId, options: Cancellable): Promise<number>;
  /** @throws MarketError PROOF_INVALID, PROOF_ALREADY_SUBMITTED, TOO_LATE */
  submitProof(id: SlotId, proof: Groth16Proof, options: SendOptions): Promise<Sent>;

  /**
   * What the signer sent for a slot, in this run and in earlier ones, oldest first. What was under way when the process
   * ended is followed to its end by the market itself, and told here.
   */
  transactionsOf(id: SlotId): Promise<readonly OwnTransaction[]>;

  /**
   * Every event of the marketplace from the moment of the call on, in chain order. Listeners are synchronous and do not
   * throw; one that does is reported and harms no other.
   */
  subscribe(listener: (event: MarketEvent) => void): () => void;
  /** Requests posted between two times (Unix seconds, both included), oldest first. */
  pastStorageRequests(
    range: { from: number; to?: number },
    options: PastOptions,
  ): AsyncIterable<StorageRequested>;
}

export interface ActiveSlot {
  readonly request: StorageRequest;
  readonly slotIndex: number;
}

export interface Balances {
  /** Smallest token unit. */
  readonly tokens: bigint;
  /** wei */
  readonly gas: bigint;
}

/** What an account holds at a block. */
export interface BalancesAt extends Balances {
  /** How many of its transactions were mined up to it. */
  readonly transactions: number;
}

/** A transaction that was mined and succeeded. */
export interface Sent {
  readonly transactionHash: string;
  readonly blockNumber: number;
  /** The time of that block, which counts in the contract. Unix seconds. */
  readonly minedAt: number;
  /** wei paid for it. */
  readonly gasCost: bigint;
  /** Tokens that the marketplace moved to the signer in it, by the receipt's Transfer events. */
  readonly tokensReceived: bigint;
}

/** A transaction of the signer's, from before it is sent until long after it was mined. */
export interface OwnTransaction {
  readonly purpose: TransactionPurpose;
  readonly slotId: SlotId;
  readonly transactionHash: string;
  /**
   * `stored` before it is certain that a server has it, `pending` until it is mined, `failed` when it was mined and
   * reverted, `gone` when another took its nonce or nobody can mine it any more.
   */
  readonly state: 'stored' | 'pending' | 'mined' | 'failed' | 'gone';
  /** Unix milliseconds of this computer. */
  readonly storedAtMs: number;
  /** Once it is mined. */
  readonly minedAt?: number;
  readonly blockNumber?: number;
  /** wei paid, by a failed one as well. */
  readonly gasCost?: bigint;
  /** As in `Sent`, of a mined one. */
  readonly tokensReceived?: bigint;
}

export type TransactionPurpose = 'reserve' | 'approve' | 'fill' | 'prove' | 'free';

/**
 * In chain order. Where a block was replaced by another, what only the replaced one held is taken back first, last one
 * first; what the other block holds as well is not told again.
 */
export type MarketEvent = ChainEvent | TakenBack;

export interface TakenBack extends OnChain {
  readonly name: 'TakenBack';
  readonly event: ChainEvent;
}

export type ChainEvent =
  | StorageRequested
  | (OnChain & {
      readonly name: 'RequestFulfilled' | 'RequestCancelled' | 'RequestFailed';
      readonly requestId: RequestId;
    })
  | (OnChain & {
      readonly name: 'SlotFilled' | 'SlotFreed' | 'SlotReservationsFull';
      readonly requestId: RequestId;
      readonly slotIndex: number;
    })
  | (OnChain & { readonly name: 'ProofSubmitted'; readonly slotId: SlotId });

export interface StorageRequested extends OnChain {
  readonly name: 'StorageRequested';
  readonly requestId: RequestId;
  readonly ask: StorageAsk;
  /** Unix seconds. */
  readonly expiresAt: number;
}

export interface OnChain {
  readonly blockNumber: number;
  readonly logIndex: number;
  readonly transactionHash: string;
}
