import type { AvailabilityId, ReservationId, SlotId } from '../contracts/ids.ts';
import type { Availability, Quota, Reservation } from './availability.ts';
import type { Change, Ledger } from './ledger.ts';

/** The ledger in memory, and what finds its records quickly. Changes cost the same however many there are. */
export class Books implements Ledger {
  readonly #availabilities: Map<AvailabilityId, Availability>;
  readonly #reservations = new Map<ReservationId, Reservation>();
  readonly #ofOffer = new Map<AvailabilityId, Map<ReservationId, Reservation>>();
  readonly #ofSlot = new Map<SlotId, Reservation>();
  #quota: Quota;

  constructor({ quota, availabilities, reservations }: Ledger) {
    this.#quota = quota;
    this.#availabilities = new Map(availabilities);
    for (const reservation of reservations.values()) this.#put(reservation);
  }

  get quota(): Quota {
    return this.#quota;
  }

  get availabilities(): ReadonlyMap<AvailabilityId, Availability> {
    return this.#availabilities;
  }

  get reservations(): ReadonlyMap<ReservationId, Reservation> {
    return this.#reservations;
  }

  ofOffer(id: AvailabilityId): Reservation[] {
    return [...(this.#ofOffer.get(id)?.values() ?? [])];
  }

  ofSlot(slotId: SlotId): Reservation | undefined {
    return this.#ofSlot.get(slotId);
  }

  /** Whether the change says nothing but what is so already. */
  hasAll({ quota, availability, reservation, removed, deletedAvailability }: Change): boolean {
    return (
      removed === undefined &&
      deletedAvailability === undefined &&
      (quota === undefined || quota === this.#quota) &&
      (availability === undefined || availability === this.#availabilities.get(availability.id)) &&
      (reservation === undefined || reservation === this.#reservations.get(reservation.id))
    );
  }

  apply({ quota, availability, reservation, removed, deletedAvailability }: Change): void {
    if (quota) this.#quota = quota;
    if (availability) this.#availabilities.set(availability.id, availability);
    if (reservation) this.#put(reservation);
    if (removed) this.#remove(removed);
    if (deletedAvailability) this.#availabilities.delete(deletedAvailability.id);
  }

  #put(reservation: Reservation): void {
    const { id, availabilityId, slotId } = reservation;
    this.#reservations.set(id, reservation);
    this.#ofSlot.set(slotId, reservation);
    const siblings = this.#ofOffer.get(availabilityId);
    if (siblings) siblings.set(id, reservation);
    else this.#ofOffer.set(availabilityId, new Map([[id, reservation]]));
  }

  #remove({ id, availabilityId, slotId }: Reservation): void {
    this.#reservations.delete(id);
    this.#ofSlot.delete(slotId);
    const siblings = this.#ofOffer.get(availabilityId);
    siblings?.delete(id);
    if (siblings?.size === 0) this.#ofOffer.delete(availabilityId);
  }
}
