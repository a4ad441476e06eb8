import type { SaleRow } from '../../../../shared/rows.ts';
import { durationText } from '../../../../shared/units.ts';
import { t } from '../../i18n/t.ts';
import { timeText } from '../../lib/format.ts';
import { downloadLeftText, hasEnded, isLost } from '../../lib/salewords.ts';

/** When the last proof was sent; before the first one what is waited for, and a proof that is due comes first. */
export function lastProofText(sale: SaleRow, now: number): string {
  const { proofs, filledAt } = sale;
  if (isLost(sale)) return t('sales.noneMore');
  if (isProofDue(sale) && proofs.dueBy !== undefined) {
    return t('sales.dueIn', { time: durationText(Math.max(0, proofs.dueBy - now)) });
  }
  const last = proofs.sentAt.at(-1);
  if (last !== undefined) return timeText(last, now);
  if (sale.state === 'downloading') {
    const left = downloadLeftText(sale);
    return left === undefined ? t('sales.notYet') : t('sales.readyIn', { time: left });
  }
  return hasEnded(sale) && filledAt === undefined ? t('sales.never') : t('sales.notYet');
}

export const isProofDue = (sale: SaleRow): boolean => !hasEnded(sale) && sale.proofs.dueBy !== undefined;
