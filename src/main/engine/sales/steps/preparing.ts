import { slotCollateral, type StorageRequest } from '../../contracts/requests.ts';
import type { Reservation } from '../availability.ts';
import type { Refusal, Wish } from '../matching.ts';
import { givenUp, requestOver } from '../outcomes.ts';
import type { SaleContext, SaleState, SaleStep } from '../salestate.ts';
import { fewTimes } from '../untilanswered.ts';
import type { WalletRefusal } from '../wallet.ts';
import { mayHoldMoney } from '../whohasit.ts';

/** Loads the request, and finds an offer that has room for its slot under its conditions. */
export const preparing: SaleStep<'preparing'> = async (_state, context, signal) => {
  const { market, ref, record } = context;
  const request = await fewTimes('load a request', context, signal, () =>
    market.getRequest(ref.requestId, { signal }),
  );
  if (!request) return givenUp('requestUnknown', 'The chain does not know this request.');
  record.note({ ask: request.ask });
  const found = await fewTimes('find an offer', context, signal, () => reserve(context, request, signal));
  if ('name' in found) return found;
  record.note({ availabilityId: found.availabilityId });
  return {
    name: 'slotReserving',
    slot: { slotId: ref.slotId, request, slotIndex: ref.slotIndex },
    reservation: found,
  };
};

async function reserve(
  context: SaleContext,
  { ask }: StorageRequest,
  signal: AbortSignal,
): Promise<Reservation | SaleState> {
  const { market, ref, record, reservations, wallet } = context;
  const slotState = await market.slotState(ref.slotId, { signal });
  // It may be a fill of ours that was lost from sight; who has it is asked there.
  if (slotState === 'filled') return { name: 'filled', by: 'somebody' };
  const requestState = await market.requestState(ref.requestId, { signal });
  const isOpen = requestState === undefined || requestState === 'new' || requestState === 'started';
  if (!isOpen || (slotState !== 'free' && slotState !== 'repair')) {
    return mayHoldMoney(context) ? { name: 'unknown', isAgain: true } : requestOver();
  }
  const requestEndsAt = await market.requestEnd(ref.requestId, { signal });
  record.note({ requestEndsAt });
  const wish: Wish = {
    ...ref,
    slotSize: ask.slotSize,
    duration: ask.duration,
    pricePerBytePerSecond: ask.pricePerBytePerSecond,
    collateralPerByte: ask.collateralPerByte,
    collateral: slotCollateral(ask, slotState, market.config),
    requestEndsAt,
  };
  // What is held already, and may be in the slot by now, is not asked for again.
  const found = mayHoldMoney(context)
    ? await reservations.findAndReserve(wish)
    : await wallet.findAndReserve(wish, signal);
  return 'rule' in found ? refused(found, context) : found;
}

/** All that was in the way can change with an offer, or with the wallet, so the slot is looked at again then. */
function refused(refusal: Refusal | WalletRefusal, { record, logger }: SaleContext): SaleState {
  const { text, ...facts } = refusal;
  const { rule, availabilityId, details } = facts;
  logger.info('No offer fits the slot', { rule, ...details, availabilityId });
  record.note({ refusal: facts });
  const code = rule === 'balance' ? 'balanceTooLow' : 'noMatchingAvailability';
  return { name: 'ignored', outcome: { code, text }, waitsForOffer: true };
}
