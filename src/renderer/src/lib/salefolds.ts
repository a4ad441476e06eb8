import { saleSums, sumsAfter, type SaleSums } from '../../../shared/status.ts';
import type { ChangedRow } from '../../../shared/live.ts';
import type { SaleRow } from '../../../shared/rows.ts';
import type { Fold } from '../api/folds.ts';
import { bySalesOrder, fitsFilter, isSelling, saleFilters, type SaleFilter } from './salewords.ts';
import { edited } from './edited.ts';

type SaleFold<T> = Fold<'sales', T>;

/** In the order of the page. */
export const allSales: SaleFold<readonly SaleRow[]> = {
  table: 'sales',
  begin: (sales) => [...sales.values()].sort(bySalesOrder),
  next: (list, changed) => followed(list, changed, () => true),
};

/** Sales in the order of the page, and the largest slot among them. */
export interface ChosenSales {
  readonly rows: readonly SaleRow[];
  readonly largestBytes: bigint;
}

/** Those that fit. */
export const chosenSales = (fits: (sale: SaleRow) => boolean): SaleFold<ChosenSales> => ({
  table: 'sales',
  begin: (_sales, valueOf) => chosen(valueOf(allSales).filter(fits)),
  next: (value, changed) => {
    const rows = followed(value.rows, changed, fits);
    if (rows === value.rows) return value;
    const largestBytes = largestAfter(value.largestBytes, changed, (sale) =>
      fits(sale) ? sizeOf(sale) : 0n,
    );
    return rows && largestBytes !== undefined ? { rows, largestBytes } : undefined;
  },
});

/** Those that are ours and missed a proof. */
export const missedSales = chosenSales((sale) => isSelling(sale) && sale.proofs.missed > 0);

/** How many fit each filter. */
export const saleCounts: SaleFold<Readonly<Record<SaleFilter, number>>> = {
  table: 'sales',
  begin: (sales) => counted(noCounts, asNew(sales)),
  next: counted,
};

/** What the sentence of the navigation is made of. */
export const statusSums: SaleFold<SaleSums> = {
  table: 'sales',
  begin: (sales) => saleSums(sales.values()),
  next: sumsAfter,
};

/** The longest duration of a sale, in seconds. */
export const longestSale: SaleFold<bigint> = {
  table: 'sales',
  begin: (sales) => largestOf(sales.values(), durationOf),
  next: (longest, changed) => largestAfter(longest, changed, durationOf),
};

/** How many slots are ours, and a number that is another one whenever these slots or their misses are. */
export const heldSlots: SaleFold<{ readonly slots: number; readonly version: number }> = {
  table: 'sales',
  begin: (sales) => ({ slots: [...sales.values()].filter(isHeld).length, version: ++lastVersion }),
  next: (held, changed) => {
    const missesOf = (sale: SaleRow | undefined) => (sale && isHeld(sale) ? sale.proofs.missed : undefined);
    const other = changed.filter(({ before, after }) => missesOf(before) !== missesOf(after));
    if (other.length === 0) return held;
    const count = (sale: SaleRow | undefined) => (sale && isHeld(sale) ? 1 : 0);
    const more = other.reduce((sum, { before, after }) => sum + count(after) - count(before), 0);
    return { slots: held.slots + more, version: ++lastVersion };
  },
};

/** What the sales that have cost gas cost together, in wei. */
export const gasSpent: SaleFold<{ readonly sales: number; readonly wei: bigint }> = {
  table: 'sales',
  begin: (sales) => spent({ sales: 0, wei: 0n }, asNew(sales)),
  next: spent,
};

const asNew = (sales: ReadonlyMap<string, SaleRow>): ChangedRow<SaleRow>[] =>
  Array.from(sales.values(), (after) => ({ before: undefined, after }));

const followed = (
  list: readonly SaleRow[],
  changed: readonly ChangedRow<SaleRow>[],
  fits: (sale: SaleRow) => boolean,
) =>
  edited(list, {
    gone: changed.flatMap(({ before }) => (before && fits(before) ? [before] : [])),
    come: changed.flatMap(({ after }) => (after && fits(after) ? [after] : [])),
    compare: bySalesOrder,
  });

const chosen = (rows: readonly SaleRow[]): ChosenSales => ({ rows, largestBytes: largestOf(rows, sizeOf) });

const sizeOf = ({ slotSizeBytes }: SaleRow) => slotSizeBytes;
const durationOf = ({ durationSeconds }: SaleRow) => durationSeconds;

function largestOf(sales: Iterable<SaleRow>, pick: (sale: SaleRow) => bigint): bigint {
  let largest = 0n;
  for (const sale of sales) if (pick(sale) > largest) largest = pick(sale);
  return largest;
}

/** Undefined when what was largest became smaller or went, so that the second has to be looked for. */
function largestAfter(
  largest: bigint,
  changed: readonly ChangedRow<SaleRow>[],
  pick: (sale: SaleRow) => bigint,
): bigint | undefined {
  const come = largestOf(
    changed.flatMap(({ after }) => after ?? []),
    pick,
  );
  if (come >= largest) return come;
  const isLost = changed.some(
    ({ before, after }) => before && pick(before) === largest && (!after || pick(after) < largest),
  );
  return isLost ? undefined : largest;
}

const isHeld = (sale: SaleRow) => isSelling(sale) && sale.endedAt === undefined;
let lastVersion = 0;

const noCounts = Object.fromEntries(saleFilters.map((name) => [name, 0])) as Record<SaleFilter, number>;

function counted(
  counts: Readonly<Record<SaleFilter, number>>,
  changed: readonly ChangedRow<SaleRow>[],
): Readonly<Record<SaleFilter, number>> {
  const next = { ...counts };
  for (const name of saleFilters) {
    for (const { before, after } of changed) {
      next[name] += Number(after !== undefined && fitsFilter(after, name));
      next[name] -= Number(before !== undefined && fitsFilter(before, name));
    }
  }
  return saleFilters.every((name) => next[name] === counts[name]) ? counts : next;
}

function spent(
  before: { readonly sales: number; readonly wei: bigint },
  changed: readonly ChangedRow<SaleRow>[],
): { readonly sales: number; readonly wei: bigint } {
  const cost = (sale: SaleRow | undefined) => sale?.gasCost ?? 0n;
  const other = changed.filter((row) => cost(row.before) !== cost(row.after));
  if (other.length === 0) return before;
  const sales = other.reduce(
    (sum, row) => sum + Number(cost(row.after) > 0n) - Number(cost(row.before) > 0n),
    before.sales,
  );
  return { sales, wei: other.reduce((sum, row) => sum + cost(row.after) - cost(row.before), before.wei) };
}
