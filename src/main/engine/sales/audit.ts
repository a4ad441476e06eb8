import type { AvailabilityId } from '../contracts/ids.ts';
import { writtenBytes, type Availability, type Quota, type Reservation } from './availability.ts';
import type { Ledger } from './ledger.ts';

/** A number that did not follow from the records, and what it was set to. */
export interface Drift {
  readonly what:
    'used' | 'reserved' | 'totalSize' | 'freeSize' | 'totalRemainingCollateral' | 'totalCollateral';
  readonly availabilityId?: AvailabilityId;
  readonly stored: bigint;
  readonly computed: bigint;
}

/**
 * Recomputes every sum from the reservations, which say what happened; offers and quota follow them.
 * The invariants I1, I3 and I5 of engine.md 1.11 hold for the result.
 */
export function audit(ledger: Ledger): { quota: Quota; repaired: Availability[]; drifts: Drift[] } {
  const drifts: Drift[] = [];
  const repaired: Availability[] = [];
  const byOffer = grouped(ledger.reservations.values());
  let reserved = 0n;
  for (const offer of ledger.availabilities.values()) {
    const right = recomputed(offer, byOffer.get(offer.id) ?? []);
    reserved += right.freeSize;
    const found = differences(offer, right);
    if (found.length > 0) repaired.push(right);
    drifts.push(...found);
  }
  let used = 0n;
  for (const reservation of ledger.reservations.values()) {
    reserved += reservation.size;
    used += writtenBytes(reservation);
  }
  const quota = { ...ledger.quota, used, reserved };
  if (used !== ledger.quota.used) drifts.push({ what: 'used', stored: ledger.quota.used, computed: used });
  if (reserved !== ledger.quota.reserved) {
    drifts.push({ what: 'reserved', stored: ledger.quota.reserved, computed: reserved });
  }
  return { quota, repaired, drifts };
}

function recomputed(offer: Availability, reservations: readonly Reservation[]): Availability {
  const bytes = reservations.reduce((sum, { slotSize }) => sum + slotSize, 0n);
  const tied = reservations.reduce((sum, { collateral }) => sum + collateral, 0n);
  const totalSize = larger(offer.totalSize, bytes);
  const totalCollateral = larger(offer.totalCollateral, tied);
  return {
    ...offer,
    totalSize,
    freeSize: totalSize - bytes,
    totalCollateral,
    totalRemainingCollateral: totalCollateral - tied,
  };
}

function differences(stored: Availability, right: Availability): Drift[] {
  return (['totalSize', 'freeSize', 'totalCollateral', 'totalRemainingCollateral'] as const)
    .filter((what) => stored[what] !== right[what])
    .map((what) => ({ what, availabilityId: stored.id, stored: stored[what], computed: right[what] }));
}

function grouped(reservations: Iterable<Reservation>): Map<AvailabilityId, Reservation[]> {
  const byOffer = new Map<AvailabilityId, Reservation[]>();
  for (const reservation of reservations) {
    const group = byOffer.get(reservation.availabilityId);
    if (group) group.push(reservation);
    else byOffer.set(reservation.availabilityId, [reservation]);
  }
  return byOffer;
}

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
