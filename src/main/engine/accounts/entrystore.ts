import { readRecord, writeRecord } from '../../../shared/schemas.ts';
import type { Address, SlotId } from '../contracts/ids.ts';
import { MultiMap } from '../lib/multimap.ts';
import type { Logger } from '../logger.ts';
import type { Database, Operation } from '../stores/database.ts';
import { Repository } from '../stores/repository.ts';
import type { Beside } from '../stores/transactions.ts';
import {
  checkSchema,
  entrySchema,
  openingSchema,
  type Entry,
  type Opening,
  type StoredCheck,
} from './entry.ts';

/** Whose accounts: of one account at one marketplace, whose token the amounts are of. */
export interface AccountsOf {
  readonly chainId: number;
  readonly marketplace: Address;
  readonly account: Address;
}

/**
 * The entries: in memory, and one record each in the database. A change is made as operations, so that it is written
 * together with what it belongs to; memory follows when they are on the disk.
 */
export class EntryStore {
  readonly #modules: { database: Database; logger: Logger };
  readonly #prefix: string;
  readonly #repository: Repository<typeof entrySchema>;
  readonly #entries = new Map<string, Entry>();
  readonly #idsBySlot = new MultiMap<SlotId, string>();
  #opening: Opening | undefined;
  #check: StoredCheck | undefined;
  #revision = 0;
  #changed: Set<string> | undefined;

  static async open(
    modules: { database: Database; logger: Logger },
    { chainId, marketplace, account }: AccountsOf,
  ): Promise<EntryStore> {
    const store = new EntryStore(modules, `/meta/accounts/${chainId}/${marketplace}/${account.slice(2)}`);
    await store.#load();
    return store;
  }

  private constructor(modules: { database: Database; logger: Logger }, prefix: string) {
    this.#modules = modules;
    this.#prefix = prefix;
    this.#repository = new Repository(modules, {
      prefix: `${prefix}/entries`,
      segments: 1,
      path: ({ id }) => [id],
      schema: entrySchema,
    });
  }

  get entries(): ReadonlyMap<string, Entry> {
    return this.#entries;
  }

  get opening(): Opening | undefined {
    return this.#opening;
  }

  get lastCheck(): StoredCheck | undefined {
    return this.#check;
  }

  /** Grows with every change. */
  get revision(): number {
    return this.#revision;
  }

  /** The entries that changed since this was asked last; undefined when it may be all. */
  takeChanged(): ReadonlySet<string> | undefined {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  /** What changes nothing writes nothing. Two changes that are made at the same time must be of different entries. */
  change(put: readonly Entry[], deleted: readonly Entry[] = []): Beside {
    const changed = put.filter((entry) => !isSame(entry, this.#entries.get(entry.id)));
    const operations: Operation[] = [
      ...changed.map((entry) => this.#repository.putOp(entry)),
      ...deleted.map((entry) => this.#repository.deleteOp(entry)),
    ];
    return {
      operations,
      written: () => {
        for (const entry of changed) this.#remember(entry);
        for (const entry of deleted) this.#forget(entry);
        if (operations.length > 0) this.#revision++;
      },
    };
  }

  async write({ operations, written }: Beside): Promise<void> {
    if (operations.length === 0) return;
    await this.#modules.database.batch(operations);
    written();
  }

  /** What the account held, and with it what is known of the time before. */
  async begin(opening: Opening, before: readonly Entry[]): Promise<void> {
    const change = this.change(before);
    const value = writeRecord(openingSchema, opening);
    await this.#modules.database.batch([
      { type: 'put', key: `${this.#prefix}/opening`, value },
      { type: 'del', key: `${this.#prefix}/check` },
      ...change.operations,
    ]);
    this.#opening = opening;
    this.#check = undefined;
    change.written();
    this.#revision++;
    // Which of them are of before is another question now.
    this.#changed = undefined;
  }

  async checked(check: StoredCheck): Promise<void> {
    const value = writeRecord(checkSchema, check);
    await this.#modules.database.batch([{ type: 'put', key: `${this.#prefix}/check`, value }]);
    this.#check = check;
  }

  /** In no particular order. */
  ofSlot(slotId: SlotId): Entry[] {
    return this.idsOf(slotId).flatMap((id) => this.#entries.get(id) ?? []);
  }

  idsOf(slotId: SlotId): string[] {
    return [...this.#idsBySlot.get(slotId)];
  }

  #remember(entry: Entry): void {
    this.#changed?.add(entry.id);
    this.#entries.set(entry.id, entry);
    if (entry.slotId !== undefined) this.#idsBySlot.add(entry.slotId, entry.id);
  }

  #forget({ id, slotId }: Entry): void {
    this.#changed?.add(id);
    this.#entries.delete(id);
    if (slotId !== undefined) this.#idsBySlot.delete(slotId, id);
  }

  async #load(): Promise<void> {
    for (const entry of (await this.#repository.load()).records) this.#remember(entry);
    this.#opening = await this.#read('opening', (text) => readRecord(openingSchema, text));
    this.#check = await this.#read('check', (text) => readRecord(checkSchema, text));
  }

  async #read<T>(name: string, read: (text: string) => T): Promise<T | undefined> {
    const key = `${this.#prefix}/${name}`;
    const text = await this.#modules.database.get(key);
    if (text === undefined) return undefined;
    try {
      return read(text);
    } catch (error) {
      this.#modules.logger.error('A record of the accounts cannot be read; it is made anew', { key, error });
      return undefined;
    }
  }
}

const isSame = (entry: Entry, known: Entry | undefined): boolean =>
  known !== undefined && writeRecord(entrySchema, entry) === writeRecord(entrySchema, known);
