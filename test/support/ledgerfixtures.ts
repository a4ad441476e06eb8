import { expect } from 'vitest';
import {
  slotIdOf,
  type AvailabilityId,
  type RequestId,
  type ReservationId,
  type SlotId,
} from '../../src/main/engine/contracts/ids.ts';
import { silentLogger, type Logger } from '../../src/main/engine/logger.ts';
import {
  writtenBytes,
  type Availability,
  type Reservation,
} from '../../src/main/engine/sales/availability.ts';
import { ReservationsError, type ReservationsErrorCode } from '../../src/main/engine/sales/errors.ts';
import type { Wish } from '../../src/main/engine/sales/matching.ts';
import type { Terms } from '../../src/main/engine/sales/offers.ts';
import { Reservations } from '../../src/main/engine/sales/reservations.ts';
import { MemoryDatabase } from './memorydatabase.ts';
import { word } from './requests.ts';

/** The offer of engine.md Appendix D. */
export const exampleTerms: Terms = {
  name: 'Example',
  totalSize: 1000n,
  duration: 100n,
  minPricePerBytePerSecond: 1n,
  totalCollateral: 2000n,
};

/** It as a record, untouched. */
export const exampleOffer: Availability = {
  ...exampleTerms,
  id: word<AvailabilityId>(1),
  freeSize: 1000n,
  totalRemainingCollateral: 2000n,
  enabled: true,
  isDraining: false,
  until: 0,
  createdAtMs: 0,
};

export function openLedger(
  database: MemoryDatabase,
  { quotaMax = 10_000n, logger = silentLogger }: { quotaMax?: bigint; logger?: Logger } = {},
): Promise<Reservations> {
  return Reservations.open({ database, logger }, { quotaMax });
}

export async function aLedger(quotaMax = 10_000n) {
  const database = new MemoryDatabase();
  return { database, reservations: await openLedger(database, { quotaMax }) };
}

/** A reservation for the wish, which has to fit. */
export async function reserved(reservations: Reservations, wish = aWish()): Promise<Reservation> {
  const found = await reservations.findAndReserve(wish);
  if ('rule' in found) throw new Error(found.text);
  return found;
}

export const ledgerError = (code: ReservationsErrorCode) =>
  expect.objectContaining({ code, constructor: ReservationsError });

export const availabilityId = (n: number): AvailabilityId => word<AvailabilityId>(n);
export const reservationId = (n: number): ReservationId => word<ReservationId>(n);

export function aWish(changes: Partial<Wish> & { slot?: number } = {}): Wish {
  const { slot = 0, ...rest } = changes;
  const requestId = rest.requestId ?? word<RequestId>(0x1000);
  return {
    requestId,
    slotIndex: slot,
    slotId: slotIdOf(requestId, slot),
    slotSize: 100n,
    duration: 10n,
    pricePerBytePerSecond: 10n,
    collateralPerByte: 1n,
    collateral: (rest.slotSize ?? 100n) * (rest.collateralPerByte ?? 1n),
    requestEndsAt: 1_700_000_100,
    ...rest,
  };
}

/** The invariants I1, I2, I3, I4 and I5 of engine.md 1.11. */
export function expectSoundBooks(reservations: Reservations): void {
  const { max, used, reserved } = reservations.quota;
  const all = reservations.reservations();
  const offers = reservations.availabilities();
  expect(reserved).toBe(sum(offers.map((a) => a.freeSize)) + sum(all.map((r) => r.size)));
  expect(used).toBe(sum(all.map(writtenBytes)));
  expect(used >= 0n && reserved >= 0n && used + reserved <= max).toBe(true);
  for (const { size, slotSize, availabilityId } of all) {
    expect(size >= 0n && size <= slotSize).toBe(true);
    expect(reservations.availability(availabilityId)).toBeDefined();
  }
  for (const offer of offers) {
    const own = all.filter((r) => r.availabilityId === offer.id);
    expect(offer.totalSize).toBe(offer.freeSize + sum(own.map((r) => r.slotSize)));
    expect(offer.totalRemainingCollateral).toBe(offer.totalCollateral - sum(own.map((r) => r.collateral)));
    expect(offer.freeSize >= 0n && offer.totalRemainingCollateral >= 0n).toBe(true);
  }
}

/** Everything the ledger holds, to be compared. */
export const snapshot = (reservations: Reservations) => ({
  quota: reservations.quota,
  availabilities: reservations.availabilities(),
  reservations: reservations.reservations().sort((a, b) => (a.id < b.id ? -1 : 1)),
});

export const someReservation: Reservation = {
  id: reservationId(1),
  availabilityId: availabilityId(1),
  requestId: word<RequestId>(1),
  slotIndex: 0,
  slotId: word<SlotId>(1),
  slotSize: 100n,
  size: 100n,
  collateral: 100n,
  phase: 'reserved',
  validUntil: 1_700_000_100,
};

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);
