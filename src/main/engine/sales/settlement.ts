import { pricePerSlotPerSecond } from '../contracts/requests.ts';
import { isEngineError } from '../errors.ts';
import { SaleError } from './errors.ts';
import type { SaleContext } from './salestate.ts';
import { untilAnswered } from './untilanswered.ts';
import { isOurs } from './whohasit.ts';

/** What a slot brought at its end. Tokens. */
export interface Settlement {
  /** What the contract gave back as the slot's collateral. */
  readonly returned: bigint;
  /** Of it, what we had put in. */
  readonly collateral: bigint;
  /** Received above that. */
  readonly payout: bigint;
}

export type Settled =
  | ({ readonly kind: 'paid' } & Settlement)
  | { readonly kind: 'running' }
  | { readonly kind: 'notOurs' | 'failed' | 'stuck' };

/**
 * Frees a slot of a finished or expired request, which pays it out; a slot that was paid before a crash is only read.
 * Never frees a slot that the chain calls filled, for which the answer is `running`: that would give the collateral away.
 * `stuck`: the contract keeps refusing (marketplace.md §7, money that nobody can move).
 */
export async function settle(context: SaleContext, signal: AbortSignal): Promise<Settled> {
  const { market, ref, record } = context;
  let reverts = 0;
  return untilAnswered('collect a payout', context, signal, async () => {
    if (!(await isOurs(context, signal))) return { kind: 'notOurs' };
    const state = await market.slotState(ref.slotId, { signal });
    const collateral = await market.currentCollateral(ref.slotId, { signal });
    if (state === 'failed') return { kind: 'failed' };
    if (state === 'filled') return { kind: 'running' };
    if (state === 'paid') {
      const payout = await expectedPayout(context, signal);
      await noteFill(context, payout, signal);
      return brought(collateral, payout, context);
    }
    if (state !== 'finished' && state !== 'cancelled')
      throw new SaleError('UNEXPECTED_SLOT_STATE', { state });
    if (!(await isSafelyOver(context, signal))) return { kind: 'running' };
    try {
      const sent = await market.freeSlot(ref.slotId, { signal });
      record.spent(sent);
      // Another's fill brought the expired request back to life in between: so it was taken for given up.
      if (sent.tokensReceived < collateral) return { kind: 'notOurs' };
      const payout = sent.tokensReceived - collateral;
      await untilAnswered('tell when a slot was filled', context, signal, () =>
        noteFill(context, payout, signal),
      );
      return brought(collateral, payout, context);
    } catch (error) {
      if (!isEngineError(error, 'REVERTED') || ++reverts < REVERTS_BEFORE_GIVING_UP) throw error;
      await untilAnswered('tell when a slot was filled', context, signal, () =>
        noteFill(context, 0n, signal),
      );
      return { kind: 'stuck' };
    }
  });
}

/**
 * A server answers by its own time, a transaction counts by that of its block; freed a second too early, the slot would be
 * given up. So the end is let pass by some seconds, and a state that comes before it is not believed.
 */
async function isSafelyOver({ market, clock, ref }: SaleContext, signal: AbortSignal): Promise<boolean> {
  const end = await market.requestEnd(ref.requestId, { signal });
  if (clock.now() < end) return false;
  await clock.waitUntil(end + SAFE_SECONDS, { signal });
  return true;
}

const SAFE_SECONDS = 5;

/** Who repairs a slot puts in less than comes back; the rest is the reward for it (marketplace.md §7). */
function brought(returned: bigint, pay: bigint, { record }: SaleContext): Settled {
  const { collateral: put = returned } = record.info;
  const collateral = returned < put ? returned : put;
  return { kind: 'paid', returned, collateral, payout: pay + returned - collateral };
}

const REVERTS_BEFORE_GIVING_UP = 20;

/** The contract's formula (marketplace.md §7); only as exact as our knowledge of when the slot was filled. */
async function expectedPayout({ market, ref, record }: SaleContext, signal: AbortSignal): Promise<bigint> {
  const { filledAt } = record.info;
  const request = await market.getRequest(ref.requestId, { signal });
  if (filledAt === undefined || !request) return 0n;
  const end = await market.requestEnd(ref.requestId, { signal });
  return BigInt(Math.max(0, end - filledAt)) * pricePerSlotPerSecond(request.ask);
}

/**
 * A crash or a full disk can make the node forget that it filled the slot. It was ours if it paid; and since the contract
 * pays by the second, what it paid tells since when.
 */
export async function noteFill(context: SaleContext, payout: bigint, signal: AbortSignal): Promise<void> {
  const { market, ref, record, reservations } = context;
  if (record.info.filledAt !== undefined) return;
  const request = await market.getRequest(ref.requestId, { signal });
  if (!request) return;
  const end = await market.requestEnd(ref.requestId, { signal });
  const collateral = record.info.collateral ?? reservations.reservationOfSlot(ref.slotId)?.collateral;
  const perSecond = pricePerSlotPerSecond(request.ask);
  record.note({
    ask: request.ask,
    // A slot without bytes pays nothing, and the contract lets it be asked for.
    filledAt: perSecond === 0n ? end : end - Number(payout / perSecond),
    ...(collateral !== undefined && { collateral }),
  });
}
