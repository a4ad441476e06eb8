import type { SaleInfo } from './saleinfo.ts';

/** Whether a sale needs the disk for what cannot wait: a download, or a proof that is due. */
export function needsDisk({ state, proofs, missingBytes }: SaleInfo): boolean {
  const isFilling = state === 'downloading' || state === 'initialProving';
  return isFilling || proofs.dueBy !== undefined || missingBytes !== undefined;
}
