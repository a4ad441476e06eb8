import { isAborted } from '../../lib/abort.ts';
import { LONGEST_WAIT_MS, sleep } from '../../lib/retry.ts';
import { SaleError } from '../errors.ts';
import { followDisk } from '../followdisk.ts';
import { givenUp, slotLost, slotTaken } from '../outcomes.ts';
import { forgetFill, learnOfFill } from '../ownfill.ts';
import type { SaleContext, SaleState, SaleStep } from '../salestate.ts';
import { settle, SETTLING_SECONDS } from '../settlement.ts';
import { fewTimes, untilAnswered } from '../untilanswered.ts';
import { isOurs, mayHoldMoney, wasFilledByUs } from '../whohasit.ts';

/** After a restart: lets the books follow the disk, and asks the chain where this sale stands. */
export const unknown: SaleStep<'unknown'> = async ({ isAgain, isRequestGone }, context, signal) => {
  if (isAgain) await pause(context, signal);
  if (isRequestGone) await untilKnown(context, signal);
  await setBooks(context, signal);
  return untilAnswered('find out where a sale stands', context, signal, () => whereItStands(context, signal));
};

/** What went wrong once goes wrong again at once, mostly: a fault of ours must not keep the computer busy. */
async function pause({ retryTimes }: SaleContext, signal: AbortSignal): Promise<void> {
  const wait = retryTimes.sleep ?? sleep;
  await wait(retryTimes.maxDelayMs ?? LONGEST_WAIT_MS, signal);
}

/** What comes with the next blocks is not fetched anew. */
async function untilKnown(context: SaleContext, signal: AbortSignal): Promise<void> {
  const { market, clock, ref, logger } = context;
  logger.warn('The chain took the request back; it may come again with the next blocks');
  for (const until = clock.now() + SETTLING_SECONDS; clock.now() < until;) {
    const state = await untilAnswered('read the state of a request', context, signal, () =>
      market.requestState(ref.requestId, { signal }),
    );
    if (state !== undefined) return;
    await clock.waitUntil(Math.min(until, clock.now() + LOOK_AGAIN_SECONDS), { signal });
  }
}

const LOOK_AGAIN_SECONDS = 5;

async function whereItStands(context: SaleContext, signal: AbortSignal): Promise<SaleState> {
  const { market, ref } = context;
  await learnOfFill(context);
  const state = await market.slotState(ref.slotId, { signal });
  switch (state) {
    case 'free':
    case 'repair':
      // With our money in it, it should not be: a server that lags says so too.
      if (wasFilledByUs(context) && (await isOurs(context, signal))) return ours;
      return state === 'free' ? untouched(context, signal) : freed(context);
    case 'filled':
      return (await isOurs(context, signal)) ? ours : notOurs(context);
    case 'finished':
      return (await isOurs(context, signal)) ? { name: 'payout' } : notOurs(context);
    case 'paid':
      return (await isOurs(context, signal)) ? paid(context, signal) : notOurs(context);
    case 'cancelled':
      return { name: 'cancelled' };
    case 'failed':
      return { name: 'failed' };
  }
}

const ours: SaleState = { name: 'filled', by: 'us', isResumed: true };

/**
 * Bytes that became durable just before a crash may not be booked yet, and deleted ones not unbooked. Books that cannot
 * be set right are reported, and do not keep a slot from being proven.
 */
async function setBooks(context: SaleContext, signal: AbortSignal): Promise<void> {
  try {
    await fewTimes('compare the books with the disk', context, signal, () => followDisk(context));
  } catch (error) {
    if (isAborted(error)) throw error;
    context.logger.error('The books of a slot do not follow its bytes on disk', { error });
  }
}

/**
 * A slot that nobody touched stays free for ever, whatever became of its request. If we filled it, that was in a block
 * which was replaced by another.
 */
async function untouched(context: SaleContext, signal: AbortSignal): Promise<SaleState> {
  const { market, ref } = context;
  const state = await market.requestState(ref.requestId, { signal });
  if (state === undefined) return unheardOf(context);
  if (wasFilledByUs(context)) await forgetFill(context);
  if (state === 'failed') return { name: 'failed' };
  return state === 'new' || state === 'started' ? unfilled(context) : { name: 'cancelled' };
}

/**
 * A server that lags does not know a request yet, and a chain that went back may never know it again. While our money
 * may be in it, it is asked for until the request's time is over; then nothing can be there.
 */
function unheardOf(context: SaleContext): SaleState {
  const { clock, ref, record, reservations, freeWorker } = context;
  const reservation = reservations.reservationOfSlot(ref.slotId);
  const isAtStake = mayHoldMoney(context);
  const endsAt = record.info.requestEndsAt ?? reservation?.validUntil ?? 0;
  if (isAtStake && clock.now() <= endsAt) {
    freeWorker();
    throw new SaleError('REQUEST_UNKNOWN', { requestId: ref.requestId, endsAt });
  }
  return givenUp(
    'requestUnknown',
    'The chain does not know this request any more; nothing of ours is in it.',
  );
}

/** Its last host lost it; if that was us, the collateral is gone. */
const freed = (context: SaleContext): SaleState => (wasFilledByUs(context) ? slotLost() : unfilled(context));

/** Nobody has it: what was begun is taken up again with the reservation that is held. */
function unfilled({ ref, reservations }: SaleContext): SaleState {
  if (reservations.reservationOfSlot(ref.slotId)) return { name: 'preparing' };
  return givenUp('error', 'The slot was found free, and nothing was begun for it.');
}

/** Another host has it; if it was ours before, it was taken from us. */
function notOurs(context: SaleContext): SaleState {
  return wasFilledByUs(context) ? slotLost() : slotTaken();
}

/** Paid just before a crash: for its whole time, or until the request expired or failed. */
async function paid(context: SaleContext, signal: AbortSignal): Promise<SaleState> {
  const { market, ref } = context;
  const requestState = await market.requestState(ref.requestId, { signal });
  if (requestState === 'cancelled') return { name: 'cancelled' };
  const settled = await settle(context, signal);
  if (settled.kind !== 'paid') return notOurs(context);
  return {
    name: 'finished',
    settlement: settled,
    ...(requestState === 'failed' && { isOfFailed: true }),
  };
}
