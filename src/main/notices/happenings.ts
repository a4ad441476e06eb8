import type { LiveChanges, LiveState } from '../../shared/live.ts';
import type { NodeRow, SaleRow } from '../../shared/rows.ts';

type Tables = LiveState['tables'];

/** Something that happened once and is worth telling. */
export type Happening =
  | { readonly kind: 'slotFilled' | 'dataMissing' | 'slotLost' | 'salePaid'; readonly sale: SaleRow }
  | { readonly kind: 'proofMissed'; readonly sale: SaleRow; readonly count: number }
  | { readonly kind: 'slashed'; readonly sale: SaleRow; readonly amount: bigint; readonly count: number }
  | { readonly kind: 'nodeRestarted'; readonly reason: string };

/**
 * What happened between two states of the rows. What is seen for the first time did not happen now: after a start the
 * rows of what was there before appear, too.
 */
export function happenings(before: Tables, { changes }: LiveChanges): Happening[] {
  return changes.flatMap(({ table, row }) => {
    if (table === 'sales' && row) return ofSale(before, row);
    return table === 'node' && row ? ofNode(before.node.get(row.id), row) : [];
  });
}

function ofSale({ sales }: Tables, row: SaleRow): Happening[] {
  const before = sales.get(row.slotId);
  if (!before || before.startedAt !== row.startedAt) return [];
  return row.endedAt === undefined ? ofRunning(before, row) : ofEnded(row);
}

function ofRunning(before: SaleRow, sale: SaleRow): Happening[] {
  const found: Happening[] = [];
  if (before.state !== 'proving' && isFirstProving(sale)) found.push({ kind: 'slotFilled', sale });
  if (before.missingBytes === undefined && sale.missingBytes !== undefined)
    found.push({ kind: 'dataMissing', sale });
  const count = sale.proofs.missed - before.proofs.missed;
  const amount = (before.currentCollateral ?? before.collateral ?? 0n) - (sale.currentCollateral ?? 0n);
  if (sale.currentCollateral !== undefined && amount > 0n)
    found.push({ kind: 'slashed', sale, amount, count: Math.max(0, count) });
  else if (count > 0) found.push({ kind: 'proofMissed', sale, count });
  return found;
}

function ofEnded(sale: SaleRow): Happening[] {
  const code = sale.outcome?.code;
  if (code === 'paid' || code === 'partlyPaid') return [{ kind: 'salePaid', sale }];
  // What the chain forgot held nothing of ours.
  return sale.filledAt === undefined || code === 'requestUnknown' ? [] : [{ kind: 'slotLost', sale }];
}

/** Just filled, and not come back to proving after a restart or an error. */
function isFirstProving({ state, path }: SaleRow): boolean {
  const entered = (name: SaleRow['state']) => path.filter((step) => step.state === name).length;
  return state === 'proving' && entered('filling') > 0 && entered('proving') === 1;
}

function ofNode(before: NodeRow | undefined, { restarted }: NodeRow): Happening[] {
  if (!restarted || restarted.count <= (before?.restarted?.count ?? 0)) return [];
  return [{ kind: 'nodeRestarted', reason: restarted.reason }];
}
