import type { StoredTransaction } from '../../src/main/engine/contracts/storedtransaction.ts';
import type { TransactionStore } from '../../src/main/engine/market/transactions/book.ts';

/** Forgets with the process. A crash can be let happen just before or just after a write. */
export class MemoryTransactions implements TransactionStore {
  readonly records = new Map<string, StoredTransaction>();
  /** Called around every write; one that throws is a disk that fails, or the end of the process. */
  onSave: (when: 'before' | 'after', changed: readonly StoredTransaction[]) => void = () => {};

  async load(): Promise<readonly StoredTransaction[]> {
    return [...this.records.values()];
  }

  async save(
    changed: readonly StoredTransaction[],
    deleted: readonly StoredTransaction[] = [],
  ): Promise<void> {
    this.onSave('before', changed);
    for (const record of changed) this.records.set(record.id, record);
    for (const record of deleted) this.records.delete(record.id);
    this.onSave('after', changed);
  }
}

/** One for each account, for tests that look at something else. */
export const forgottenTransactions = (): TransactionStore => new MemoryTransactions();
