import { collateralPerSlot, type StorageRequest } from '../../contracts/requests.ts';
import { isAborted } from '../../lib/abort.ts';
import { SaleError } from '../errors.ts';
import { slotLost, slotTaken } from '../outcomes.ts';
import { learnOfFill } from '../ownfill.ts';
import { bookFilled } from '../phase.ts';
import type { SaleContext, SaleStep } from '../salestate.ts';
import { fewTimes, untilAnswered } from '../untilanswered.ts';
import { isOurs, notOursAnyMore, wasFilledByUs } from '../whohasit.ts';

/** The slot is filled; asks by whom. If it is ours, a worker is free, and the ledger knows it if it can be written. */
export const filled: SaleStep<'filled'> = async ({ by, isResumed }, context, signal) => {
  const { ref } = context;
  if (!(await isOurs(context, signal))) {
    if (by === 'us') return notOursAnyMore(context);
    return wasFilledByUs(context) ? slotLost() : slotTaken();
  }
  const request = await untilAnswered('note a filled slot', context, signal, () => noted(context, signal));
  await book(context, signal);
  context.freeWorker();
  const slot = { slotId: ref.slotId, request, slotIndex: ref.slotIndex };
  return { name: 'proving', slot, ...(isResumed && { isUnverified: true }) };
};

async function noted(context: SaleContext, signal: AbortSignal): Promise<StorageRequest> {
  const { market, clock, ref, record, reservations } = context;
  const request = await market.getRequest(ref.requestId, { signal });
  if (!request) throw new SaleError('REQUEST_UNKNOWN', { requestId: ref.requestId });
  await learnOfFill(context);
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
  return request;
}

/** A disk that is full keeps no slot from being proven: then it is booked beside the proofs. */
async function book(context: SaleContext, signal: AbortSignal): Promise<void> {
  try {
    await fewTimes('book a filled slot', context, signal, () => bookFilled(context));
  } catch (error) {
    if (isAborted(error)) throw error;
    context.logger.error('A filled slot could not be booked yet; it is proven all the same', { error });
  }
}
