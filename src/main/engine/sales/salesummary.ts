import type { LogFields } from '../logger.ts';
import type { SaleInfo } from './saleinfo.ts';

/** One line for the log that says all of an ended sale: how it ended, how long each state took, bytes, tokens, proofs. */
export function salesummary(sale: SaleInfo): LogFields {
  const { sent, late, failed, missed } = sale.proofs;
  return {
    requestId: sale.requestId,
    slotIndex: sale.slotIndex,
    slotId: sale.slotId,
    outcome: sale.outcome?.code,
    why: sale.outcome?.text,
    seconds: secondsByState(sale),
    slotSize: sale.ask?.slotSize,
    downloadedBytes: sale.downloadedBytes,
    collateral: sale.collateral,
    returned: sale.collateral === undefined ? undefined : sale.currentCollateral,
    payout: sale.payout,
    gasCost: sale.gasCost,
    ...(sale.filledAt !== undefined && { proofs: { sent, late, failed, missed } }),
  };
}

/** Chain seconds spent in each state, over all its visits; those left at once are not named. */
export function secondsByState({ path, endedAt }: SaleInfo): Partial<Record<SaleInfo['state'], number>> {
  const seconds: Partial<Record<SaleInfo['state'], number>> = {};
  path.forEach(({ state, at }, index) => {
    const spent = (path[index + 1]?.at ?? endedAt ?? at) - at;
    if (spent > 0) seconds[state] = (seconds[state] ?? 0) + spent;
  });
  return seconds;
}
