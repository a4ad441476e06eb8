import { changedRows, type ChangedRow, type LiveChanges, type LiveState } from '../../../shared/live.ts';
import type { TableName, Tables } from '../../../shared/rows.ts';

/**
 * Something worked out from all rows of a table and kept up by those that change, so that one changed row among
 * thousands costs little. It is known by its identity: make it once.
 */
export interface Fold<Name extends TableName, T> {
  readonly table: Name;
  /** `valueOf` gives that of another fold at the same moment. */
  readonly begin: (rows: ReadonlyMap<string, Tables[Name]>, valueOf: ValueOf) => T;
  /** The value after these rows changed, the same object if it is not another one; undefined to begin anew. */
  readonly next: (value: T, changed: readonly ChangedRow<Tables[Name]>[]) => T | undefined;
}

type ValueOf = <Name extends TableName, T>(fold: Fold<Name, T>) => T;

/** The values of folds. One that was asked for before the last changes goes on from there, any other begins anew. */
export class Folds {
  readonly #kept = new WeakMap<object, { rows: unknown; value: unknown }>();
  #step: { readonly before: LiveState; readonly after: LiveState; readonly changes: LiveChanges } | undefined;

  /** The newest changes: they led from one state to the other. */
  saw(before: LiveState, changes: LiveChanges, after: LiveState): void {
    this.#step = { before, after, changes };
  }

  valueOf<Name extends TableName, T>(fold: Fold<Name, T>, state: LiveState): T {
    const rows = state.tables[fold.table];
    const kept = this.#kept.get(fold) as { rows: unknown; value: T } | undefined;
    if (kept?.rows === rows) return kept.value;
    const value =
      (kept && this.#next(fold, kept, rows)) ?? fold.begin(rows, (other) => this.valueOf(other, state));
    this.#kept.set(fold, { rows, value });
    return value;
  }

  #next<Name extends TableName, T>(
    fold: Fold<Name, T>,
    kept: { rows: unknown; value: T },
    rows: unknown,
  ): T | undefined {
    if (!this.#step) return undefined;
    const { before, after, changes } = this.#step;
    if (before.tables[fold.table] !== kept.rows || after.tables[fold.table] !== rows) return undefined;
    return fold.next(kept.value, changedRows(before.tables, after.tables, changes, fold.table));
  }
}
