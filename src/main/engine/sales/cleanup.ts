import type { Fate } from './ledger.ts';
import { accountForGas } from './ownfill.ts';
import type { SaleContext } from './salestate.ts';
import { untilAnswered } from './untilanswered.ts';

/**
 * Deletes the slot's bytes, then gives them and the collateral back to the offer in one change of the ledger. Each half
 * may be repeated: after a crash between them the books follow the disk, and the sale comes here again.
 */
export async function cleanUp(context: SaleContext, fate: Fate, signal: AbortSignal): Promise<void> {
  const { ref, host, reservations, record } = context;
  const again = async (what: string, work: () => Promise<void>) => {
    await untilAnswered(what, context, signal, async () => {
      try {
        await work();
      } catch (error) {
        // A disk that cannot be cleaned up keeps no other slot waiting.
        context.freeWorker();
        throw error;
      }
    });
  };
  const reservation = reservations.reservationOfSlot(ref.slotId);
  if (!reservation && record.info.filledAt === undefined) return;
  await untilAnswered('ask what a sale cost', context, signal, () => accountForGas(context));
  // Of a sale taken up after a crash its reservation may be all that is known; with it the sale is one for the history.
  if (reservation) record.note({ availabilityId: reservation.availabilityId });
  // Told before it is done: a crash from here on must not forget how the sale ended.
  await again('store a sale', () => context.save(record.info));
  await again('delete the bytes of a slot', () => host.clear(ref.slotId));
  if (reservation) {
    await again('close a reservation', () => reservations.close(reservation.id, fate));
  }
}
