import type { SlotId } from '../contracts/ids.ts';
import type { StoredTransaction } from '../contracts/storedtransaction.ts';
import type { SaleInfo } from '../sales/saleinfo.ts';
import type { BeforeEntry, Opening, SlashEntry, TokenEntry } from './entry.ts';

/** A transaction in which the chain took a slot away, or failed its request. */
export interface Place {
  readonly at: number;
  readonly block: number;
  readonly transactionHash: `0x${string}`;
}

/** What of a sale the accounts go by. */
export type AccountedSale = Pick<
  SaleInfo,
  | 'slotId'
  | 'requestId'
  | 'slotIndex'
  | 'startedAt'
  | 'endedAt'
  | 'filledAt'
  | 'collateral'
  | 'currentCollateral'
  | 'payout'
  | 'gasCost'
> & { readonly proofs: Pick<SaleInfo['proofs'], 'missedAt'> };

/** The sales as the accounts know them: which one a line is of, and what a payout consists of. */
export class SalesBook {
  /** By slot, in the order of their beginning: a slot can be sold again. */
  readonly #bySlot = new Map<SlotId, AccountedSale[]>();
  #changed = new Set<SlotId>();

  /** Slots of which a sale began or ended since this was asked last, which changes the ids of their sales. */
  takeChanged(): ReadonlySet<SlotId> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  saw({ slotId, requestId, slotIndex, startedAt, proofs, gasCost, ...info }: AccountedSale): void {
    const { endedAt, filledAt, collateral, currentCollateral, payout } = info;
    const sale: AccountedSale = {
      slotId,
      requestId,
      slotIndex,
      startedAt,
      // Only the last one counts, and there may be very many.
      proofs: { missedAt: proofs.missedAt.slice(-1) },
      gasCost,
      ...(endedAt !== undefined && { endedAt }),
      ...(filledAt !== undefined && { filledAt }),
      ...(collateral !== undefined && { collateral }),
      ...(currentCollateral !== undefined && { currentCollateral }),
      ...(payout !== undefined && { payout }),
    };
    const known = this.of(slotId, startedAt);
    if (!known || known.endedAt !== endedAt) this.#changed.add(slotId);
    const others = (this.#bySlot.get(slotId) ?? []).filter((other) => other !== known);
    const all = [...others, sale].sort((a, b) => a.startedAt - b.startedAt);
    this.#bySlot.set(slotId, all);
  }

  /** The sale of a slot that ran at a time. */
  saleAt(slotId: string | undefined, at: number): AccountedSale | undefined {
    const sales = this.#bySlot.get(slotId as SlotId) ?? [];
    return sales.findLast(({ startedAt }) => startedAt <= at) ?? sales[0];
  }

  of(slotId: string, startedAt: number): AccountedSale | undefined {
    return this.#bySlot.get(slotId as SlotId)?.find((sale) => sale.startedAt === startedAt);
  }

  *all(): Iterable<AccountedSale> {
    for (const sales of this.#bySlot.values()) yield* sales;
  }
}

/** What of a payout is collateral; undefined as long as the sale does not say. */
export function splitOf(sale: AccountedSale | undefined): TokenEntry['split'] {
  if (sale?.collateral === undefined) return undefined;
  const { collateral: put, currentCollateral = put, payout, endedAt } = sale;
  // Once it has ended, what came back is without the reward for a repair, which its payout holds.
  if (endedAt !== undefined) return payout === undefined ? undefined : { returned: currentCollateral, put };
  return { returned: currentCollateral, put };
}

/** Of what was put in, what is not there any more. */
function slashedOf({ collateral, currentCollateral, filledAt }: AccountedSale): bigint {
  if (filledAt === undefined || collateral === undefined || currentCollateral === undefined) return 0n;
  return collateral > currentCollateral ? collateral - currentCollateral : 0n;
}

/** The entry for what was slashed beyond `known`, of entries of this sale; none when they say it all. */
export function newSlash(
  sale: AccountedSale,
  known: readonly SlashEntry[],
  { at, place }: { at: number; place?: Place | undefined },
): SlashEntry | undefined {
  const booked = known.reduce((sum, { amount }) => sum + amount, 0n);
  const amount = slashedOf(sale) - booked;
  // What a running sale says may be older than what is booked; only its end corrects.
  if (amount === 0n || (amount < 0n && sale.endedAt === undefined)) return undefined;
  const { slotId, requestId, slotIndex, startedAt } = sale;
  const id = `slash-${slotId.slice(2)}-${startedAt}-${known.length + 1}`;
  const missedAt = sale.proofs.missedAt.at(-1) ?? at;
  return {
    type: 'slash',
    id,
    slotId,
    requestId,
    slotIndex,
    startedAt,
    at: place?.at ?? (sale.endedAt === undefined ? missedAt : at),
    block: place?.block,
    transactionHash: place?.transactionHash,
    amount,
  };
}

/**
 * What a sale that began before the accounts had brought and cost by then: `gasKnown` are wei of transactions that have
 * entries, `own` those of the sale that are mined. A transaction knows its block; without one what the sale says counts,
 * which may be late.
 */
export function beforeEntry(
  sale: AccountedSale,
  opening: Pick<Opening, 'at' | 'block'>,
  { gasKnown, own }: { gasKnown: bigint; own: readonly StoredTransaction[] },
): BeforeEntry | undefined {
  const { slotId, requestId, slotIndex, startedAt, endedAt, filledAt, collateral = 0n, gasCost } = sale;
  const gas = gasCost > gasKnown ? gasCost - gasKnown : 0n;
  const fill = inclusionOf(own, 'fill');
  const free = inclusionOf(own, 'free');
  const isIn = (block: number | undefined, at: number | undefined, limit = opening.at) =>
    block === undefined ? at !== undefined && at <= limit : block <= opening.block;
  const put = isIn(fill?.blockNumber, filledAt) ? collateral : 0n;
  // Of an end without a transaction nothing is told later.
  const isOver = isIn(free?.blockNumber, endedAt, Infinity);
  const told = endedAt === undefined ? free && payoutOf(sale, free.tokensReceived) : endOf(sale, put);
  const { back, payout } = (isOver && told) || { back: 0n, payout: 0n };
  if (put === 0n && gas === 0n && payout === 0n && back === 0n) return undefined;
  const id = `before-${slotId.slice(2)}-${startedAt}`;
  const times = {
    filledAt: filledAt ?? fill?.minedAt,
    endedAt: endedAt ?? (isOver ? free?.minedAt : undefined),
  };
  return { type: 'before', id, slotId, requestId, slotIndex, startedAt, ...times, put, back, payout, gas };
}

const inclusionOf = (own: readonly StoredTransaction[], wanted: 'fill' | 'free') =>
  own.findLast(({ purpose, inclusion }) => purpose === wanted && !inclusion?.failure)?.inclusion;

const endOf = ({ currentCollateral = 0n, payout = 0n }: AccountedSale, put: bigint) => ({
  back: least(put, currentCollateral),
  payout,
});

/** As the sale was when its payout came. */
function payoutOf(sale: AccountedSale, received: bigint) {
  const { returned = 0n, put = 0n } = splitOf(sale) ?? {};
  const back = least(least(returned, put), received);
  return { back, payout: received - back };
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
