import { familyRules } from '../contracts/family.ts';
import { pricePerSlotPerSecond, type SlotState } from '../contracts/requests.ts';
import { isEngineError } from '../errors.ts';
import type { Sent } from '../market/market.ts';
import { SaleError } from './errors.ts';
import { learnOfFill, ownTransactions } from './ownfill.ts';
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
 * Frees a slot whose request is over, which pays it out, and answers when that can hardly be taken back; a slot that was
 * paid before a crash is only read. Of a failed request that pays at the end it was planned to have, that end is waited for.
 * Never frees a slot that the chain calls filled, for which the answer is `running`: that would give the collateral away.
 * `stuck`: the contract keeps refusing (marketplace.md §7, money that nobody can move).
 */
export async function settle(context: SaleContext, signal: AbortSignal): Promise<Settled> {
  const { market, clock, ref, record } = context;
  let refusals = 0;
  let sent: Sent | undefined;
  return untilAnswered('collect a payout', context, signal, async () => {
    for (;;) {
      if (!(await isOurs(context, signal))) return { kind: 'notOurs' };
      const state = await market.slotState(ref.slotId, { signal });
      const onRecord = await market.currentCollateral(ref.slotId, { signal });
      if (state === 'filled' || (state === 'failed' && paysNothingAfterFailure(context)))
        return { kind: state === 'filled' ? 'running' : 'failed' };
      if (state === 'paid') return paid(onRecord, sent, context, signal);
      if (state === 'free' || state === 'repair') throw new SaleError('UNEXPECTED_SLOT_STATE', { state });
      if (!(await isSafelyOver(state, context, signal))) return { kind: 'running' };
      record.note({ currentCollateral: onRecord });
      try {
        sent = await market.freeSlot(ref.slotId, { signal });
      } catch (error) {
        if (!isEngineError(error, 'REVERTED') || ++refusals < REFUSALS_BEFORE_GIVING_UP) throw error;
        return stuck(context, signal);
      }
      record.spent(sent);
      if (sent.tokensReceived === 0n && ++refusals >= REFUSALS_BEFORE_GIVING_UP)
        return stuck(context, signal);
      // A block that is replaced by another takes the payout back, and nobody tells that.
      await clock.waitUntil(sent.minedAt + SETTLING_SECONDS, { signal });
    }
  });
}

/** Chain time after which a block is hardly replaced any more. */
export const SETTLING_SECONDS = 60;

const paysNothingAfterFailure = ({ market }: SaleContext): boolean =>
  familyRules[market.config.family].failedRequestPays === 'nothing';

/**
 * A server answers by its own time, a transaction counts by that of its block; freed a second too early, the slot would be
 * given up. So the end is let pass by some seconds, and a state that comes before it is not believed; except that a failed
 * request has a long time to its end.
 */
async function isSafelyOver(
  state: SlotState,
  { market, clock, ref }: SaleContext,
  signal: AbortSignal,
): Promise<boolean> {
  const end = await market.requestEnd(ref.requestId, { signal });
  if (clock.now() < end && state !== 'failed') return false;
  await clock.waitUntil(end + SAFE_SECONDS, { signal });
  return true;
}

const SAFE_SECONDS = 5;

/**
 * What a slot brought that the chain calls paid: as its transaction told, and where that is not known any more, as the
 * contract reckons. In one family the contract does not keep what it had on record for the slot, so our own account counts.
 */
async function paid(
  onRecord: bigint,
  sent: Sent | undefined,
  context: SaleContext,
  signal: AbortSignal,
): Promise<Settled> {
  const { record, reservations, ref } = context;
  const total = sent && sent.tokensReceived > 0n ? sent.tokensReceived : await receivedBefore(context);
  await learnOfFill(context);
  const { currentCollateral, collateral = reservations.reservationOfSlot(ref.slotId)?.collateral ?? 0n } =
    record.info;
  const known = onRecord > 0n ? onRecord : (currentCollateral ?? collateral);
  const returned = total !== undefined && total < known ? total : known;
  const pay = total === undefined ? await expectedPay(context, signal) : total - returned;
  await noteFill(context, pay, signal);
  return brought(returned, pay, context);
}

async function receivedBefore(context: SaleContext): Promise<bigint | undefined> {
  const frees = (await ownTransactions(context)).filter(({ purpose }) => purpose === 'free');
  return frees.findLast(({ state, tokensReceived = 0n }) => state === 'mined' && tokensReceived > 0n)
    ?.tokensReceived;
}

/** Who repairs a slot may put in less than comes back; the rest is the reward for it (marketplace.md §7). */
function brought(returned: bigint, pay: bigint, { record }: SaleContext): Settled {
  const { collateral: put = returned } = record.info;
  const collateral = returned < put ? returned : put;
  return { kind: 'paid', returned, collateral, payout: pay + returned - collateral };
}

async function stuck(context: SaleContext, signal: AbortSignal): Promise<Settled> {
  await untilAnswered('tell when a slot was filled', context, signal, () => noteFill(context, 0n, signal));
  return { kind: 'stuck' };
}

const REFUSALS_BEFORE_GIVING_UP = 20;

/** The contract's formula (marketplace.md §7); only as exact as our knowledge of when the slot was filled. */
async function expectedPay({ market, ref, record }: SaleContext, signal: AbortSignal): Promise<bigint> {
  const { filledAt } = record.info;
  const request = await market.getRequest(ref.requestId, { signal });
  // When a request failed the chain does not tell.
  const isFailed = (await market.requestState(ref.requestId, { signal })) === 'failed';
  if (filledAt === undefined || !request || isFailed) return 0n;
  const end = await market.requestEnd(ref.requestId, { signal });
  return BigInt(Math.max(0, end - filledAt)) * pricePerSlotPerSecond(request.ask);
}

/**
 * A crash or a full disk can make the node forget that it filled the slot. If the market does not know when either, it was
 * ours if it paid; and since the contract pays by the second, what it paid tells since when.
 */
export async function noteFill(context: SaleContext, pay: bigint, signal: AbortSignal): Promise<void> {
  const { market, clock, ref, record, reservations } = context;
  await learnOfFill(context);
  if (record.info.filledAt !== undefined) return;
  const request = await market.getRequest(ref.requestId, { signal });
  if (!request) return;
  const end = await market.requestEnd(ref.requestId, { signal });
  const collateral = record.info.collateral ?? reservations.reservationOfSlot(ref.slotId)?.collateral;
  const perSecond = pricePerSlotPerSecond(request.ask);
  record.note({
    ask: request.ask,
    // A slot without bytes pays nothing, and the contract lets it be asked for.
    filledAt: Math.min(clock.now(), perSecond === 0n ? end : end - Number(pay / perSecond)),
    ...(collateral !== undefined && { collateral }),
  });
}
