import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { z } from 'zod';
import { readRecord, writeRecord } from '../../../shared/schemas.ts';
import type { Logger } from '../logger.ts';
import type { Database, Operation } from './database.ts';

/**
 * Records of one kind below one path, as JSON in the shape of a schema. It writes nothing by itself: `putOp` and
 * `deleteOp` give operations, so that what changes together is committed in one batch.
 */
export class Repository<Schema extends z.ZodType> {
  readonly #database: Database;
  readonly #logger: Logger;
  readonly #options: RepositoryOptions<Schema>;

  constructor(
    { database, logger }: { database: Database; logger: Logger },
    options: RepositoryOptions<Schema>,
  ) {
    this.#database = database;
    this.#logger = logger;
    this.#options = options;
  }

  /**
   * All records, in the order of their keys. One that cannot be read is reported and moved, as it is, to
   * `/quarantine<key>/<hash>`: it is not lost, and does not keep the rest from loading. Of many records some are read at
   * a time, so that others get a turn.
   */
  async load(): Promise<Loaded<z.output<Schema>>> {
    const records: z.output<Schema>[] = [];
    const quarantined: string[] = [];
    for (const [index, [key, text]] of (await this.#database.list(this.#options.prefix)).entries()) {
      if ((index + 1) % AT_A_TIME === 0) await nextTurn();
      if (key.split('/').length !== this.#depth) continue;
      const { record, error } = this.#read(key, text);
      if (error === undefined) records.push(record as z.output<Schema>);
      else quarantined.push(await this.#quarantine(key, text, error));
    }
    return { records, quarantined };
  }

  putOp(record: z.output<Schema>): Operation {
    return { type: 'put', key: this.#keyOf(record), value: writeRecord(this.#options.schema, record) };
  }

  deleteOp(record: z.output<Schema>): Operation {
    return { type: 'del', key: this.#keyOf(record) };
  }

  #read(key: string, text: string): { record?: z.output<Schema>; error?: unknown } {
    try {
      const record = readRecord(this.#options.schema, text);
      if (this.#keyOf(record) !== key) return { error: new Error('The record names itself differently') };
      return { record };
    } catch (error) {
      return { error };
    }
  }

  async #quarantine(key: string, text: string, error: unknown): Promise<string> {
    // The hash keeps a second bad record under the same key from replacing the first.
    const to = `/quarantine${key}/${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
    this.#logger.error('A stored record cannot be read and is put aside', { key, to, error });
    await this.#database.batch([
      { type: 'put', key: to, value: text },
      { type: 'del', key },
    ]);
    return to;
  }

  #keyOf(record: z.output<Schema>): string {
    return [this.#options.prefix, ...this.#options.path(record)].join('/');
  }

  get #depth(): number {
    return this.#options.prefix.split('/').length + this.#options.segments;
  }
}

const AT_A_TIME = 500;

export interface RepositoryOptions<Schema extends z.ZodType> {
  /** `/meta/sales/reservations`, without a slash at the end. */
  readonly prefix: string;
  /** How many parts a record's path below the prefix has. Records of other depths are of another kind, and left alone. */
  readonly segments: number;
  readonly path: (record: z.output<Schema>) => readonly string[];
  readonly schema: Schema;
}

export interface Loaded<T> {
  readonly records: readonly T[];
  /** The keys under which unreadable records are kept now. */
  readonly quarantined: readonly string[];
}
