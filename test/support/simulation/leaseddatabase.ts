import { Mutex } from '../../../src/main/engine/lib/mutex.ts';
import type { Database, Operation } from '../../../src/main/engine/stores/database.ts';
import type { Faults } from './faults.ts';
import type { Lease } from './lease.ts';

/** The database as one process has it open: batches take time, fail when the disk is full, and keep their order. */
export class LeasedDatabase implements Database {
  readonly #database: Database;
  readonly #lease: Lease;
  readonly #faults: Faults;
  readonly #oneAtATime = new Mutex();

  constructor({ database, lease, faults }: { database: Database; lease: Lease; faults: Faults }) {
    this.#database = database;
    this.#lease = lease;
    this.#faults = faults;
  }

  async get(key: string): Promise<string | undefined> {
    await this.#lease.pass(undefined);
    return this.#lease.perform(() => this.#database.get(key), undefined);
  }

  async list(prefix: string): Promise<[key: string, value: string][]> {
    await this.#lease.pass(undefined);
    return this.#lease.perform(() => this.#database.list(prefix), undefined);
  }

  async batch(operations: readonly Operation[]): Promise<void> {
    await this.#oneAtATime.run(async () => {
      await this.#lease.pass(this.#later());
      this.#faults.demandDisk();
      await this.#lease.perform(() => this.#database.batch(operations), undefined);
    });
    await this.#lease.pass(this.#later());
  }

  async close(): Promise<void> {}

  /** The disk is quick; what counts is that others come in between. */
  #later(): number | undefined {
    return this.#faults.delay() === undefined ? undefined : 0;
  }
}
