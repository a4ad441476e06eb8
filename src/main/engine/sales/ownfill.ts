import type { OwnTransaction } from '../market/market.ts';
import type { SaleContext } from './salestate.ts';

/**
 * What became of the fill that this sale sent, as far as the market knows: the chain has it; it may yet come through; or
 * it never will. Undefined when the market knows of none.
 */
export type OwnFill = 'mined' | 'underWay' | 'void' | undefined;

/**
 * Asks the market for the fill of this sale, and notes when it was mined: after a crash nothing else may tell that the
 * slot was ours, and after a block was replaced it may be of another second.
 */
export async function learnOfFill(context: SaleContext): Promise<OwnFill> {
  const { record, reservations, ref } = context;
  const fill = await lastFill(context);
  if (fill?.state === 'mined' && fill.minedAt !== undefined) {
    const collateral = record.info.collateral ?? reservations.reservationOfSlot(ref.slotId)?.collateral;
    record.note({ filledAt: fill.minedAt, ...(collateral !== undefined && { collateral }) });
  }
  return fill && meanings[fill.state];
}

/** The chain has no fill of ours after all, as the block with it was replaced: nothing was put in, as far as is known. */
export async function forgetFill({ record, reservations, ref }: SaleContext): Promise<void> {
  record.unfilled();
  const reservation = reservations.reservationOfSlot(ref.slotId);
  // It may still come through, which the phase says.
  if (reservation?.phase === 'filled') await reservations.setPhase(reservation.id, 'filling');
}

/** Of the slot's transactions those that were mined before this sale began belong to an earlier one. */
export async function ownTransactions({ market, record, ref }: SaleContext): Promise<OwnTransaction[]> {
  const { startedAt } = record.info;
  const all = await market.transactionsOf(ref.slotId);
  return all.filter(({ minedAt = startedAt }) => minedAt >= startedAt);
}

/** What failed costs too, and so does what was sent and never heard of again. */
export async function accountForGas(context: SaleContext): Promise<void> {
  const own = await ownTransactions(context);
  context.record.spentInAll(own.reduce((sum, { gasCost = 0n }) => sum + gasCost, 0n));
}

/** A slot can be filled once; what was sent beside that did not come through. */
async function lastFill(context: SaleContext): Promise<OwnTransaction | undefined> {
  const fills = (await ownTransactions(context)).filter(({ purpose }) => purpose === 'fill');
  return fills.findLast(({ state }) => state === 'mined') ?? fills.at(-1);
}

const meanings: Readonly<Record<OwnTransaction['state'], OwnFill>> = {
  stored: 'underWay',
  pending: 'underWay',
  mined: 'mined',
  failed: 'void',
  gone: 'void',
};
