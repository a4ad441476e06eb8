import type { LogChange } from '../../src/main/engine/market/log-changes.ts';
import type { ChainLog } from '../../src/main/engine/market/log-reader.ts';

/**
 * Puts together what was told of a chain and not taken back, and finds what no follower may do: in one run nothing is told
 * twice, nothing is taken back that was not told, what is taken back comes before what is new, each in its order. After a
 * crash a follower may repeat itself once more, and knows nothing of what it told and could not save.
 */
export class LogLedger {
  readonly #told = new Map<string, ChainLog>();
  /** Told before the last crash, and so perhaps once more. */
  #repeatable = new Set<string>();
  /** Taken back before the last crash. */
  #retractable = new Set<string>();
  readonly #retracted = new Set<string>();
  /** Told while nothing was saved. */
  readonly #unsaved = new Set<string>();
  /** Told before the crash, not saved, and not told again. */
  readonly #forgotten = new Set<string>();
  /** Taken back while nothing was saved: whether it stands afterwards is not to be known. */
  readonly #unsure = new Set<string>();
  /** While set, what is told is not saved. */
  isUnsaved = false;

  crash(): void {
    for (const key of this.#unsaved) if (!this.#unsure.has(key)) this.#forgotten.add(key);
    this.#unsaved.clear();
    this.isUnsaved = false;
    this.#repeatable = new Set(this.#told.keys());
    this.#retractable = new Set([...this.#retractable, ...this.#retracted]);
  }

  hear({ removed, added }: LogChange): void {
    if (removed.length + added.length === 0) throw new Error('An empty change was told');
    const gone = new Set(removed.map((log) => keyOf(log, 0)));
    if (added.some((log) => gone.has(keyOf(log, 0)))) throw new Error('Told again what is still there');
    inOrder(removed.toReversed());
    inOrder(added);
    for (const log of removed.toReversed().reverse()) this.#takeBack(log);
    for (const log of added) this.#tell(log);
  }

  /** What stands and should not, and what does not stand and should. */
  differences(logs: readonly ChainLog[]): string[] {
    const expected = new Set(keysOf(logs));
    const extra = [...this.#told.keys()].filter((key) => !expected.has(key) && !this.#forgotten.has(key));
    const missing = [...expected].filter((key) => !this.#told.has(key) || this.#forgotten.has(key));
    return [...extra, ...missing].filter((key) => !this.#unsure.has(key));
  }

  #tell(log: ChainLog): void {
    const key = this.#freeKey(log);
    const first = keyOf(log, 0);
    if (key !== first && !this.#isSeveral(log)) throw new Error(`Told twice: ${first}`);
    if (this.#told.has(key)) this.#repeatable.delete(key);
    this.#told.set(key, log);
    this.#retracted.delete(key);
    this.#retractable.delete(key);
    this.#forgotten.delete(key);
    if (this.isUnsaved) this.#unsaved.add(key);
    else this.#unsure.delete(key);
  }

  #takeBack(log: ChainLog): void {
    for (let n = SEVERAL; n >= 0; n--) {
      const key = keyOf(log, n);
      if (!this.#told.delete(key)) continue;
      this.#repeatable.delete(key);
      this.#forgotten.delete(key);
      this.#unsaved.delete(key);
      this.#retracted.add(key);
      if (this.isUnsaved) this.#unsure.add(key);
      else this.#unsure.delete(key);
      return;
    }
    for (let n = 0; n < SEVERAL; n++) if (this.#retractable.delete(keyOf(log, n))) return;
    throw new Error(`Taken back what was not told: ${keyOf(log, 0)}`);
  }

  /** The first one that does not stand yet, or may be told once more. */
  #freeKey(log: ChainLog): string {
    for (let n = 0; n < SEVERAL; n++) {
      const key = keyOf(log, n);
      if (!this.#told.has(key) || this.#repeatable.has(key)) return key;
    }
    throw new Error(`Told too often: ${keyOf(log, 0)}`);
  }

  #isSeveral(log: ChainLog): boolean {
    return Buffer.from(log.data.slice(2), 'hex').toString().startsWith(SEVERAL_TEXT);
  }
}

/** What a transaction says several times, and only that, begins so. */
export const SEVERAL_TEXT = 'again';

/** The keys of logs as a ledger names them. */
function keysOf(logs: readonly ChainLog[]): string[] {
  const counts = new Map<string, number>();
  return logs
    .map((log) => {
      const content = keyOf(log, 0);
      const n = counts.get(content) ?? 0;
      counts.set(content, n + 1);
      return keyOf(log, n);
    })
    .sort();
}

const SEVERAL = 8;

const keyOf = ({ transactionHash, topics, data }: ChainLog, n: number) =>
  [transactionHash, ...topics, data, n].join(' ');

function inOrder(logs: readonly ChainLog[]): void {
  for (const [i, log] of logs.entries()) {
    const before = logs[i - 1];
    const isAfter =
      !before ||
      log.blockNumber > before.blockNumber ||
      (log.blockNumber === before.blockNumber && log.logIndex > before.logIndex);
    if (!isAfter) throw new Error('Told out of order');
  }
}
