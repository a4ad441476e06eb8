import { periodOf, periodStart } from '../../contracts/periods.ts';
import { slotLost } from '../outcomes.ts';
import { proveInPeriod } from '../periodproof.ts';
import type { SaleContext, SaleState, SaleStep } from '../salestate.ts';
import { untilAnswered } from '../untilanswered.ts';

/**
 * Proves, period after period, until the chain says that it is over (engine.md 8.2). Nothing else ends it: an error is
 * retried within the period, and the next period begins with a fresh look.
 */
export const proving: SaleStep<'proving'> = async ({ slot }, context, signal) => {
  const { clock, market, record } = context;
  const { periodSeconds, timeoutSeconds } = market.config;
  for (let done: number | undefined; ;) {
    const verdict = await untilAnswered('read the state of a slot', context, signal, () =>
      ending(context, signal),
    );
    if (verdict) return verdict;
    const period = periodOf(clock.now(), periodSeconds);
    if (period !== done) await proveInPeriod(slot, period, context, signal);
    done = period;

    const wakeUps = [
      // Misses of the period before have been marked by now, or never will be.
      periodStart(period, periodSeconds) + Math.min(timeoutSeconds, periodSeconds - 1) + 1,
      (record.info.requestEndsAt ?? 0) + 1,
    ].filter((time) => time > clock.now());
    await clock.waitUntil(Math.min(...wakeUps, periodStart(period + 1, periodSeconds) + 1), { signal });
    await untilAnswered('count missed proofs', context, signal, () => takeStock(context, signal));
  }
};

/** Where the chain's account of the slot leads; undefined while it is filled and ours. */
async function ending({ market, ref }: SaleContext, signal: AbortSignal): Promise<SaleState | undefined> {
  switch (await market.slotState(ref.slotId, { signal })) {
    case 'filled':
      return (await market.getHost(ref.slotId, { signal })) === market.signer ? undefined : slotLost();
    case 'finished':
    case 'paid':
      return { name: 'payout' };
    case 'cancelled':
      return { name: 'cancelled' };
    case 'failed':
      return { name: 'failed' };
    case 'free':
    case 'repair':
      return slotLost();
  }
}

/** Reads what slashing left. Both numbers start anew when the slot is taken away; the state says that. */
async function takeStock({ market, ref, record }: SaleContext, signal: AbortSignal): Promise<void> {
  const currentCollateral = await market.currentCollateral(ref.slotId, { signal });
  const missed = await market.missingProofs(ref.slotId, { signal });
  record.note({ currentCollateral });
  record.proofsMissed(missed);
}
