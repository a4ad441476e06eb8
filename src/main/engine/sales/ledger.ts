import { bytesText } from '../../../shared/units.ts';
import type { AvailabilityId, ReservationId } from '../contracts/ids.ts';
import {
  maxCollateralPerByte,
  writtenBytes,
  type Availability,
  type Quota,
  type Reservation,
  type ReservationPhase,
} from './availability.ts';
import { ReservationsError } from './errors.ts';
import { tightestFit, type Refusal, type Wish } from './matching.ts';

/** All that is promised and stored, as records. The functions below compute a change of it and touch nothing. */
export interface Ledger {
  readonly quota: Quota;
  readonly availabilities: ReadonlyMap<AvailabilityId, Availability>;
  readonly reservations: ReadonlyMap<ReservationId, Reservation>;
}

/** The records as they are after an operation: only those that changed. */
export interface Change {
  readonly quota?: Quota;
  readonly availability?: Availability;
  readonly reservation?: Reservation;
  readonly removed?: Reservation;
}

export interface Terms {
  readonly name: string;
  readonly totalSize: bigint;
  readonly duration: bigint;
  readonly minPricePerBytePerSecond: bigint;
  readonly totalCollateral: bigint;
  readonly enabled?: boolean;
  readonly until?: number;
}

/**
 * What became of the collateral of a sale (engine.md 13-R4).
 * - `notFilled`: it never left; all of it is free again.
 * - `settled`: the chain gave `collateral` back; what is missing was slashed and lowers the offer's total.
 * - `lost`: nothing comes back; the offer's total is lowered by all of it.
 */
export type Fate =
  | { readonly kind: 'notFilled' }
  | { readonly kind: 'settled'; readonly collateral: bigint }
  | { readonly kind: 'lost' };

export const availableBytes = ({ max, used, reserved }: Quota): bigint => max - used - reserved;

/** @throws ReservationsError QUOTA_EXCEEDED, AMOUNT_OUT_OF_BOUNDS, UNTIL_OUT_OF_BOUNDS */
export function createAvailability(
  { quota }: Ledger,
  terms: Terms,
  { id, createdAtMs }: { id: AvailabilityId; createdAtMs: number },
): Change & { availability: Availability } {
  const {
    name,
    totalSize,
    duration,
    minPricePerBytePerSecond,
    totalCollateral,
    enabled = true,
    until = 0,
  } = terms;
  positive({ totalSize, duration, minPricePerBytePerSecond, totalCollateral });
  if (!Number.isSafeInteger(until) || until < 0)
    throw new ReservationsError('UNTIL_OUT_OF_BOUNDS', { until });
  const available = availableBytes(quota);
  if (totalSize > available) {
    const message = `The offer needs ${bytesText(totalSize)}; ${bytesText(available < 0n ? 0n : available)} of the quota of ${bytesText(quota.max)} are not promised yet.`;
    throw new ReservationsError(
      'QUOTA_EXCEEDED',
      { requested: totalSize, available, quota: quota.max },
      { message },
    );
  }
  const availability: Availability = {
    id,
    name,
    totalSize,
    freeSize: totalSize,
    duration,
    minPricePerBytePerSecond,
    totalCollateral,
    totalRemainingCollateral: totalCollateral,
    enabled,
    until,
    createdAtMs,
  };
  return { availability, quota: { ...quota, reserved: quota.reserved + totalSize } };
}

/** @throws ReservationsError NOT_FOUND */
export function setEnabled(ledger: Ledger, id: AvailabilityId, enabled: boolean): Change {
  const availability = ledger.availabilities.get(id);
  if (!availability) throw new ReservationsError('NOT_FOUND', { availabilityId: id });
  return availability.enabled === enabled ? {} : { availability: { ...availability, enabled } };
}

/** Finds the tightest fit and takes bytes and collateral out of it, or says which rule was in the way. */
export function findAndReserve(
  { quota, availabilities }: Ledger,
  wish: Wish,
  id: ReservationId,
): (Change & { reservation: Reservation }) | Refusal {
  if (availableBytes(quota) < 0n) {
    const text = `Your quota of ${bytesText(quota.max)} is smaller than what is stored and promised; nothing new is taken.`;
    return { rule: 'overQuota', text, details: { asked: quota.used + quota.reserved, yours: quota.max } };
  }
  const offer = tightestFit(availabilities.values(), wish);
  if ('rule' in offer) return offer;
  const { requestId, slotIndex, slotId, slotSize, collateral, requestEndsAt } = wish;
  return {
    availability: {
      ...offer,
      freeSize: offer.freeSize - slotSize,
      totalRemainingCollateral: offer.totalRemainingCollateral - collateral,
    },
    reservation: {
      id,
      availabilityId: offer.id,
      requestId,
      slotIndex,
      slotId,
      slotSize,
      size: slotSize,
      collateral,
      phase: 'reserved',
      validUntil: requestEndsAt,
    },
  };
}

/** Books that `bytes` more of the slot are on disk. @throws ReservationsError NOT_FOUND, BYTES_OUT_OF_BOUNDS */
export function bookWritten(ledger: Ledger, id: ReservationId, bytes: bigint): Change {
  const reservation = reservationOf(ledger, id);
  if (bytes < 0n || bytes > reservation.size) {
    const message = `The slot has more than the ${bytesText(reservation.slotSize)} its request names.`;
    const details = { requested: bytes, free: reservation.size, slotId: reservation.slotId };
    throw new ReservationsError('BYTES_OUT_OF_BOUNDS', details, { message });
  }
  return bytes === 0n ? {} : moved(ledger.quota, reservation, bytes);
}

/** Makes the books follow the disk after a crash. @throws ReservationsError NOT_FOUND, BYTES_OUT_OF_BOUNDS */
export function setWritten(ledger: Ledger, id: ReservationId, durable: bigint): Change {
  const reservation = reservationOf(ledger, id);
  if (durable < 0n || durable > reservation.slotSize) {
    throw new ReservationsError('BYTES_OUT_OF_BOUNDS', { requested: durable, free: reservation.slotSize });
  }
  const difference = durable - writtenBytes(reservation);
  return difference === 0n ? {} : moved(ledger.quota, reservation, difference);
}

/** @throws ReservationsError NOT_FOUND */
export function setPhase(ledger: Ledger, id: ReservationId, phase: ReservationPhase): Change {
  const reservation = reservationOf(ledger, id);
  return reservation.phase === phase ? {} : { reservation: { ...reservation, phase } };
}

/**
 * Ends a reservation whose bytes are deleted: they go back to the offer, and of the collateral what its fate says.
 * Closing what is closed changes nothing.
 */
export function close(
  { quota, availabilities, reservations }: Ledger,
  id: ReservationId,
  fate: Fate,
): Change {
  const removed = reservations.get(id);
  if (!removed) return {};
  const availability = availabilities.get(removed.availabilityId);
  const written = writtenBytes(removed);
  const used = quota.used - written;
  // Without its offer the reservation's bytes belong to nobody, and are free for other offers.
  if (!availability) return { removed, quota: { ...quota, used, reserved: quota.reserved - removed.size } };
  const returned = returnedCollateral(removed.collateral, fate);
  return {
    removed,
    quota: { ...quota, used, reserved: quota.reserved + written },
    availability: {
      ...availability,
      freeSize: availability.freeSize + removed.slotSize,
      totalRemainingCollateral: availability.totalRemainingCollateral + returned,
      totalCollateral: availability.totalCollateral - (removed.collateral - returned),
    },
  };
}

/** Whether something that did not fit before might fit now (engine.md 13-R6). */
export function isLooser(after: Availability, before: Availability | undefined): boolean {
  if (!after.enabled) return false;
  if (!before?.enabled) return true;
  return (
    after.freeSize > before.freeSize ||
    after.totalSize > before.totalSize ||
    after.duration > before.duration ||
    after.minPricePerBytePerSecond < before.minPricePerBytePerSecond ||
    after.totalRemainingCollateral > before.totalRemainingCollateral ||
    // A cheap slot leaves more collateral to each byte that is still free.
    (after.freeSize > 0n && maxCollateralPerByte(after) > maxCollateralPerByte(before)) ||
    (before.until !== 0 && (after.until === 0 || after.until > before.until))
  );
}

/** More than was taken comes back for a repaired slot; that is income, and does not widen the offer. */
function returnedCollateral(taken: bigint, fate: Fate): bigint {
  switch (fate.kind) {
    case 'notFilled':
      return taken;
    case 'settled':
      return fate.collateral < taken ? fate.collateral : taken;
    case 'lost':
      return 0n;
  }
}

function moved(quota: Quota, reservation: Reservation, bytes: bigint): Change {
  return {
    quota: { ...quota, used: quota.used + bytes, reserved: quota.reserved - bytes },
    reservation: { ...reservation, size: reservation.size - bytes },
  };
}

function reservationOf({ reservations }: Ledger, id: ReservationId): Reservation {
  const reservation = reservations.get(id);
  if (!reservation) throw new ReservationsError('NOT_FOUND', { reservationId: id });
  return reservation;
}

function positive(amounts: Readonly<Record<string, bigint>>): void {
  for (const [name, amount] of Object.entries(amounts)) {
    if (amount <= 0n) {
      throw new ReservationsError(
        'AMOUNT_OUT_OF_BOUNDS',
        { name, amount },
        { message: `${name} must be above zero.` },
      );
    }
  }
}
