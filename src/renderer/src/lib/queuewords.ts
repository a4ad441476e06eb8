import type { QueueRow } from '../../../shared/rows.ts';
import { t } from '../i18n/t.ts';

/**
 * Why an item stands where it does: the first rule by which it is behind the one above. The queue goes by what a slot
 * pays in all, then by collateral, then by the time left, then by size; what was looked at already comes last.
 */
export function reasonFor(item: QueueRow, above: QueueRow | undefined): string {
  if (!above) return item.waitingFor === undefined ? t('queue.first') : t('queue.onlySeen');
  if (above.waitingFor === undefined && item.waitingFor !== undefined) return t('queue.seen');
  if (item.profit !== above.profit)
    return item.profit < above.profit ? t('queue.paysLess') : t('queue.cameLater');
  if (item.collateral > above.collateral) return t('queue.moreCollateral');
  if (item.expiresAt < above.expiresAt) return t('queue.expiresSooner');
  if (item.slotSizeBytes > above.slotSizeBytes) return t('queue.larger');
  return t('queue.cameLater');
}
