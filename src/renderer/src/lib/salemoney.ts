import type { SaleRow } from '../../../shared/rows.ts';
import { hasEnded, isLost } from './salewords.ts';

/** What the slot has earned up to `now` and is not paid yet; what was paid once it has ended. */
export function accrued(sale: SaleRow, now: number): bigint {
  if (hasEnded(sale)) return sale.payout ?? 0n;
  if (sale.filledAt === undefined) return 0n;
  const until = Math.min(now, sale.requestEndsAt ?? now);
  return sale.pricePerSecond * BigInt(Math.max(0, Math.floor(until - sale.filledAt)));
}

/** Collateral and unpaid earnings that a loss of the slot would take; negative is what a loss took. */
export function atRisk(sale: SaleRow, now: number): bigint {
  if (isLost(sale)) return -(sale.collateral ?? 0n);
  if (hasEnded(sale) || sale.filledAt === undefined) return 0n;
  return (sale.currentCollateral ?? sale.collateral ?? 0n) + accrued(sale, now);
}
