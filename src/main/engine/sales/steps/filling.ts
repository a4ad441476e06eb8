import { periodOf, periodStart } from '../../contracts/periods.ts';
import { slotCollateral, type RequestState } from '../../contracts/requests.ts';
import { isEngineError } from '../../errors.ts';
import { isAborted } from '../../lib/abort.ts';
import { givenUp, requestOver, tooLateToFill } from '../outcomes.ts';
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
    const request = await market.requestState(ref.requestId, { signal });
    if (request === 'cancelled') return requestOver();
    if (request === undefined) return { name: 'unknown', isRequestGone: true };
    const { lastSecond, isOfRequest } = await lastUsefulSecond(period, request, context, signal);
    if (isOfRequest && clock.now() + FILLING_SECONDS > lastSecond) return tooLateToFill();
    const state = await market.slotState(ref.slotId, { signal });
    const collateral = slotCollateral(slot.request.ask, state, market.config);
    record.note({ collateral });
    // From here on a fill of ours may be on the chain, whatever we hear.
    await reach(context, 'filling');
    try {
      const sent = await market.fillSlot(ref.requestId, ref.slotIndex, proof, collateral, {
        signal,
        deadline: lastSecond,
      });
      record.spent(sent);
      record.note({ filledAt: sent.minedAt });
      return { name: 'filled', by: 'us' };
    } catch (error) {
      if (isAborted(error)) throw error;
      const answer = await afterFailure(error, context, signal);
      if (answer) return answer;
      // The slot's former host proved it in this period, and the contract takes one proof a period.
      if (isEngineError(error, 'PROOF_ALREADY_SUBMITTED')) return proveAnew;
      if (isEngineError(error, 'TOO_LATE')) {
        // The contract says so only of the request; the market of whatever comes first.
        return isOfRequest || 'revert' in error.details ? tooLateToFill() : proveAnew;
      }
      if (!isEngineError(error, 'PROOF_INVALID')) throw error;
      return isOutdated() ? proveAnew : givenUp('proofFailed', 'The contract refused the proof', error);
    }
  });
};

/**
 * The last second in which the fill may be mined: while the period of its proof lasts, and before the request is over.
 * After that the contract refuses it, which costs gas only; but what goes in in the very second of the expiry can never be
 * paid out (marketplace.md §7, stuck money).
 */
async function lastUsefulSecond(
  period: number,
  request: RequestState,
  { market, ref }: SaleContext,
  signal: AbortSignal,
): Promise<{ lastSecond: number; isOfRequest: boolean }> {
  const ofPeriod = periodStart(period + 1, market.config.periodSeconds) - 1;
  const end = await (request === 'new'
    ? market.requestExpiresAt(ref.requestId, { signal })
    : market.requestEnd(ref.requestId, { signal }));
  return { lastSecond: Math.min(ofPeriod, end - 1), isOfRequest: end - 1 <= ofPeriod };
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
