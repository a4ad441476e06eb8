import { cleanUp } from '../cleanup.ts';
import type { Outcome } from '../saleinfo.ts';
import type { SaleStep } from '../salestate.ts';

/** Paid: for the whole time, or until the request failed. */
export const finished: SaleStep<'finished'> = async ({ settlement, isOfFailed }, context, signal) => {
  const { returned, collateral, payout } = settlement;
  context.record.note({ payout, currentCollateral: collateral });
  context.record.decided(isOfFailed ? paidAfterFailure : paidInFull);
  await cleanUp(context, { kind: 'settled', collateral: returned }, signal);
  return undefined;
};

const paidInFull: Outcome = { code: 'paid', text: 'Ran to its end and was paid.' };

const paidAfterFailure: Outcome = {
  code: 'partlyPaid',
  text: 'The request failed because too many of its slots were lost; paid for the time until then.',
};
