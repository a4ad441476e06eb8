import { cleanUp } from '../cleanup.ts';
import type { SaleStep } from '../salestate.ts';

/** Paid for the whole time. */
export const finished: SaleStep<'finished'> = async ({ settlement }, context, signal) => {
  const { returned, collateral, payout } = settlement;
  context.record.note({ payout, currentCollateral: collateral });
  context.record.decided({ code: 'paid', text: 'Ran to its end and was paid.' });
  await cleanUp(context, { kind: 'settled', collateral: returned }, signal);
  return undefined;
};
