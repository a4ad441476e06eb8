import { cleanUp } from '../cleanup.ts';
import type { Fate } from '../ledger.ts';
import type { SaleContext, SaleStep } from '../salestate.ts';
import { lostText } from '../outcomes.ts';
import { settle, type Settled } from '../settlement.ts';
import { untilAnswered } from '../untilanswered.ts';
import { wasFilledByUs } from '../whohasit.ts';

/** The request expired before all its slots were filled. If ours was, it is paid for the time until then. */
export const cancelled: SaleStep<'cancelled'> = async (_state, context, signal) => {
  const { market, ref } = context;
  const state = await untilAnswered('read the state of a request', context, signal, () =>
    market.requestState(ref.requestId, { signal }),
  );
  if (state === undefined || state === 'new' || state === 'started')
    return { name: 'unknown', isAgain: true };
  const settled = await settle(context, signal);
  if (settled.kind === 'running') return { name: 'unknown', isAgain: true };
  await cleanUp(context, fateOf(settled, context), signal);
  return undefined;
};

type Over = Exclude<Settled, { kind: 'running' }>;

function fateOf(settled: Over, context: SaleContext): Fate {
  const { record } = context;
  switch (settled.kind) {
    case 'paid': {
      const { returned, collateral, payout } = settled;
      record.note({ payout, currentCollateral: collateral });
      record.decided({
        code: 'partlyPaid',
        text: 'The request expired before all its slots were filled; paid for the time until then.',
      });
      return { kind: 'settled', collateral: returned };
    }
    case 'notOurs':
      if (wasFilledByUs(context)) {
        record.note({ currentCollateral: 0n });
        record.decided(lostText);
        return { kind: 'lost' };
      }
      record.decided({ code: 'requestExpired', text: 'The request expired before this slot was filled.' });
      return { kind: 'notFilled' };
    case 'failed':
    case 'stuck':
      record.decided({
        code: 'error',
        text: 'The contract keeps refusing to pay this slot out; its collateral is stuck there.',
      });
      return { kind: 'lost' };
  }
}
