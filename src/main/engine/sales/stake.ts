import {
  collateralPerSlot,
  pricePerSlotPerSecond,
  slashOf,
  type MarketConfig,
} from '../contracts/requests.ts';
import type { SaleInfo } from './saleinfo.ts';

/**
 * Tokens that a loss of the slot would take now: what is left of the collateral, and what was earned since the fill. Once
 * the request has ended or failed, nothing of it can be lost any more.
 */
export function atStake(sale: SaleInfo, now: number): bigint {
  const { ask, filledAt, requestEndsAt = Infinity, currentCollateral, state } = sale;
  if (!ask || filledAt === undefined || now > requestEndsAt || state === 'failed') return 0n;
  // Until the chain's value is read: it has all of it on record, also of a slot that was taken over at a discount.
  return (currentCollateral ?? collateralPerSlot(ask)) + accrued(sale, now);
}

/** Tokens earned up to `now` and not yet paid. */
export function accrued({ ask, filledAt, requestEndsAt = Infinity }: SaleInfo, now: number): bigint {
  if (!ask || filledAt === undefined) return 0n;
  const seconds = Math.max(0, Math.min(now, requestEndsAt) - filledAt);
  return BigInt(seconds) * pricePerSlotPerSecond(ask);
}

export interface CostOfMiss {
  /** Tokens of collateral. */
  readonly slash: bigint;
  /** It would be one miss too many: the rest of the collateral and all that was earned go too. */
  readonly losesSlot: boolean;
}

/**
 * What it costs when one more proof of the slot is marked as missing: a slash, and the slot with the last miss that the
 * contract lets pass (marketplace.md §7).
 */
export function costOfMiss({ ask, proofs }: SaleInfo, config: MarketConfig): CostOfMiss {
  return {
    slash: slashOf(ask ? collateralPerSlot(ask) : 0n, config),
    losesSlot: proofs.missed + 1 >= config.maxNumberOfSlashes,
  };
}
