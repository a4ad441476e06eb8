import { pricePerSlotPerSecond } from './contracts/requests.ts';
import type {
  AvailabilityRow,
  MoneyRow,
  QueueRow,
  RefusedRow,
  SaleRow,
  StorageRow,
} from '../../shared/rows.ts';
import type { Availability, Quota, Reservation } from './sales/availability.ts';
import type { SaleInfo } from './sales/saleinfo.ts';
import type { QueueEntry } from './sales/slotqueue.ts';
import { accrued, atStake } from './sales/stake.ts';
import type { SlotCheck } from './stores/scrubrecords.ts';

/** How the engine's records become the rows of the screen. Pure; amounts and times stay raw, pages format them. */

const runningId = (sale: SaleInfo): string => sale.slotId;
/** A slot can be sold again after a sale of it ended, so an ended one is told apart by its start. */
const endedId = (sale: SaleInfo): string => `${sale.slotId}@${sale.startedAt}`;

export function saleRow(sale: SaleInfo): SaleRow {
  const { ask, progress } = sale;
  return {
    ...sale,
    id: sale.endedAt === undefined ? runningId(sale) : endedId(sale),
    slotSizeBytes: ask?.slotSize ?? 0n,
    durationSeconds: ask?.duration ?? 0n,
    pricePerSecond: ask ? pricePerSlotPerSecond(ask) : 0n,
    proofProbability: ask?.proofProbability ?? 0n,
    ...(progress && { progress }),
  };
}

/** A sale that ended before it took anything: the queue's page tells it, not the sales'. */
export const isRefusal = (sale: SaleInfo): boolean =>
  sale.endedAt !== undefined && sale.availabilityId === undefined;

/** One for each slot, however often it is looked at. */
export function refusedRow(sale: SaleInfo): RefusedRow {
  return {
    id: sale.slotId,
    requestId: sale.requestId,
    slotIndex: sale.slotIndex,
    at: sale.endedAt ?? sale.stateSince,
    code: sale.outcome?.code ?? 'error',
    text: sale.outcome?.text ?? '',
    ...(sale.refusal && { refusal: sale.refusal }),
  };
}

export function queueRow({ item, waitingFor }: QueueEntry, position: number): QueueRow {
  return {
    id: item.slotId,
    position,
    requestId: item.requestId,
    slotIndex: item.slotIndex,
    slotSizeBytes: item.slotSize,
    durationSeconds: item.duration,
    pricePerBytePerSecond: item.pricePerBytePerSecond,
    profit: item.profit,
    collateral: item.collateral,
    expiresAt: item.expiresAt,
    ...(waitingFor !== undefined && { waitingFor }),
  };
}

/** `own` are the reservations in it. */
export function availabilityRow(
  availability: Availability,
  own: readonly Reservation[],
  isFilled: (reservation: Reservation) => boolean,
  now: number,
): AvailabilityRow {
  return {
    id: availability.id,
    name: availability.name,
    state: offerState(availability, now),
    totalBytes: availability.totalSize,
    freeBytes: availability.freeSize,
    soldBytes: sizeOf(own.filter(isFilled)),
    downloadingBytes: sizeOf(own.filter((reservation) => !isFilled(reservation))),
    durationSeconds: availability.duration,
    minPricePerBytePerSecond: availability.minPricePerBytePerSecond,
    totalCollateral: availability.totalCollateral,
    remainingCollateral: availability.totalRemainingCollateral,
    until: availability.until,
    slots: own.length,
    createdAtMs: availability.createdAtMs,
  };
}

function offerState({ enabled, isDraining, until }: Availability, now: number): AvailabilityRow['state'] {
  if (isDraining) return 'windingDown';
  if (until !== 0 && until <= now) return 'ended';
  return enabled ? 'active' : 'paused';
}

/** The parts of the disk; they add up to all of it. */
export function storageRow(
  books: {
    readonly quota: Quota;
    availabilities(): readonly Availability[];
    reservations(): readonly Reservation[];
  },
  filledSlots: ReadonlySet<string>,
  { freeBytes, totalBytes }: { readonly freeBytes: bigint; readonly totalBytes: bigint },
  folder: string,
): StorageRow {
  const { max, used, reserved } = books.quota;
  const all = books.reservations();
  const soldBytes = sizeOf(all.filter(({ slotId }) => filledSlots.has(slotId)));
  const downloadingBytes = sizeOf(all) - soldBytes;
  const offeredFreeBytes = books.availabilities().reduce((sum, { freeSize }) => sum + freeSize, 0n);
  const otherFilesBytes = atLeastZero(totalBytes - freeBytes - used);
  const taken = otherFilesBytes + soldBytes + downloadingBytes + offeredFreeBytes;
  return {
    id: 'storage',
    folder,
    quotaBytes: max,
    usedBytes: used,
    reservedBytes: reserved,
    soldBytes,
    downloadingBytes,
    offeredFreeBytes,
    otherFilesBytes,
    diskLeftBytes: atLeastZero(totalBytes - taken),
    diskTotalBytes: totalBytes,
  };
}

/** Undefined before the first slot was checked. */
export function checkedSlots(checks: readonly SlotCheck[]): StorageRow['checked'] {
  if (checks.length === 0) return undefined;
  return {
    slots: checks.length,
    harmedBlocks: checks.reduce((sum, { harmedBlocks }) => sum + harmedBlocks, 0),
    oldestAtMs: Math.min(...checks.map(({ checkedAtMs }) => checkedAtMs)),
  };
}

const sizeOf = (reservations: readonly Reservation[]): bigint =>
  reservations.reduce((sum, { slotSize }) => sum + slotSize, 0n);

/** What ended sales brought and cost, kept as a running sum. */
export interface Settled {
  earned: bigint;
  slashed: bigint;
  proofsSent: number;
  proofsMissed: number;
}

export function addSettled(settled: Settled, sale: SaleInfo): Settled {
  return {
    earned: settled.earned + (sale.payout ?? 0n),
    slashed: settled.slashed + slashedOf(sale),
    proofsSent: settled.proofsSent + sale.proofs.sent,
    proofsMissed: settled.proofsMissed + sale.proofs.missed,
  };
}

export function moneyRow(
  running: readonly SaleInfo[],
  settled: Settled,
  { now, periodSeconds }: { now: number; periodSeconds: number },
): MoneyRow {
  const hosted = running.filter((sale) => sale.filledAt !== undefined);
  const accruing = hosted.reduce((sum, sale) => sum + accrued(sale, now), 0n);
  const unfinished = hosted.filter((sale) => (sale.requestEndsAt ?? Infinity) > now);
  const dueTimes = hosted.flatMap(({ proofs }) => proofs.dueBy ?? []);
  const sums = running.reduce(
    (sum, sale) => ({
      slashed: sum.slashed + slashedOf(sale),
      sent: sum.sent + sale.proofs.sent,
      missed: sum.missed + sale.proofs.missed,
    }),
    { slashed: 0n, sent: 0, missed: 0 },
  );
  const first = unfinished.toSorted(
    (a, b) => (a.requestEndsAt ?? Infinity) - (b.requestEndsAt ?? Infinity),
  )[0];
  return {
    id: 'money',
    earned: settled.earned,
    slashed: settled.slashed + sums.slashed,
    accruing,
    accruingPerSecond: unfinished.reduce(
      (sum, sale) => sum + (sale.ask ? pricePerSlotPerSecond(sale.ask) : 0n),
      0n,
    ),
    asOf: now,
    atRisk: hosted.reduce((sum, sale) => sum + atStake(sale, now), 0n),
    ...(first?.requestEndsAt !== undefined && {
      nextPayout: { at: first.requestEndsAt, amount: accrued(first, first.requestEndsAt) },
    }),
    ...(dueTimes.length > 0 && { nextProofBy: Math.min(...dueTimes) }),
    ...(dueTimes.length === 0 &&
      unfinished.length > 0 && { noneDueUntil: (Math.floor(now / periodSeconds) + 1) * periodSeconds }),
    proofsSent: settled.proofsSent + sums.sent,
    proofsMissed: settled.proofsMissed + sums.missed,
  };
}

function slashedOf({ collateral, currentCollateral }: SaleInfo): bigint {
  if (collateral === undefined || currentCollateral === undefined) return 0n;
  return collateral > currentCollateral ? collateral - currentCollateral : 0n;
}

const atLeastZero = (bytes: bigint): bigint => (bytes < 0n ? 0n : bytes);
