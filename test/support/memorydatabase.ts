import { StoreError } from '../../src/main/engine/stores/errors.ts';
import type { Database, Operation } from '../../src/main/engine/stores/database.ts';

/** A database that forgets with the process. Held to the same suite as the true one. */
export class MemoryDatabase implements Database {
  readonly records = new Map<string, string>();
  /** Operations of every batch that was committed, oldest first. */
  readonly batches: (readonly Operation[])[] = [];
  #failure: Error | undefined;
  #isOpen = true;

  /** The next batch rejects with `error` and changes nothing. */
  failNextBatch(error: Error = new StoreError('DISK_FULL', {})): void {
    this.#failure = error;
  }

  async get(key: string): Promise<string | undefined> {
    this.#demandOpen();
    return this.records.get(key);
  }

  async list(prefix: string): Promise<[key: string, value: string][]> {
    this.#demandOpen();
    const below = [...this.records].filter(([key]) => key.startsWith(`${prefix}/`) && key !== `${prefix}/`);
    return below.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  async batch(operations: readonly Operation[]): Promise<void> {
    this.#demandOpen();
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure;
    for (const operation of operations) {
      if (operation.type === 'put') this.records.set(operation.key, operation.value);
      else this.records.delete(operation.key);
    }
    this.batches.push([...operations]);
  }

  async close(): Promise<void> {
    this.#isOpen = false;
  }

  #demandOpen(): void {
    if (!this.#isOpen) throw new StoreError('DATABASE_FAILED', { reason: 'closed' });
  }
}
