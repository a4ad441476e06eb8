import type { AccountLine } from '../../../shared/accounts.ts';

/**
 * All lines, the newest first. What changes is usually the last of very many, so that it is put into its place instead of
 * making all anew.
 */
export class LineList {
  #lines: readonly AccountLine[] = [];
  readonly #byEntry = new Map<string, readonly AccountLine[]>();

  get lines(): readonly AccountLine[] {
    return this.#lines;
  }

  /** `changed` are the lines of entries by their ids, in place of those they had. */
  replace(changed: ReadonlyMap<string, readonly AccountLine[]>): void {
    const old = new Set([...changed.keys()].flatMap((id) => this.#byEntry.get(id) ?? []));
    const added = [...changed.values()].flat().sort(newestFirst);
    for (const [id, lines] of changed) {
      if (lines.length === 0) this.#byEntry.delete(id);
      else this.#byEntry.set(id, lines);
    }
    const kept = old.size === 0 ? this.#lines : this.#lines.filter((line) => !old.has(line));
    this.#lines = merged(kept, added);
  }

  clear(): void {
    this.#lines = [];
    this.#byEntry.clear();
  }
}

/** Of two lists that are in order. */
function merged(kept: readonly AccountLine[], added: readonly AccountLine[]): readonly AccountLine[] {
  if (added.length === 0) return kept;
  const all: AccountLine[] = [];
  let next = 0;
  for (const line of kept) {
    for (let one = added[next]; one && newestFirst(one, line) < 0; one = added[++next]) all.push(one);
    all.push(line);
  }
  return [...all, ...added.slice(next)];
}

const newestFirst = (a: AccountLine, b: AccountLine): number =>
  b.at - a.at || (b.block ?? 0) - (a.block ?? 0) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
