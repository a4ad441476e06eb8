import { tableNames, type TableName, type Tables } from './rows.ts';

/** All rows at one moment. */
export interface LiveSnapshot {
  readonly revision: number;
  readonly tables: { readonly [T in TableName]: readonly Tables[T][] };
}

/** What changed from `revision - 1` to `revision`; one change per row at most. */
export interface LiveChanges {
  readonly revision: number;
  readonly changes: readonly LiveChange[];
}

export type LiveChange = {
  [T in TableName]: { readonly table: T; readonly id: string; readonly row: Tables[T] | null };
}[TableName];

/** The rows as the renderer keeps them: never changed in place, so that a view can compare by identity. */
export interface LiveState {
  readonly revision: number;
  readonly tables: { readonly [T in TableName]: ReadonlyMap<string, Tables[T]> };
}

export const emptyLiveState: LiveState = {
  revision: -1,
  tables: Object.fromEntries(tableNames.map((name) => [name, new Map()])) as unknown as LiveState['tables'],
};

export function liveStateOf(snapshot: LiveSnapshot): LiveState {
  const tables = Object.fromEntries(
    tableNames.map((name) => [name, new Map(snapshot.tables[name].map((row) => [row.id, row]))]),
  );
  return { revision: snapshot.revision, tables: tables as unknown as LiveState['tables'] };
}

/** The state after `changes`; undefined when some were missed and a new snapshot is needed. Older ones change nothing. */
export function applyLive(state: LiveState, { revision, changes }: LiveChanges): LiveState | undefined {
  if (revision <= state.revision) return state;
  if (revision !== state.revision + 1) return undefined;
  const tables: Record<string, Map<string, unknown>> = {};
  for (const { table, id, row } of changes) {
    const copy = (tables[table] ??= new Map<string, unknown>(state.tables[table]));
    if (row === null) copy.delete(id);
    else copy.set(id, row);
  }
  return { revision, tables: { ...state.tables, ...tables } as LiveState['tables'] };
}

/** A row of a table before and after some changes: none before is a new one, none after is gone. */
export interface ChangedRow<Row> {
  readonly before: Row | undefined;
  readonly after: Row | undefined;
}

/** Each row of a table that is another one after `changes`, once. */
export function changedRows<T extends TableName>(
  before: LiveState['tables'],
  after: LiveState['tables'],
  { changes }: LiveChanges,
  table: T,
): ChangedRow<Tables[T]>[] {
  if (before[table] === after[table]) return [];
  const ids = new Set(changes.filter((change) => change.table === table).map(({ id }) => id));
  return Array.from(ids, (id) => ({ before: before[table].get(id), after: after[table].get(id) })).filter(
    (row) => row.before !== row.after,
  );
}
