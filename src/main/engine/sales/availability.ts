import { z } from 'zod';
import { amount, hex32, sizeBytes, uint, uint64 } from '../../../shared/schemas.ts';
import type { AvailabilityId, RequestId, ReservationId, SlotId } from '../contracts/ids.ts';

/** Disk space on offer, and the conditions under which it is given. Sizes in bytes, amounts in the smallest token unit. */
export interface Availability {
  readonly id: AvailabilityId;
  readonly name: string;
  /** Offered altogether: free, plus the slot sizes of its reservations. */
  readonly totalSize: bigint;
  readonly freeSize: bigint;
  /** The longest a request may run, seconds. */
  readonly duration: bigint;
  readonly minPricePerBytePerSecond: bigint;
  readonly totalCollateral: bigint;
  /** Not tied up by reservations. */
  readonly totalRemainingCollateral: bigint;
  /** When false nothing new is taken; what runs goes on. */
  readonly enabled: boolean;
  /** Deleted by its owner while slots were in it: it takes nothing new, and goes with its last reservation. */
  readonly isDraining: boolean;
  /** Unix second after which nothing may still be hosted; 0 means no end. */
  readonly until: number;
  /** Wall time. */
  readonly createdAtMs: number;
}

/** How far the sale behind a reservation got; what a restart needs to know. In this order, never back. */
export const reservationPhases = [
  'reserved',
  'chainReserved',
  'downloading',
  'proving',
  'filling',
  'filled',
] as const;
export type ReservationPhase = (typeof reservationPhases)[number];

/** Bytes and collateral of an availability that are set aside for one slot, until its sale is closed. */
export interface Reservation {
  readonly id: ReservationId;
  readonly availabilityId: AvailabilityId;
  readonly requestId: RequestId;
  readonly slotIndex: number;
  readonly slotId: SlotId;
  /** 0 once its bytes were given back and only its collateral is waited for. */
  readonly slotSize: bigint;
  /** Reserved and not yet on disk: `slotSize` at first, less with every booking. */
  readonly size: bigint;
  /** Tokens taken from the availability. */
  readonly collateral: bigint;
  readonly phase: ReservationPhase;
  /** Unix second at which the request ends, as known when it was reserved. */
  readonly validUntil: number;
}

/** Bytes of the slot that are on disk. */
export const writtenBytes = (reservation: Reservation): bigint => reservation.slotSize - reservation.size;

/** The disk space the node may use, and what of it is on disk or promised. Bytes. */
export interface Quota {
  readonly max: bigint;
  readonly used: bigint;
  readonly reserved: bigint;
}

/** The highest collateral per byte that every byte still free could be sold at. Source: engine.md 1.6. */
export function maxCollateralPerByte({ freeSize, totalRemainingCollateral }: Availability): bigint {
  return freeSize === 0n ? totalRemainingCollateral : totalRemainingCollateral / freeSize;
}

export const availabilitySchema = z.object({
  id: hex32<AvailabilityId>(),
  name: z.string().default(''),
  totalSize: sizeBytes,
  freeSize: sizeBytes,
  duration: uint64,
  minPricePerBytePerSecond: amount,
  totalCollateral: amount,
  totalRemainingCollateral: amount,
  enabled: z.boolean(),
  isDraining: z.boolean().default(false),
  until: uint,
  createdAtMs: uint.default(0),
});

export const reservationSchema = z
  .object({
    id: hex32<ReservationId>(),
    availabilityId: hex32<AvailabilityId>(),
    requestId: hex32<RequestId>(),
    slotIndex: uint,
    slotId: hex32<SlotId>(),
    slotSize: sizeBytes,
    size: sizeBytes,
    collateral: amount,
    phase: z.enum(reservationPhases),
    validUntil: uint,
  })
  .refine(({ size, slotSize }) => size <= slotSize, { error: 'More is reserved than the slot has' });

/** Sums of sizes: wider than one size. */
export const usageSchema = z.object({ used: amount, reserved: amount });
