import { MarketError } from '../../market/errors.ts';
import { givenUp, slotLost } from '../outcomes.ts';
import type { SaleContext, SaleStep } from '../salestate.ts';
import { noteFill } from '../settlement.ts';
import { untilAnswered } from '../untilanswered.ts';
import { isOurs, wasFilledByUs } from '../whohasit.ts';

/** Too many slots of the request were lost: its hosts get neither pay nor collateral. */
export const failed: SaleStep<'failed'> = async (_state, context, signal) => {
  const { market, ref } = context;
  const state = await untilAnswered('read the state of a request', context, signal, () =>
    market.requestState(ref.requestId, { signal }),
  );
  if (state !== 'failed') return { name: 'unknown', isAgain: true };
  if (!(await isOurs(context, signal))) {
    if (wasFilledByUs(context)) return slotLost();
    return givenUp('requestFailed', 'The request failed before this slot was filled.');
  }
  await untilAnswered('tell when a slot was filled', context, signal, () => noteFill(context, 0n, signal));
  await untilAnswered('leave a failed slot', context, signal, () => leave(context, signal));
  context.record.note({ currentCollateral: 0n });
  return {
    name: 'errored',
    outcome: {
      code: 'requestFailed',
      text: 'The request failed because too many of its slots were lost; so is the collateral.',
    },
    fate: { kind: 'lost' },
  };
};

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
