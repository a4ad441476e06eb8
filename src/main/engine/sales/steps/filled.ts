import { collateralPerSlot, type StorageRequest } from '../../contracts/requests.ts';
import { SaleError } from '../errors.ts';
import { slotLost, slotTaken } from '../outcomes.ts';
import type { SaleContext, SaleStep } from '../salestate.ts';
import { untilAnswered } from '../untilanswered.ts';

/** The slot is filled; asks by whom. If it is ours, the sale is safe in the ledger and a worker is free. */
export const filled: SaleStep<'filled'> = async ({ by }, context, signal) => {
  const { market, ref } = context;
  const host = await untilAnswered('ask who filled a slot', context, signal, () =>
    market.getHost(ref.slotId, { signal }),
  );
  if (host !== market.signer) return by === 'us' ? slotLost() : slotTaken();
  const request = await untilAnswered('note a filled slot', context, signal, () => keep(context, signal));
  context.freeWorker();
  return { name: 'proving', slot: { slotId: ref.slotId, request, slotIndex: ref.slotIndex } };
};

async function keep(
  { market, clock, ref, record, reservations }: SaleContext,
  signal: AbortSignal,
): Promise<StorageRequest> {
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
  if (reservation) await reservations.setPhase(reservation.id, 'filled');
  return request;
}
