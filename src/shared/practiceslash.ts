import type { RiskReport } from './insight.ts';
import type { SaleStateName } from './rows.ts';

/** A slash that was asked for on the practice network, and how far it has come. Times are chain time. */
export interface PracticeSlash {
  /**
   * `waiting` for a proof of the slot to be due; `heldBack`: it is due, and not given until its period ends and a
   * validator has marked it; `slashed`; `calledOff`: no slot was left that it could have happened to.
   */
  readonly state: 'waiting' | 'heldBack' | 'slashed' | 'calledOff';
  readonly slotId: string;
  /** Tokens of collateral. */
  readonly cost: bigint;
  /** `waiting`: when it will have happened, on average. `heldBack`: the end of the period. Else when it was seen. */
  readonly at: number;
}

/** What of a sale decides whether its slot may be slashed. */
export interface SlashableSale {
  readonly slotId: string;
  readonly state: SaleStateName;
  readonly requestEndsAt?: number;
}

/**
 * The slot that is slashed soonest without being lost by it, and what that costs in tokens; undefined when there is
 * none: it must be proven, have a miss to spare, and run long enough for a proof to become due and be missed.
 */
export function slotToSlash(
  { slots, asOf }: Pick<RiskReport, 'slots' | 'asOf'>,
  sales: Iterable<SlashableSale>,
  { periodSeconds }: { periodSeconds: number },
): { readonly slotId: string; readonly cost: bigint; readonly at: number } | undefined {
  const salesBySlot = new Map(Array.from(sales, (sale) => [sale.slotId, sale]));
  const slashable = slots.flatMap(({ slotId, missed, ladder, proofChance }) => {
    const sale = salesBySlot.get(slotId);
    const [now, next] = ladder.slice(missed, missed + 2);
    if (sale?.state !== 'proving' || !now || !next || next.isLost) return [];
    // The wait for a proof to be due, the rest of that period and the time for marking, all on average.
    const at = asOf + Math.ceil((1 / proofChance + 1) * periodSeconds);
    const endsAt = sale.requestEndsAt ?? 0;
    const cost = now.collateralLeft - next.collateralLeft;
    return at + periodSeconds <= endsAt ? [{ slotId, cost, at, endsAt }] : [];
  });
  const [best] = slashable.toSorted(
    (a, b) => a.at - b.at || b.endsAt - a.endsAt || (a.slotId < b.slotId ? -1 : 1),
  );
  return best && { slotId: best.slotId, cost: best.cost, at: best.at };
}
