import { outcomeText } from '../../../shared/outcome.ts';
import { durationText, percentText, remainingSeconds } from '../../../shared/units.ts';
import type { SaleRow, SaleStateName } from '../../../shared/rows.ts';
import { isTextKey, plural, t } from '../i18n/t.ts';
import type { Shape } from '../components/StatusMark.tsx';

export interface Words {
  readonly shape: Shape;
  readonly word: string;
}

/** The state of a sale as a person reads it. */
export function saleWords(sale: SaleRow): Words {
  if (isSelling(sale) && sale.proofs.missed > 0) {
    return { shape: 'attention', word: plural('sale.missed', sale.proofs.missed) };
  }
  if (sale.state === 'downloading' && sale.progress) {
    const { doneBytes, totalBytes } = sale.progress;
    return { shape: 'working', word: t('sale.downloading', { percent: percentText(doneBytes, totalBytes) }) };
  }
  if (hasEnded(sale)) return endWords(sale);
  return { shape: shapes[sale.state], word: t(`state.${sale.state}`) };
}

/** One plain sentence about how a sale ended; the node's own where it has one. */
export const endText = ({ outcome, refusal }: SaleRow): string =>
  outcome ? outcomeText({ ...outcome, ...(refusal && { refusal }) }) : t('sale.noOutcome');

/** `7 min`, once the speed is known; in the last minute by the second. */
export function downloadLeftText({ progress }: SaleRow): string | undefined {
  const left = progress && remainingSeconds(progress);
  if (left === undefined) return undefined;
  return durationText(left < 60 ? left : Math.ceil(left / 60) * 60);
}

export const hasEnded = (sale: SaleRow): boolean => sale.endedAt !== undefined || endStates.has(sale.state);
export const isSelling = (sale: SaleRow): boolean => sale.state === 'filled' || sale.state === 'proving';
export const isLost = (sale: SaleRow): boolean => sale.outcome?.code === 'slotLost';

export const saleFilters = ['all', 'selling', 'starting', 'payingOut', 'ended', 'needsYou'] as const;
export type SaleFilter = (typeof saleFilters)[number];

export function fitsFilter(sale: SaleRow, filter: SaleFilter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'selling':
      return isSelling(sale);
    case 'payingOut':
      return sale.state === 'payout';
    case 'ended':
      return hasEnded(sale);
    case 'starting':
      return !isSelling(sale) && !hasEnded(sale) && sale.state !== 'payout';
    case 'needsYou':
      return isLost(sale) || (isSelling(sale) && sale.proofs.missed > 0) || sale.state === 'errored';
  }
}

/**
 * Running sales that need a person, running ones, ended ones; within each what began or ended last comes first, and what
 * did at the same time by its request and slot. A total order: never 0 for two sales.
 */
export function bySalesOrder(a: SaleRow, b: SaleRow): number {
  return (
    rankOf(a) - rankOf(b) ||
    (b.endedAt ?? b.startedAt) - (a.endedAt ?? a.startedAt) ||
    byText(a.requestId, b.requestId) ||
    a.slotIndex - b.slotIndex ||
    byText(a.id, b.id)
  );
}

const byText = (a: string, b: string) => Number(a > b) - Number(a < b);

const rankOf = (sale: SaleRow) => (hasEnded(sale) ? 2 : fitsFilter(sale, 'needsYou') ? 0 : 1);

const endStates: ReadonlySet<SaleStateName> = new Set([
  'finished',
  'cancelled',
  'failed',
  'errored',
  'ignored',
]);

const shapes: Readonly<Record<SaleStateName, Shape>> = {
  unknown: 'waiting',
  preparing: 'waiting',
  slotReserving: 'working',
  downloading: 'working',
  initialProving: 'working',
  filling: 'working',
  filled: 'selling',
  proving: 'selling',
  payout: 'working',
  finished: 'ended',
  cancelled: 'ended',
  failed: 'danger',
  errored: 'danger',
  ignored: 'info',
};

function endWords(sale: SaleRow): Words {
  const code = sale.outcome?.code;
  const key = `outcome.${code ?? ''}`;
  const word = isTextKey(key) ? t(key as 'outcome.paid') : t(`state.${sale.state}`);
  return { shape: outcomeShapes[code ?? ''] ?? shapes[sale.state], word };
}

// Red is for money: a sale that failed before the slot was ours lost none.
const outcomeShapes: Readonly<Record<string, Shape>> = {
  paid: 'ended',
  partlyPaid: 'ended',
  slotLost: 'danger',
  requestFailed: 'attention',
  requestExpired: 'info',
  tooLate: 'info',
  noMatchingAvailability: 'info',
  slotTaken: 'info',
  reservationsFull: 'info',
  requestUnknown: 'info',
  requestRefused: 'info',
  downloadFailed: 'attention',
  notVerifiable: 'attention',
  proofFailed: 'attention',
  error: 'danger',
};
