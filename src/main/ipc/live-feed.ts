import { isDeepStrictEqual } from 'node:util';
import { afterMs, type After } from '../../shared/after.ts';
import type { LiveChange, LiveChanges, LiveSnapshot } from '../../shared/live.ts';
import { tableNames, type TableName, type Tables } from '../../shared/rows.ts';
import { Emitter } from '../engine/lib/emitter.ts';

export interface LiveFeedOptions {
  after?: After;
  /** Any clock of milliseconds that does not go back. */
  nowMs?: () => number;
}

/**
 * The rows the windows show. Changes are gathered and told at most ten times a second: the last one of each row, and
 * none for a row that is again what it was. A snapshot holds exactly what was told up to its revision, so that it and
 * the changes after it always give the node's rows. Rows are not changed once they were handed in.
 */
export class LiveFeed {
  readonly #after: After;
  readonly #nowMs: () => number;
  readonly #changes = new Emitter<LiveChanges>();
  readonly #told: RowsByTable = emptyTables();
  readonly #pending: PendingByTable = emptyTables();
  #revision = 0;
  #toldAtMs = -Infinity;
  #cancel: (() => void) | undefined;
  #isStopped = false;

  constructor({ after = afterMs, nowMs = () => performance.now() }: LiveFeedOptions = {}) {
    this.#after = after;
    this.#nowMs = nowMs;
  }

  /** `id` is the row's own. */
  set<T extends TableName>(table: T, id: string, row: Tables[T]): void {
    this.#change(table, id, row);
  }

  delete(table: TableName, id: string): void {
    this.#change(table, id, null);
  }

  /** Makes `rows` the whole content of a table. */
  replace<T extends TableName>(table: T, rows: readonly Tables[T][]): void {
    const kept = new Set(rows.map(({ id }) => id));
    for (const id of [...this.#told[table].keys(), ...this.#pending[table].keys()]) {
      if (!kept.has(id)) this.delete(table, id);
    }
    for (const row of rows) this.set(table, row.id, row);
  }

  /** What was told so far; younger changes follow within a tenth of a second. */
  snapshot(): LiveSnapshot {
    const tables = tableNames.map((table) => [table, [...this.#told[table].values()]]);
    return { revision: this.#revision, tables: Object.fromEntries(tables) as LiveSnapshot['tables'] };
  }

  subscribe(listener: (changes: LiveChanges) => void): () => void {
    return this.#changes.subscribe(listener);
  }

  /** Tells what is pending now, out of turn: for the end, when no one waits another tenth of a second. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const changes = this.#takePending();
    if (changes.length === 0) return;
    this.#revision += 1;
    this.#toldAtMs = this.#nowMs();
    this.#changes.emit({ revision: this.#revision, changes });
  }

  /** Tells what is pending; later changes are dropped. */
  stop(): void {
    this.flush();
    this.#isStopped = true;
  }

  #change(table: TableName, id: string, row: AnyRow | null): void {
    if (this.#isStopped) return;
    if (isDeepStrictEqual(this.#told[table].get(id) ?? null, row)) {
      this.#pending[table].delete(id);
      return;
    }
    this.#pending[table].set(id, row);
    const waitMs = Math.max(0, this.#toldAtMs + INTERVAL_MS - this.#nowMs());
    this.#cancel ??= this.#after(waitMs, () => this.flush());
  }

  #takePending(): LiveChange[] {
    const changes: LiveChange[] = [];
    for (const table of tableNames) {
      for (const [id, row] of this.#pending[table]) {
        if (row === null) this.#told[table].delete(id);
        else this.#told[table].set(id, row);
        changes.push({ table, id, row } as LiveChange);
      }
      this.#pending[table].clear();
    }
    return changes;
  }
}

const INTERVAL_MS = 100;

type AnyRow = Tables[TableName];
type RowsByTable = Record<TableName, Map<string, AnyRow>>;
type PendingByTable = Record<TableName, Map<string, AnyRow | null>>;

function emptyTables<T>(): Record<TableName, Map<string, T>> {
  const entries = tableNames.map((table) => [table, new Map<string, T>()]);
  return Object.fromEntries(entries) as Record<TableName, Map<string, T>>;
}
