import { periodOf, periodStart } from '../contracts/periods.ts';
import { slotLost } from './outcomes.ts';
import { forgetFill, learnOfFill } from './ownfill.ts';
import type { SaleContext, SaleState } from './salestate.ts';
import { untilAnswered } from './untilanswered.ts';

/** Whether our collateral went into it, whoever has it now. */
export const wasFilledByUs = ({ reservations, record, ref }: SaleContext): boolean =>
  record.info.filledAt !== undefined || reservations.reservationOfSlot(ref.slotId)?.phase === 'filled';

/** Whether a fill of ours was made, or sent and perhaps not heard of again. */
export const mayHoldMoney = (context: SaleContext): boolean =>
  wasFilledByUs(context) || context.reservations.reservationOfSlot(context.ref.slotId)?.phase === 'filling';

/**
 * Whether the chain says that the slot is ours. A no that would give money up is not believed at once, since a server
 * that lags, or one of several behind an address, does not know yet what another has said: it is asked again some seconds
 * of chain time later, and for as long as the contract cannot have taken the slot away. Unless our fill is known never to
 * have come through: then nothing is given up, and after a no it is not counted as filled any more.
 */
export async function isOurs(context: SaleContext, signal: AbortSignal): Promise<boolean> {
  const { market, clock, ref, record } = context;
  for (let looks = 1; ; looks++) {
    const host = await untilAnswered('ask who has a slot', context, signal, () =>
      market.getHost(ref.slotId, { signal }),
    );
    if (host === market.signer) return true;
    const fill = await untilAnswered('ask what became of a fill', context, signal, () =>
      learnOfFill(context),
    );
    const isOver = looks > 1 && clock.now() > earliestLoss(context);
    if (wasFilledByUs(context) && (fill === 'void' || (fill === 'underWay' && isOver))) {
      await untilAnswered('forget a fill', context, signal, () => forgetFill(context));
      return false;
    }
    if (!mayHoldMoney(context) || fill === 'void') return false;
    // Only a miss takes a slot from its host, so before we had it nobody lost it to another.
    if (host !== undefined && record.info.filledAt === undefined) return false;
    if (isOver) return false;
    await clock.waitUntil(clock.now() + LOOK_AGAIN_SECONDS, { signal });
  }
}

/**
 * Whether a fill that was sent and lost from sight came through while the sale went on as if it had not. To be asked before
 * a sale is given up: its bytes must not be deleted, nor its collateral promised to another slot, when the slot is ours.
 */
export const isOursAfterAll = async (context: SaleContext, signal: AbortSignal): Promise<boolean> =>
  mayHoldMoney(context) && !wasFilledByUs(context) && (await isOurs(context, signal));

/** Where a sale goes that took the slot for its own: it was lost, unless the fill itself was taken back. */
export const notOursAnyMore = (context: SaleContext): SaleState =>
  wasFilledByUs(context) ? slotLost() : { name: 'unknown', isAgain: true };

const LOOK_AGAIN_SECONDS = 15;

/** Proofs are due from the period after the fill on, and a miss can be marked once that one is over (marketplace.md §8). */
function earliestLoss({ market, record }: SaleContext): number {
  const { periodSeconds } = market.config;
  const { filledAt = 0 } = record.info;
  return periodStart(periodOf(filledAt, periodSeconds) + 2, periodSeconds);
}
