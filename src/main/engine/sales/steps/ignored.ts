import { cleanUp } from '../cleanup.ts';
import type { SaleStep } from '../salestate.ts';
import { isOursAfterAll } from '../whohasit.ts';

/** Not our slot: nothing was put in, all comes back. */
export const ignored: SaleStep<'ignored'> = async ({ outcome }, context, signal) => {
  if (await isOursAfterAll(context, signal)) return { name: 'unknown' };
  context.record.decided(outcome);
  await cleanUp(context, { kind: 'notFilled' }, signal);
  return undefined;
};
