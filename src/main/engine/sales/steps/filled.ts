import { collateralPerSlot, type StorageRequest } from '../../contracts/requests.ts';
import { SaleError } from '../errors.ts';
import { slotLost, slotTaken } from '../outcomes.ts';
import { reach } from '../phase.ts';
import type { SaleContext, SaleStep } from '../salestate.ts';
import { untilAnswered } from '../untilanswered.ts';
import { isOurs, wasFilledByUs } from '../whohasit.ts';

/** The slot is filled; asks by whom. If it is ours, the sale is safe in the ledger and a worker is free. */
export const filled: SaleStep<'filled'> = async ({ by, isResumed }, context, signal) => {
  const { ref } = context;
  if (!(await isOurs(context, signal))) {
    return by === 'us' || wasFilledByUs(context) ? slotLost() : slotTaken();
  }
  const request = await untilAnswered('note a filled slot', context, signal, () => keep(context, signal));
  context.freeWorker();
  const slot = { slotId: ref.slotId, request, slotIndex: ref.slotIndex };
  return { name: 'proving', slot, ...(isResumed && { isUnverified: true }) };
};

async function keep(context: SaleContext, signal: AbortSignal): Promise<StorageRequest> {
  const { market, clock, ref, record, reservations, chainReservations } = context;
  const request = await market.getRequest(ref.requestId, { signal });
  if (!request) throw new SaleError('REQUEST_UNKNOWN', { requestId: ref.requestId });
  const reservation = reservations.reservationOfSlot(ref.slotId);
  const { filledAt = clock.now(), collateral = reservation?.collateral ?? collateralPerSlot(request.ask) } =
    record.info;
  record.note({
    ask: request.ask,
    requestEndsAt: await market.requestEnd(ref.requestId, { signal }),
    currentCollateral: await market.currentCollateral(ref.slotId, { signal }),
    filledAt,
    collateral,
    ...(reservation && { availabilityId: reservation.availabilityId }),
  });
  await reach(context, 'filled');
  await chainReservations.forget(ref.slotId);
  return request;
}
