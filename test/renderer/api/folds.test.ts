import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Folds, type Fold } from '../../../src/renderer/src/api/folds.ts';
import { fixtureSale } from '../../../src/renderer/src/dev/fixture.ts';
import {
  allSales,
  chosenSales,
  gasSpent,
  heldSlots,
  longestSale,
  missedSales,
  saleCounts,
  statusSums,
} from '../../../src/renderer/src/lib/salefolds.ts';
import { bySalesOrder, fitsFilter } from '../../../src/renderer/src/lib/salewords.ts';
import { applyLive, emptyLiveState, type LiveChange, type LiveState } from '../../../src/shared/live.ts';
import { saleStateNames, type SaleRow } from '../../../src/shared/rows.ts';

const NOW = 1_790_000_000;
const base = fixtureSale({}, NOW);
const selling = chosenSales((sale) => fitsFilter(sale, 'selling'));

describe('what is worked out from all sales', () => {
  it('is after any changes what it would be if it were worked out anew', () => {
    fc.assert(
      fc.property(fc.array(parcels, { maxLength: 12 }), (steps) => {
        const folds = new Folds();
        let state = liveState([]);
        const all = [allSales, selling, missedSales, saleCounts, statusSums, longestSale, gasSpent] as const;
        for (const changes of steps) {
          state = stepped(folds, state, changes);
          for (const fold of all) {
            expect(folds.valueOf(fold as Fold<'sales', unknown>, state)).toEqual(
              new Folds().valueOf(fold as Fold<'sales', unknown>, state),
            );
          }
        }
      }),
    );
  });

  it('is the same object while nothing in it changes, so that nothing is drawn', () => {
    const folds = new Folds();
    const sales = many(100);
    const before = liveState(sales);
    const values = [saleCounts, statusSums, heldSlots, gasSpent].map((fold) =>
      folds.valueOf(fold as Fold<'sales', unknown>, before),
    );
    const proven = { ...(sales[7] ?? base), proofs: { ...base.proofs, sent: base.proofs.sent + 1 } };
    const after = stepped(folds, before, [change(proven)]);
    const now = [saleCounts, statusSums, heldSlots, gasSpent].map((fold) =>
      folds.valueOf(fold as Fold<'sales', unknown>, after),
    );
    expect(now.every((value, index) => value === values[index])).toBe(true);
  });

  it('begins anew when changes were not seen', () => {
    const folds = new Folds();
    const first = liveState(many(3));
    folds.valueOf(allSales, first);
    const second = stepped(folds, first, [change(sale('x', 1))]);
    const third = stepped(folds, second, [change(sale('y', 2))]);
    expect(folds.valueOf(allSales, third)).toHaveLength(5);
  });

  it('gives held slots another version when one is lost or misses a proof, and only then', () => {
    const folds = new Folds();
    let state = liveState([sale('a', 1), sale('b', 2)]);
    const versions = [folds.valueOf(heldSlots, state)];
    const missing = { ...sale('a', 1), proofs: { ...base.proofs, missed: base.proofs.missed + 1 } };
    for (const row of [missing, { ...missing, gasCost: 5n }, { ...missing, endedAt: NOW }]) {
      state = stepped(folds, state, [change(row)]);
      versions.push(folds.valueOf(heldSlots, state));
    }
    expect(versions.map(({ slots }) => slots)).toEqual([2, 2, 2, 1]);
    expect(new Set(versions.map(({ version }) => version)).size).toBe(3);
    expect(versions[1]?.version).toBe(versions[2]?.version);
  });
});

describe('the list of sales', () => {
  it('is not sorted anew when a row changes: its place is searched for', () => {
    let reads = 0;
    const folds = new Folds();
    const sales = many(10_000);
    const before = liveState(sales);
    folds.valueOf(allSales, before);
    const looked = sales.map((row) => lookedAt(row, () => (reads += 1)));
    const counting = liveState(looked);
    folds.valueOf(allSales, counting);
    reads = 0;
    const row = { ...(sales[5000] ?? base), gasCost: 1n };
    const list = folds.valueOf(allSales, stepped(folds, counting, [change(row)]));
    expect(list.filter(({ gasCost }) => gasCost === 1n)).toHaveLength(1);
    // Two searches among 2^14: the old row compared with others reads two times each, the new one reads theirs alone.
    expect(reads).toBeLessThanOrEqual(3 * 14);
  });

  it('is in an order in which no two sales are alike', () => {
    const [a, b] = [sale('a', 1), { ...sale('b', 1), slotIndex: base.slotIndex + 1 }];
    expect(Math.sign(bySalesOrder(a, b))).toBe(-Math.sign(bySalesOrder(b, a)));
    expect(bySalesOrder(a, b)).not.toBe(0);
    expect(bySalesOrder(sale('a', 1), sale('b', 1))).not.toBe(0);
  });
});

const parcels = fc
  .array(
    fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      isGone: fc.boolean(),
      state: fc.constantFrom(...saleStateNames),
      isEnded: fc.boolean(),
      startedAt: fc.integer({ min: 1, max: 3 }),
      missed: fc.integer({ min: 0, max: 2 }),
      bytes: fc.bigInt({ min: 1n, max: 3n }),
      gasCost: fc.bigInt({ min: 0n, max: 2n }),
    }),
    { maxLength: 8 },
  )
  .map((list) =>
    list.map(({ id, isGone, state, isEnded, startedAt, missed, bytes, gasCost }): LiveChange => {
      if (isGone) return { table: 'sales', id, row: null };
      const proofs = { ...base.proofs, missed, missedAt: Array.from({ length: missed }, () => NOW) };
      const row = {
        ...sale(id, startedAt),
        state,
        proofs,
        slotSizeBytes: bytes,
        durationSeconds: bytes,
        gasCost,
      };
      return change(isEnded ? { ...row, endedAt: NOW } : row);
    }),
  );

const sale = (id: string, startedAt: number): SaleRow => ({ ...base, id, slotId: id, startedAt });
const many = (count: number) => Array.from({ length: count }, (_, index) => sale(`0x${index}`, index));
const change = (row: SaleRow): LiveChange => ({ table: 'sales', id: row.id, row });

const liveState = (sales: readonly SaleRow[]): LiveState => ({
  revision: 0,
  tables: { ...emptyLiveState.tables, sales: new Map(sales.map((row) => [row.id, row])) },
});

function stepped(folds: Folds, before: LiveState, changes: readonly LiveChange[]): LiveState {
  const step = { revision: before.revision + 1, changes };
  const after = applyLive(before, step) ?? expect.unreachable('It is the next revision');
  folds.saw(before, step, after);
  return after;
}

/** The same row, which tells when its time is read. */
const lookedAt = (row: SaleRow, look: () => void): SaleRow =>
  Object.defineProperty({ ...row }, 'startedAt', {
    enumerable: true,
    get: () => {
      look();
      return row.startedAt;
    },
  });
