import { familyRules, type MarketFamily } from './family.ts';
import type { Address, MerkleRoot, Nonce } from './ids.ts';

/** A storage request as the chain keeps it, immutable. Amounts in the smallest token unit, sizes in bytes, times in seconds. */
export interface StorageRequest {
  readonly client: Address;
  readonly ask: StorageAsk;
  readonly content: StorageContent;
  /** Seconds after the request's block time at which a request that has not started is void. */
  readonly expiry: bigint;
  readonly nonce: Nonce;
}

export interface StorageAsk {
  /** On average one proof in that many periods. */
  readonly proofProbability: bigint;
  readonly pricePerBytePerSecond: bigint;
  readonly collateralPerByte: bigint;
  readonly slots: bigint;
  /** Bytes per slot as sold: a power of two of 64 KiB blocks. */
  readonly slotSize: bigint;
  readonly duration: bigint;
  /** Slots that may be vacant at once before the request fails. */
  readonly maxSlotLoss: bigint;
}

export interface StorageContent {
  /** The binary CID of the manifest. */
  readonly cid: Uint8Array;
  readonly merkleRoot: MerkleRoot;
}

export const requestStates = ['new', 'started', 'cancelled', 'finished', 'failed'] as const;
export type RequestState = (typeof requestStates)[number];

/** What the engine knows; how a contract numbers them depends on its family (`familyRules`). */
export const slotStates = ['free', 'filled', 'finished', 'failed', 'paid', 'cancelled', 'repair'] as const;
export type SlotState = (typeof slotStates)[number];

/** The contract's configuration, read once. */
export interface MarketConfig {
  readonly family: MarketFamily;
  readonly repairRewardPercentage: number;
  readonly maxNumberOfSlashes: number;
  readonly slashPercentage: number;
  readonly validatorRewardPercentage: number;
  readonly periodSeconds: number;
  /** Seconds after a period's end in which a miss can be marked. */
  readonly timeoutSeconds: number;
  /** In blocks, of 256. */
  readonly downtimeBlocks: number;
  readonly downtimeProduct: number;
  readonly zkeyHash: string;
  readonly maxReservations: number;
  readonly requestDurationLimitSeconds: number;
}

/** Tokens for one slot and second. */
export const pricePerSlotPerSecond = (ask: StorageAsk): bigint => ask.pricePerBytePerSecond * ask.slotSize;
/** Tokens for one slot over the whole duration: the profit rule of the queue (engine.md 3.2). */
export const pricePerSlot = (ask: StorageAsk): bigint => ask.duration * pricePerSlotPerSecond(ask);
export const totalPrice = (ask: StorageAsk): bigint => ask.slots * pricePerSlot(ask);
export const collateralPerSlot = (ask: StorageAsk): bigint => ask.collateralPerByte * ask.slotSize;

/** Tokens that one missed proof takes: a share of the full collateral, not of the rest (marketplace.md §7). */
export const slashOf = (
  collateral: bigint,
  { slashPercentage }: Pick<MarketConfig, 'slashPercentage'>,
): bigint => (collateral * BigInt(slashPercentage)) / 100n;

/** What a host pays to fill: in one family a slot in repair is discounted (marketplace.md §7). */
export function slotCollateral(ask: StorageAsk, state: SlotState, config: MarketConfig): bigint {
  const full = collateralPerSlot(ask);
  if (state !== 'repair' || !familyRules[config.family].repairIsDiscounted) return full;
  return full - (full * BigInt(config.repairRewardPercentage)) / 100n;
}
