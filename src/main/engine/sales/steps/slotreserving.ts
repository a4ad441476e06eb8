import { isEngineError } from '../../errors.ts';
import type { SaleContext, SaleState, SaleStep } from '../salestate.ts';
import { fewTimes } from '../untilanswered.ts';

/**
 * Reserves the slot on chain, so that the few who may fill it need not race with everybody. A reservation of an earlier
 * attempt still counts there and cannot be made twice; that it is ours is kept in the ledger (engine.md 13-S4).
 */
export const slotReserving: SaleStep<'slotReserving'> = async ({ slot, reservation }, context, signal) => {
  let holdsIt = reservation.phase !== 'reserved';
  const isAllowed = await fewTimes('reserve a slot on chain', context, signal, async () => {
    try {
      if (!(await context.market.canReserveSlot(context.ref.requestId, slot.slotIndex, { signal })))
        return holdsIt;
      await reserveOnChain(context, signal);
      return true;
    } catch (error) {
      if (isEngineError(error, 'SLOT_RESERVATION_NOT_ALLOWED')) return holdsIt;
      // Sent and then lost from sight: if it cannot be made again, this one was it.
      if (isEngineError(error, 'TRANSACTION_LOST') || isEngineError(error, 'CHAIN_UNREACHABLE'))
        holdsIt = true;
      throw error;
    }
  });
  if (!isAllowed) return reservationsFull;
  if (reservation.phase === 'reserved') await context.reservations.setPhase(reservation.id, 'chainReserved');
  return { name: 'downloading', slot, reservation };
};

async function reserveOnChain({ market, ref, record }: SaleContext, signal: AbortSignal): Promise<void> {
  record.spent(await market.reserveSlot(ref.requestId, ref.slotIndex, { signal }));
}

const reservationsFull: SaleState = {
  name: 'ignored',
  outcome: {
    code: 'reservationsFull',
    text: 'As many providers as the contract allows have reserved this slot already.',
  },
  waitsForOffer: false,
};
