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
  /** The entries that came or went before it was loaded. */
  #early: Set<string> | undefined = new Set();

  /** Nothing is known of it until it is loaded; changes can be made before. */
  constructor(
    modules: { database: Database; logger: Logger },
    { chainId, marketplace, account }: AccountsOf,
  ) {
    this.#modules = modules;
    this.#prefix = `/meta/accounts/${chainId}/${marketplace}/${account.slice(2)}`;
    this.#repository = new Repository(modules, {
      prefix: `${this.#prefix}/entries`,
      segments: 1,
      path: ({ id }) => [id],
      schema: entrySchema,
    });
  }

  get isLoaded(): boolean {
    return this.#early === undefined;
  }

  /** Reads what is on the disk, once. @throws StoreError; it can be tried again then */
  async load(): Promise<void> {
    if (this.isLoaded) return;
    const { records } = await this.#repository.load();
    const opening = await this.#read('opening', (text) => readRecord(openingSchema, text));
    const check = await this.#read('check', (text) => readRecord(checkSchema, text));
    const early = this.#early;
    this.#early = undefined;
    // What was written meanwhile is newer than what was read.
    for (const entry of records) if (!early?.has(entry.id)) this.#remember(entry);
    this.#opening = opening;
    this.#check = check;
    this.#changed = undefined;
    this.#revision++;
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

  /** What changes nothing writes nothing, once it is loaded. Two changes that are made at the same time must be of different entries. */
  change(put: readonly Entry[], deleted: readonly Pick<Entry, 'id'>[] = []): Beside {
    const changed = put.filter((entry) => !isSame(entry, this.#entries.get(entry.id)));
    const operations: Operation[] = [
      ...changed.map((entry) => this.#repository.putOp(entry)),
      ...deleted.map(({ id }): Operation => ({ type: 'del', key: `${this.#prefix}/entries/${id}` })),
    ];
    return {
      operations,
      written: () => {
        for (const entry of changed) this.#remember(entry);
        for (const { id } of deleted) this.#forget(id);
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
    this.#early?.add(entry.id);
    this.#entries.set(entry.id, entry);
    if (entry.slotId !== undefined) this.#idsBySlot.add(entry.slotId, entry.id);
  }

  #forget(id: string): void {
    const slotId = this.#entries.get(id)?.slotId;
    this.#changed?.add(id);
    this.#early?.add(id);
    this.#entries.delete(id);
    if (slotId !== undefined) this.#idsBySlot.delete(slotId, id);
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
