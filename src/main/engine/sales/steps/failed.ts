import { familyRules } from '../../contracts/family.ts';
import { MarketError } from '../../market/errors.ts';
import { givenUp, slotLost } from '../outcomes.ts';
import type { SaleContext, SaleState, SaleStep } from '../salestate.ts';
import { noteFill, settle, SETTLING_SECONDS } from '../settlement.ts';
import { untilAnswered } from '../untilanswered.ts';
import { isOurs, notOursAnyMore, wasFilledByUs } from '../whohasit.ts';

/**
 * Too many slots of the request were lost. Its hosts get neither pay nor collateral, or both at the end that was planned,
 * as the family of the contracts has it. Nothing is done before the failure can hardly be taken back: a slot that is freed
 * while its request runs after all is given away.
 */
export const failed: SaleStep<'failed'> = async (_state, context, signal) => {
  const { market, clock, record, freeWorker } = context;
  if (!(await hasFailed(context, signal))) return { name: 'unknown', isAgain: true };
  if (!(await isOurs(context, signal))) {
    if (wasFilledByUs(context)) return slotLost();
    return givenUp('requestFailed', 'The request failed before this slot was filled.');
  }
  freeWorker();
  await clock.waitUntil(clock.now() + SETTLING_SECONDS, { signal });
  if (!(await hasFailed(context, signal))) return { name: 'unknown', isAgain: true };
  await untilAnswered('tell when a slot was filled', context, signal, () => noteFill(context, 0n, signal));
  if (familyRules[market.config.family].failedRequestPays === 'atPlannedEnd')
    return collectAtPlannedEnd(context, signal);
  await untilAnswered('leave a failed slot', context, signal, () => leave(context, signal));
  record.note({ currentCollateral: 0n });
  return lostWithRequest;
};

async function hasFailed(context: SaleContext, signal: AbortSignal): Promise<boolean> {
  const { market, ref } = context;
  const state = await untilAnswered('read the state of a request', context, signal, () =>
    market.requestState(ref.requestId, { signal }),
  );
  return state === 'failed';
}

/**
 * The bytes are of no more use; the money is waited for, however long that takes. A node that is started anew meanwhile
 * comes here again.
 */
async function collectAtPlannedEnd(context: SaleContext, signal: AbortSignal): Promise<SaleState> {
  const { ref, host, reservations, logger } = context;
  await untilAnswered('delete the bytes of a slot', context, signal, () => host.clear(ref.slotId));
  await untilAnswered('give the bytes of a slot back', context, signal, async () => {
    const reservation = reservations.reservationOfSlot(ref.slotId);
    if (reservation) await reservations.releaseBytes(reservation.id);
  });
  logger.notice('The request failed; the slot is paid until then when the end comes that it was to have');
  const settled = await settle(context, signal);
  switch (settled.kind) {
    case 'paid':
      return { name: 'finished', settlement: settled, isOfFailed: true };
    case 'notOurs':
      return notOursAnyMore(context);
    case 'stuck':
      return lostWithRequest;
    case 'running':
    case 'failed':
      return { name: 'unknown', isAgain: true };
  }
}

/** Takes the slot off the list of ours. Nothing is paid, so a contract that refuses is left alone. */
async function leave({ market, ref, record, logger }: SaleContext, signal: AbortSignal): Promise<void> {
  if ((await market.slotState(ref.slotId, { signal })) !== 'failed') return;
  try {
    record.spent(await market.freeSlot(ref.slotId, { signal }));
  } catch (error) {
    if (!(error instanceof MarketError) || !('revert' in error.details)) throw error;
    logger.info('The failed slot could not be left', { error });
  }
}

const lostWithRequest: SaleState = {
  name: 'errored',
  outcome: {
    code: 'requestFailed',
    text: 'The request failed because too many of its slots were lost; so is the collateral.',
  },
  fate: { kind: 'lost' },
};
