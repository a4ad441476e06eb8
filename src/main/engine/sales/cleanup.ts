import type { Fate } from './ledger.ts';
import type { SaleContext } from './salestate.ts';
import { untilAnswered } from './untilanswered.ts';

/**
 * Deletes the slot's bytes, then gives them and the collateral back to the offer in one change of the ledger. Each half
 * may be repeated: after a crash between them the books follow the disk, and the sale comes here again.
 */
export async function cleanUp(context: SaleContext, fate: Fate, signal: AbortSignal): Promise<void> {
  const { ref, host, reservations, record } = context;
  const reservation = reservations.reservationOfSlot(ref.slotId);
  if (!reservation && record.info.filledAt === undefined) return;
  // Told before it is done: a crash from here on must not forget how the sale ended.
  await untilAnswered('store a sale', context, signal, () => context.save(record.info));
  await untilAnswered('delete the bytes of a slot', context, signal, () => host.clear(ref.slotId));
  if (reservation) {
    await untilAnswered('close a reservation', context, signal, () =>
      reservations.close(reservation.id, fate),
    );
  }
}
