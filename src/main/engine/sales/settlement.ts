import { pricePerSlotPerSecond } from '../contracts/requests.ts';
import { isEngineError } from '../errors.ts';
import { SaleError } from './errors.ts';
import type { SaleContext } from './salestate.ts';
import { untilAnswered } from './untilanswered.ts';

/** What a slot brought at its end. Tokens. */
export interface Settlement {
  /** Collateral that came back. */
  readonly collateral: bigint;
  /** Received above it. */
  readonly payout: bigint;
}

export type Settled =
  ({ readonly kind: 'paid' } & Settlement) | { readonly kind: 'notOurs' | 'failed' | 'stuck' };

/**
 * Frees a slot of a finished or expired request, which pays it out; a slot that was paid before a crash is only read.
 * Never frees a slot that the chain calls filled: that would give the collateral away.
 * `stuck`: the contract keeps refusing (marketplace.md §7, money that nobody can move).
 */
export async function settle(context: SaleContext, signal: AbortSignal): Promise<Settled> {
  const { market, ref, record } = context;
  let reverts = 0;
  return untilAnswered('collect a payout', context, signal, async () => {
    if ((await market.getHost(ref.slotId, { signal })) !== market.signer) return { kind: 'notOurs' };
    const state = await market.slotState(ref.slotId, { signal });
    const collateral = await market.currentCollateral(ref.slotId, { signal });
    if (state === 'failed') return { kind: 'failed' };
    if (state === 'paid') return { kind: 'paid', collateral, payout: await expectedPayout(context, signal) };
    if (state !== 'finished' && state !== 'cancelled')
      throw new SaleError('UNEXPECTED_SLOT_STATE', { state });
    try {
      const sent = await market.freeSlot(ref.slotId, { signal });
      record.spent(sent);
      const payout = sent.tokensReceived - collateral;
      return { kind: 'paid', collateral, payout: payout > 0n ? payout : 0n };
    } catch (error) {
      if (isEngineError(error, 'REVERTED') && ++reverts >= REVERTS_BEFORE_GIVING_UP) return { kind: 'stuck' };
      throw error;
    }
  });
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
