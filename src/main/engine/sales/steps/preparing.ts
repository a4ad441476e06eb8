import { slotCollateral, type StorageRequest } from '../../contracts/requests.ts';
import type { Reservation } from '../availability.ts';
import type { Refusal } from '../matching.ts';
import { givenUp, slotTaken } from '../outcomes.ts';
import type { SaleContext, SaleStep } from '../salestate.ts';
import { fewTimes } from '../untilanswered.ts';

/** Loads the request, and finds an offer that has room for its slot under its conditions. */
export const preparing: SaleStep<'preparing'> = async (_state, context, signal) => {
  const { market, ref, record, reservations } = context;
  const request = await fewTimes('load a request', context, signal, () =>
    market.getRequest(ref.requestId, { signal }),
  );
  if (!request) return givenUp('requestUnknown', 'The chain does not know this request.');
  record.note({ ask: request.ask });

  const held = reservations.reservationOfSlot(ref.slotId);
  const found = await fewTimes('find an offer', context, signal, () => reserve(context, request, signal));
  if (found === 'taken') return slotTaken(held ? undefined : 'Another provider has this slot already.');
  if ('rule' in found) {
    const { rule, text, availabilityId, details } = found;
    context.logger.info('No offer fits the slot', { rule, ...details, availabilityId });
    const outcome = { code: 'noMatchingAvailability', text } as const;
    return { name: 'ignored', outcome, waitsForOffer: true };
  }
  record.note({ availabilityId: found.availabilityId });
  return {
    name: 'slotReserving',
    slot: { slotId: ref.slotId, request, slotIndex: ref.slotIndex },
    reservation: found,
  };
};

async function reserve(
  { market, ref, record, reservations }: SaleContext,
  { ask }: StorageRequest,
  signal: AbortSignal,
): Promise<Reservation | Refusal | 'taken'> {
  const state = await market.slotState(ref.slotId, { signal });
  if (state !== 'free' && state !== 'repair') return 'taken';
  const requestEndsAt = await market.requestEnd(ref.requestId, { signal });
  record.note({ requestEndsAt });
  return reservations.findAndReserve({
    ...ref,
    slotSize: ask.slotSize,
    duration: ask.duration,
    pricePerBytePerSecond: ask.pricePerBytePerSecond,
    collateralPerByte: ask.collateralPerByte,
    collateral: slotCollateral(ask, state, market.config),
    requestEndsAt,
  });
}
