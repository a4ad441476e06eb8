import { bytesText } from '../../../shared/units.ts';
import type { AvailabilityId, ReservationId } from '../contracts/ids.ts';
import {
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
  readonly deletedAvailability?: Availability;
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

/** What is on disk and promised has to find room in it. @throws ReservationsError QUOTA_BELOW_PROMISED */
export function setQuotaMax({ quota }: Ledger, max: bigint): Change {
  const promised = quota.used + quota.reserved;
  if (max < promised) {
    const message = `${bytesText(promised)} (${promised} bytes) are stored or promised by your offers. Set at least that, or make the offers smaller first.`;
    throw new ReservationsError('QUOTA_BELOW_PROMISED', { asked: max, promised }, { message });
  }
  return max === quota.max ? {} : { quota: { ...quota, max } };
}

/** @throws ReservationsError NOT_FOUND */
export function setPhase(ledger: Ledger, id: ReservationId, phase: ReservationPhase): Change {
  const reservation = reservationOf(ledger, id);
  return reservation.phase === phase ? {} : { reservation: { ...reservation, phase } };
}

/**
 * Without reservations the offer goes, and its bytes go back to the quota. With some it is marked, its free bytes go back,
 * and `close` takes it away with the last of them. Source: engine.md 13-R9. An offer that is not there is deleted.
 */
export function deleteAvailability(ledger: Ledger, id: AvailabilityId): Change {
  const offer = ledger.availabilities.get(id);
  if (!offer) return {};
  return offer.isDraining ? { availability: offer } : drained(ledger.quota, offer, inUse(ledger, id));
}

/**
 * Ends a reservation whose bytes are deleted: they go back to the offer, and of the collateral what its fate says. With
 * its last reservation an offer that winds down goes too. Closing what is closed changes nothing.
 */
export function close(ledger: Ledger, id: ReservationId, fate: Fate): Change {
  const { quota, availabilities, reservations } = ledger;
  const removed = reservations.get(id);
  if (!removed) return {};
  const offer = availabilities.get(removed.availabilityId);
  const written = writtenBytes(removed);
  const used = quota.used - written;
  // The audit leaves no reservation without its offer; were there one, its bytes would be free for others.
  if (!offer) return { removed, quota: { ...quota, used, reserved: quota.reserved - removed.size } };
  const returned = returnedCollateral(removed.collateral, fate);
  const availability = {
    ...offer,
    freeSize: offer.freeSize + removed.slotSize,
    totalRemainingCollateral: offer.totalRemainingCollateral + returned,
    totalCollateral: offer.totalCollateral - (removed.collateral - returned),
  };
  const after = { ...quota, used, reserved: quota.reserved + written };
  return offer.isDraining
    ? { removed, ...drained(after, availability, inUse(ledger, offer.id, removed)) }
    : { removed, quota: after, availability };
}

/**
 * Gives the bytes of a slot back while its collateral stays in: they are deleted, and the money is waited for. Doing it
 * again changes nothing. @throws ReservationsError NOT_FOUND
 */
export function releaseBytes(ledger: Ledger, id: ReservationId): Change {
  const { quota, availabilities } = ledger;
  const held = reservationOf(ledger, id);
  if (held.slotSize === 0n) return {};
  const reservation = { ...held, slotSize: 0n, size: 0n };
  const written = writtenBytes(held);
  const offer = availabilities.get(held.availabilityId);
  const used = quota.used - written;
  if (!offer) return { reservation, quota: { ...quota, used, reserved: quota.reserved - held.size } };
  const availability = { ...offer, freeSize: offer.freeSize + held.slotSize };
  const after = { ...quota, used, reserved: quota.reserved + written };
  return offer.isDraining
    ? { reservation, ...drained(after, availability, true) }
    : { reservation, quota: after, availability };
}

/** Gives what is free of an offer that winds down back to the quota, and the offer itself when nothing else is left. */
function drained(quota: Quota, offer: Availability, isInUse: boolean): Change {
  const availability: Availability = {
    ...offer,
    totalSize: offer.totalSize - offer.freeSize,
    freeSize: 0n,
    totalCollateral: offer.totalCollateral - offer.totalRemainingCollateral,
    totalRemainingCollateral: 0n,
    enabled: false,
    isDraining: true,
  };
  const change = { quota: { ...quota, reserved: quota.reserved - offer.freeSize } };
  return isInUse ? { ...change, availability } : { ...change, deletedAvailability: offer };
}

/** Whether there is a reservation of the offer, beside the one that goes; it may have given its bytes back. */
function inUse({ reservations }: Ledger, id: AvailabilityId, gone?: Reservation): boolean {
  for (const reservation of reservations.values())
    if (reservation.availabilityId === id && reservation.id !== gone?.id) return true;
  return false;
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
