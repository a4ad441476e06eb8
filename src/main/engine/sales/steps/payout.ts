import type { SaleState, SaleStep } from '../salestate.ts';
import { settle } from '../settlement.ts';
import { notOursAnyMore } from '../whohasit.ts';

/** The request has run its time: collects pay and collateral. */
export const payout: SaleStep<'payout'> = async (_state, context, signal) => {
  const settled = await settle(context, signal);
  switch (settled.kind) {
    case 'paid':
      return { name: 'finished', settlement: settled };
    case 'failed':
      return { name: 'failed' };
    case 'notOurs':
      return notOursAnyMore(context);
    case 'running':
      return { name: 'unknown', isAgain: true };
    case 'stuck':
      return refused;
  }
};

const refused: SaleState = {
  name: 'errored',
  outcome: {
    code: 'error',
    text: 'The contract keeps refusing to pay this slot out; its pay and collateral are stuck there.',
  },
  fate: { kind: 'lost' },
};
