import { isEngineError } from '../../errors.ts';
import { reach } from '../phase.ts';
import type { SaleContext, SaleState, SaleStep } from '../salestate.ts';
import { fewTimes } from '../untilanswered.ts';

/**
 * Reserves the slot on chain, so that the few who may fill it need not race with everybody. A reservation of an earlier
 * attempt still counts there and cannot be made twice: when the contract allows none, it is asked whether we hold one
 * already, and where it cannot tell, what was written down before it was sent decides (engine.md 13-S4).
 */
export const slotReserving: SaleStep<'slotReserving'> = async ({ slot, reservation }, context, signal) => {
  const { ref, chainReservations } = context;
  const isHeld = await fewTimes('reserve a slot on chain', context, signal, async () => {
    return (await reserved(reservation.validUntil, context, signal)) || isHeldAlready(context, signal);
  });
  if (!isHeld) {
    await fewTimes('forget a reservation on chain', context, signal, () =>
      chainReservations.forget(ref.slotId),
    );
    return reservationsFull;
  }
  await reach(context, 'chainReserved');
  return { name: 'downloading', slot, reservation };
};

/** False when the contract allows no reservation of ours. */
async function reserved(until: number, context: SaleContext, signal: AbortSignal): Promise<boolean> {
  const { market, ref, record, chainReservations } = context;
  const { requestId, slotIndex, slotId } = ref;
  if (!(await market.canReserveSlot(requestId, slotIndex, { signal }))) return false;
  await chainReservations.note(slotId, until);
  try {
    record.spent(await market.reserveSlot(requestId, slotIndex, { signal }));
    return true;
  } catch (error) {
    if (isEngineError(error, 'SLOT_RESERVATION_NOT_ALLOWED')) return false;
    throw error;
  }
}

async function isHeldAlready(
  { market, ref, chainReservations }: SaleContext,
  signal: AbortSignal,
): Promise<boolean> {
  const isHeld = await market.holdsReservation(ref.requestId, ref.slotIndex, { signal });
  return isHeld ?? chainReservations.has(ref.slotId);
}

const reservationsFull: SaleState = {
  name: 'ignored',
  outcome: {
    code: 'reservationsFull',
    text: 'As many providers as the contract allows have reserved this slot already.',
  },
  waitsForOffer: false,
};
