import type { SaleRow } from './rows.ts';

/** What a sale will have brought when it ends on time. */
export function fullPay(sale: SaleRow): bigint {
  if (sale.filledAt === undefined || sale.requestEndsAt === undefined)
    return sale.pricePerSecond * sale.durationSeconds;
  return sale.pricePerSecond * BigInt(Math.max(0, sale.requestEndsAt - sale.filledAt));
}
