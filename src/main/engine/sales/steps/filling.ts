import { periodOf } from '../../contracts/periods.ts';
import { slotCollateral } from '../../contracts/requests.ts';
import { isEngineError } from '../../errors.ts';
import { isAborted } from '../../lib/abort.ts';
import { givenUp, slotTaken } from '../outcomes.ts';
import type { SaleContext, SaleState, SaleStep } from '../salestate.ts';
import { untilAnswered } from '../untilanswered.ts';

/**
 * Puts in the collateral and the proof, while the period of the proof's challenge lasts; after it the proof is made anew.
 * After an error the chain is asked who has the slot before anything is decided, so that a fill whose answer was lost is
 * neither forgotten nor made twice (engine.md 13-S3).
 */
export const filling: SaleStep<'filling'> = async ({ slot, reservation, proof, period }, context, signal) => {
  const { market, clock, ref, record, reservations, logger } = context;
  const { periodSeconds } = market.config;
  const isOutdated = () => periodOf(clock.now(), periodSeconds) !== period;
  const proveAnew: SaleState = { name: 'initialProving', slot, reservation };
  await reservations.setPhase(reservation.id, 'filling');
  return untilAnswered('fill a slot', context, signal, async () => {
    if (isOutdated()) {
      logger.info('The period of the first proof is over; it is made anew', { period });
      return proveAnew;
    }
    const state = await market.slotState(ref.slotId, { signal });
    const collateral = slotCollateral(slot.request.ask, state, market.config);
    record.note({ collateral });
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

/** Undefined when it depends on the proof, or may pass by itself. */
async function afterFailure(
  error: unknown,
  context: SaleContext,
  signal: AbortSignal,
): Promise<SaleState | undefined> {
  const { market, ref, logger } = context;
  logger.warn('Filling the slot failed', { error });
  const [state, host] = await untilAnswered('ask who filled a slot', context, signal, () =>
    Promise.all([market.slotState(ref.slotId, { signal }), market.getHost(ref.slotId, { signal })]),
  );
  if (state === 'filled') return host === market.signer ? { name: 'filled', by: 'us' } : slotTaken();
  if (isEngineError(error, 'SLOT_NOT_FREE')) return slotTaken();
  if (isEngineError(error, 'INSUFFICIENT_TOKENS')) {
    return givenUp('error', 'There are not enough tokens in the wallet for the collateral', error);
  }
  if (isEngineError(error, 'REVERTED'))
    return givenUp('error', 'The contract refused to fill the slot', error);
  return undefined;
}
