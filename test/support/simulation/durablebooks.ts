import type { AvailabilityId, ReservationId, SlotId } from '../../../src/main/engine/contracts/ids.ts';
import {
  availabilitySchema,
  reservationSchema,
  usageSchema,
  writtenBytes,
  type Availability,
  type Reservation,
} from '../../../src/main/engine/sales/availability.ts';
import type { Operation } from '../../../src/main/engine/stores/database.ts';
import { readRecord } from '../../../src/shared/schemas.ts';
import { demand } from './violation.ts';

/** A reservation that was closed, and by how much its offer's collateral became less. */
export interface Closing {
  readonly reservation: Reservation;
  /** Undefined when the offer winds down or went with it. */
  readonly lost: bigint | undefined;
}

/**
 * The ledger as it lies on the disk, followed batch by batch. After each batch the invariants I1 to I5 (engine.md 1.11)
 * hold for what is stored: a process may die right there.
 */
export class DurableBooks {
  readonly offers = new Map<string, Availability>();
  readonly reservations = new Map<string, Reservation>();
  used = 0n;
  reserved = 0n;
  readonly #quotaMax: bigint;

  constructor(quotaMax: bigint) {
    this.#quotaMax = quotaMax;
  }

  /** Follows a batch that was committed, and answers with the reservations that it closed. */
  follow(operations: readonly Operation[]): Closing[] {
    const own = operations.filter(({ key }) => key.startsWith(RESERVATIONS) || key === USED);
    if (own.length === 0) return [];
    const closings = own.flatMap((operation) => this.#closingOf(operation, own));
    for (const operation of own) this.#apply(operation);
    this.#demandInvariants();
    return closings;
  }

  reservationOf(slotId: SlotId): Reservation | undefined {
    for (const reservation of this.reservations.values())
      if (reservation.slotId === slotId) return reservation;
    return undefined;
  }

  offer(id: AvailabilityId): Availability | undefined {
    return this.offers.get(`${RESERVATIONS}/${id.slice(2)}`);
  }

  #closingOf({ type, key }: Operation, batch: readonly Operation[]): Closing[] {
    const reservation = type === 'del' ? this.reservations.get(key) : undefined;
    if (!reservation) return [];
    const offerKey = `${RESERVATIONS}/${reservation.availabilityId.slice(2)}`;
    const before = this.offers.get(offerKey);
    const put = batch.find((other) => other.key === offerKey);
    if (!before || put?.type !== 'put') return [{ reservation, lost: undefined }];
    const after = readRecord(availabilitySchema, put.value);
    // What winds down shrinks with each sale that ends.
    const lost = after.isDraining ? undefined : before.totalCollateral - after.totalCollateral;
    return [{ reservation, lost }];
  }

  #apply(operation: Operation): void {
    const { key } = operation;
    if (key === USED) {
      const usage = operation.type === 'put' ? readRecord(usageSchema, operation.value) : none;
      this.used = usage.used;
      this.reserved = usage.reserved;
    } else if (operation.type === 'del') {
      this.offers.delete(key);
      this.reservations.delete(key);
    } else if (key.split('/').length === RESERVATIONS.split('/').length + 1) {
      this.offers.set(key, readRecord(availabilitySchema, operation.value));
    } else {
      this.reservations.set(key, readRecord(reservationSchema, operation.value));
    }
  }

  #demandInvariants(): void {
    const { used, reserved } = this;
    const facts = () => ({
      used,
      reserved,
      offers: [...this.offers.values()],
      all: [...this.reservations.values()],
    });
    let written = 0n;
    let promised = 0n;
    const tied = new Map<AvailabilityId, { bytes: bigint; tokens: bigint }>();
    const ids = new Set<ReservationId | SlotId>();
    for (const reservation of this.reservations.values()) {
      const { id, slotId, availabilityId, size, slotSize, collateral } = reservation;
      demand(
        size >= 0n && size <= slotSize,
        'I4: a reservation is smaller than nothing or larger than its slot',
        facts,
      );
      demand(!ids.has(slotId), 'A slot has two reservations', facts);
      ids.add(id).add(slotId);
      written += writtenBytes(reservation);
      promised += size;
      const sums = tied.get(availabilityId) ?? { bytes: 0n, tokens: 0n };
      tied.set(availabilityId, { bytes: sums.bytes + slotSize, tokens: sums.tokens + collateral });
    }
    for (const offer of this.offers.values()) {
      const { bytes, tokens } = tied.get(offer.id) ?? { bytes: 0n, tokens: 0n };
      promised += offer.freeSize;
      demand(
        offer.freeSize >= 0n && offer.totalSize === offer.freeSize + bytes,
        'I3: total is not free plus taken',
        facts,
      );
      demand(
        offer.totalRemainingCollateral >= 0n &&
          offer.totalRemainingCollateral === offer.totalCollateral - tokens,
        'I5: the collateral does not add up',
        facts,
      );
    }
    demand(used === written, 'I2: what is used is not what the reservations have written', facts);
    demand(reserved === promised, 'I1: what is reserved is not what is free and promised', facts);
    demand(used + reserved <= this.#quotaMax, 'The quota is exceeded', facts);
  }
}

const RESERVATIONS = '/meta/sales/reservations';
const USED = '/meta/quota/used';
const none = { used: 0n, reserved: 0n };
