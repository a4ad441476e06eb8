import type { SaleContext } from './salestate.ts';

/**
 * Sets what is booked for the slot to what of it is on disk. They differ after a crash or an error between the charge of
 * a batch and its writing, and after blocks were found harmed. @throws ReservationsError, StoreError
 */
export async function followDisk({ ref, reservations, host }: SaleContext): Promise<void> {
  const reservation = reservations.reservationOfSlot(ref.slotId);
  if (reservation) await reservations.setWritten(reservation.id, await host.storedBytes(ref.slotId));
}
