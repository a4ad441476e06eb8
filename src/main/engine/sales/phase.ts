import { reservationPhases, type ReservationPhase } from './availability.ts';
import type { SaleContext } from './salestate.ts';

/**
 * Writes down how far the sale is; never back. A fill that was sent may still come through although a new first proof is
 * being made, and a restart has to know of it.
 */
export async function reach(context: SaleContext, phase: ReservationPhase): Promise<void> {
  const { reservations, ref } = context;
  const reservation = reservations.reservationOfSlot(ref.slotId);
  if (!reservation || orderOf(reservation.phase) >= orderOf(phase)) return;
  await reservations.setPhase(reservation.id, phase);
}

/** That the slot is ours now: the phase, and that its reservation on chain is used up. Booking it again changes nothing. */
export async function bookFilled(context: SaleContext): Promise<void> {
  await reach(context, 'filled');
  await context.chainReservations.forget(context.ref.slotId);
}

const orderOf = (phase: ReservationPhase): number => reservationPhases.indexOf(phase);
