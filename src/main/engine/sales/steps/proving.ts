import { periodOf, periodStart } from '../../contracts/periods.ts';
import { abortScope } from '../../lib/abort.ts';
import { LONGEST_WAIT_MS } from '../../lib/retry.ts';
import type { HostedSlot } from '../../slots/slothost.ts';
import { bookFilled } from '../phase.ts';
import { proveInPeriod } from '../periodproof.ts';
import type { SaleContext, SaleState, SaleStep } from '../salestate.ts';
import { SlotRepair } from '../slotrepair.ts';
import { untilAnswered } from '../untilanswered.ts';
import { isOurs, notOursAnyMore } from '../whohasit.ts';

/**
 * Proves, period after period, until the chain says that it is over (engine.md 8.2). Nothing else ends it: an error is
 * retried within the period, and the next period begins with a fresh look. Beside it the slot's data is looked after.
 */
export const proving: SaleStep<'proving'> = async ({ slot, isUnverified }, context, signal) => {
  const repair = new SlotRepair(slot, context);
  if (isUnverified) repair.ask();
  const unsubscribe = context.host.onMissing.subscribe((slotId) => slotId === slot.slotId && repair.ask());
  using scope = abortScope(signal);
  const beside = Promise.allSettled([
    repair.run(scope.signal),
    // Done already, unless the disk was full when the slot was filled.
    untilAnswered('book a filled slot', context, scope.signal, () => bookFilled(context)),
  ]);
  try {
    return await proveOn(slot, hasty(context), { signal, onDataMissing: () => repair.ask() });
  } finally {
    unsubscribe();
    scope.abort();
    await beside;
  }
};

async function proveOn(
  slot: HostedSlot,
  context: SaleContext,
  options: { signal: AbortSignal; onDataMissing: () => void },
): Promise<SaleState> {
  const { clock, market, record } = context;
  const { signal } = options;
  const { periodSeconds, timeoutSeconds } = market.config;
  for (let done: number | undefined; ;) {
    const verdict = await untilAnswered('read the state of a slot', context, signal, () =>
      ending(context, signal),
    );
    if (verdict) return verdict;
    const period = periodOf(clock.now(), periodSeconds);
    if (period !== done) await proveInPeriod(slot, period, context, options);
    done = period;

    const wakeUps = [
      // Misses of the period before have been marked by now, or never will be.
      periodStart(period, periodSeconds) + Math.min(timeoutSeconds, periodSeconds - 1) + 1,
      (record.info.requestEndsAt ?? 0) + 1,
    ].filter((time) => time > clock.now());
    await clock.waitUntil(Math.min(...wakeUps, periodStart(period + 1, periodSeconds) + 1), { signal });
    await takeStock(context, signal);
  }
}

/** Waits between attempts as short as a period asks for: a pause of half of one may be all that a proof had. */
function hasty(context: SaleContext): SaleContext {
  const { market, retryTimes } = context;
  const maxDelayMs = Math.min(
    retryTimes.maxDelayMs ?? LONGEST_WAIT_MS,
    (market.config.periodSeconds * 1000) / 8,
  );
  return { ...context, retryTimes: { ...retryTimes, maxDelayMs } };
}

/** Where the chain's account of the slot leads; undefined while it is filled and ours. */
async function ending(context: SaleContext, signal: AbortSignal): Promise<SaleState | undefined> {
  const { market, ref } = context;
  switch (await market.slotState(ref.slotId, { signal })) {
    case 'finished':
    case 'paid':
      return { name: 'payout' };
    case 'cancelled':
      return { name: 'cancelled' };
    case 'failed':
      return { name: 'failed' };
    case 'filled':
    case 'free':
    case 'repair':
      return (await isOurs(context, signal)) ? undefined : notOursAnyMore(context);
  }
}

/** Reads what slashing left. Both numbers start anew when the slot is taken away; the state says that. */
async function takeStock(context: SaleContext, signal: AbortSignal): Promise<void> {
  const { market, ref, record } = context;
  const currentCollateral = await untilAnswered('read the collateral', context, signal, () =>
    market.currentCollateral(ref.slotId, { signal }),
  );
  const missed = await untilAnswered('count missed proofs', context, signal, () =>
    market.missingProofs(ref.slotId, { signal }),
  );
  record.note({ currentCollateral });
  record.proofsMissed(missed);
}
