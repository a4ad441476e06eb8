import { periodOf } from '../../contracts/periods.ts';
import { slotCollateral } from '../../contracts/requests.ts';
import { isEngineError } from '../../errors.ts';
import { isAborted } from '../../lib/abort.ts';
import { givenUp, requestOver } from '../outcomes.ts';
import { reach } from '../phase.ts';
import type { SaleContext, SaleState, SaleStep } from '../salestate.ts';
import { untilAnswered } from '../untilanswered.ts';

/**
 * Puts in the collateral and the proof, while the period of the proof's challenge lasts; after it the proof is made anew.
 * After an error the chain is asked who has the slot before anything is decided, so that a fill whose answer was lost is
 * neither forgotten nor made twice (engine.md 13-S3).
 */
export const filling: SaleStep<'filling'> = async ({ slot, reservation, proof, period }, context, signal) => {
  const { market, clock, ref, record, logger } = context;
  const { periodSeconds } = market.config;
  const isOutdated = () => periodOf(clock.now(), periodSeconds) !== period;
  const proveAnew: SaleState = { name: 'initialProving', slot, reservation };
  return untilAnswered('fill a slot', context, signal, async () => {
    if (isOutdated()) {
      logger.info('The period of the first proof is over; it is made anew', { period });
      return proveAnew;
    }
    if (await isTooLate(context, signal)) return requestOver();
    const state = await market.slotState(ref.slotId, { signal });
    const collateral = slotCollateral(slot.request.ask, state, market.config);
    record.note({ collateral });
    // From here on a fill of ours may be on the chain, whatever we hear.
    await reach(context, 'filling');
    try {
      const sent = await market.fillSlot(ref.requestId, ref.slotIndex, proof, collateral, { signal });
      record.spent(sent);
      record.note({ filledAt: sent.minedAt });
      return { name: 'filled', by: 'us' };
    } catch (error) {
      if (isAborted(error)) throw error;
      const answer = await afterFailure(error, context, signal);
      if (answer) return answer;
      // The slot's former host proved it in this period, and the contract takes one proof a period.
      if (isEngineError(error, 'PROOF_ALREADY_SUBMITTED')) return proveAnew;
      if (!isEngineError(error, 'PROOF_INVALID')) throw error;
      return isOutdated() ? proveAnew : givenUp('proofFailed', 'The contract refused the proof', error);
    }
  });
};

/**
 * Whether the request may expire before a fill is mined. After the expiry the contract refuses it, which costs gas only;
 * but what goes in in the very second of the expiry can never be paid out (marketplace.md §7, stuck money).
 */
async function isTooLate({ market, clock, ref }: SaleContext, signal: AbortSignal): Promise<boolean> {
  const state = await market.requestState(ref.requestId, { signal });
  if (state !== 'new') return state === 'cancelled';
  return clock.now() + FILLING_SECONDS > (await market.requestExpiresAt(ref.requestId, { signal }));
}

/** What two transactions take on a chain that is not congested. */
const FILLING_SECONDS = 30;

/** Undefined when it depends on the proof, or may pass by itself. */
async function afterFailure(
  error: unknown,
  context: SaleContext,
  signal: AbortSignal,
): Promise<SaleState | undefined> {
  const { market, ref, logger } = context;
  logger.warn('Filling the slot failed', { error });
  const state = await untilAnswered('ask whether a slot is filled', context, signal, () =>
    market.slotState(ref.slotId, { signal }),
  );
  switch (state) {
    case 'filled':
      // By whom is asked there, as often as it takes to be sure.
      return { name: 'filled', by: 'somebody' };
    case 'finished':
    case 'failed':
    case 'paid':
    case 'cancelled':
      return { name: 'unknown', isAgain: true };
    case 'free':
    case 'repair':
      break;
  }
  if (isEngineError(error, 'INSUFFICIENT_TOKENS')) {
    return givenUp('balanceTooLow', 'There are not enough tokens in the wallet for the collateral', error);
  }
  if (isEngineError(error, 'REVERTED')) {
    // It was only said to be held; the next attempt reserves it anew.
    if ('revert' in error.details && error.details.revert === 'Marketplace_ReservationRequired') {
      await untilAnswered('forget a reservation on chain', context, signal, () =>
        context.chainReservations.forget(ref.slotId),
      );
    }
    return givenUp('error', 'The contract refused to fill the slot', error);
  }
  return undefined;
}
