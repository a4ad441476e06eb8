import type { TableName, Tables } from '../../src/shared/rows.ts';
import type { RowSink } from '../../src/main/engine/row-sink.ts';

/** Takes the rows a view shows, and holds them as they are now. */
export class RowTables implements RowSink {
  readonly #rows = new Map<TableName, Map<string, Tables[TableName]>>();

  set<T extends TableName>(table: T, row: Tables[T]): void {
    this.#of(table).set(row.id, row);
  }

  delete(table: TableName, id: string): void {
    this.#of(table).delete(id);
  }

  replace<T extends TableName>(table: T, rows: readonly Tables[T][]): void {
    this.#rows.set(table, new Map(rows.map((row) => [row.id, row])));
  }

  /** In the order in which they were first set. */
  of<T extends TableName>(table: T): Tables[T][] {
    return [...this.#of(table).values()];
  }

  #of<T extends TableName>(table: T): Map<string, Tables[T]> {
    const rows = this.#rows.get(table) ?? new Map<string, Tables[TableName]>();
    this.#rows.set(table, rows);
    return rows as Map<string, Tables[T]>;
  }
}
