import type { TableName, Tables } from '../../shared/rows.ts';

/** Where the rows go: the live feed of whoever shows them. */
export interface RowSink {
  set<T extends TableName>(table: T, row: Tables[T]): void;
  delete(table: TableName, id: string): void;
  replace<T extends TableName>(table: T, rows: readonly Tables[T][]): void;
}

/** Rows of a table of which only the newest `limit` stay. A row set again counts as new. */
export class NewestRows<T extends TableName> {
  readonly #rows: RowSink;
  readonly #table: T;
  readonly #limit: number;
  readonly #ids = new Set<string>();

  constructor({ rows }: { rows: RowSink }, { table, limit }: { table: T; limit: number }) {
    this.#rows = rows;
    this.#table = table;
    this.#limit = limit;
  }

  set(row: Tables[T]): void {
    this.#rows.set(this.#table, row);
    this.#ids.delete(row.id);
    this.#ids.add(row.id);
    if (this.#ids.size <= this.#limit) return;
    const [oldest = ''] = this.#ids;
    this.#ids.delete(oldest);
    this.#rows.delete(this.#table, oldest);
  }
}
