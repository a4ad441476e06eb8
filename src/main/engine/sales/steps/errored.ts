import { cleanUp } from '../cleanup.ts';
import type { SaleStep } from '../salestate.ts';
import { isOursAfterAll } from '../whohasit.ts';

/** Ended without success: by an error of ours, or by the chain. */
export const errored: SaleStep<'errored'> = async ({ outcome, fate }, context, signal) => {
  if (fate.kind === 'notFilled' && (await isOursAfterAll(context, signal))) return { name: 'unknown' };
  if (fate.kind === 'lost') context.record.note({ currentCollateral: 0n });
  context.record.decided(outcome);
  await cleanUp(context, fate, signal);
  return undefined;
};
