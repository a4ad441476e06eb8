import { collateralPerSlot, pricePerSlotPerSecond, type MarketConfig } from '../contracts/requests.ts';
import type { SaleInfo } from './saleinfo.ts';

/** Tokens that a loss of the slot would take now: what is left of the collateral, and what was earned since the fill. */
export function atStake(
  { ask, filledAt, requestEndsAt, collateral = 0n, currentCollateral = collateral }: SaleInfo,
  now: number,
): bigint {
  if (!ask || filledAt === undefined) return 0n;
  const seconds = Math.max(0, Math.min(now, requestEndsAt ?? now) - filledAt);
  return currentCollateral + BigInt(seconds) * pricePerSlotPerSecond(ask);
}

export interface CostOfMiss {
  /** Tokens of collateral. */
  readonly slash: bigint;
  /** It would be one miss too many: the rest of the collateral and all that was earned go too. */
  readonly losesSlot: boolean;
}

/**
 * What it costs when one more proof of the slot is marked as missing: a share of the **full** collateral, and the slot
 * with the last miss that the contract lets pass (marketplace.md §7).
 */
export function costOfMiss({ ask, proofs }: SaleInfo, config: MarketConfig): CostOfMiss {
  const full = ask ? collateralPerSlot(ask) : 0n;
  return {
    slash: (full * BigInt(config.slashPercentage)) / 100n,
    losesSlot: proofs.missed + 1 >= config.maxNumberOfSlashes,
  };
}
