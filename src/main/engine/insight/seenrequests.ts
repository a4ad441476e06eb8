import { z } from 'zod';
import type { RequestId } from '../contracts/ids.ts';
import type { Logger } from '../logger.ts';
import type { Database } from '../stores/database.ts';
import { Repository } from '../stores/repository.ts';

/**
 * Which requests were counted already: a restart looks at those of the past day again. The newest `limit` are known by
 * the first 32 bits of their id; that one of them is taken for another happens once in a million requests.
 */
export class SeenRequests {
  readonly #database: Database;
  readonly #repository: Repository<typeof seenSchema>;
  readonly #limit: number;
  #seen = new Set<string>();
  #isSaved = true;

  constructor(modules: { database: Database; logger: Logger }, { limit = 4096 }: { limit?: number } = {}) {
    this.#database = modules.database;
    this.#limit = limit;
    this.#repository = new Repository(modules, {
      prefix: '/meta/insight/seen',
      segments: 1,
      path: () => ['requests'],
      schema: seenSchema,
    });
  }

  async load(): Promise<void> {
    const { ids } = (await this.#repository.load()).records[0] ?? { ids: '' };
    this.#seen = new Set(ids.match(/.{8}/g) ?? []);
  }

  /** Whether it is new. */
  add(id: RequestId): boolean {
    const short = id.slice(2, 10);
    if (this.#seen.has(short)) return false;
    this.#seen.add(short);
    this.#isSaved = false;
    const [oldest] = this.#seen;
    if (this.#seen.size > this.#limit && oldest !== undefined) this.#seen.delete(oldest);
    return true;
  }

  async save(): Promise<void> {
    if (this.#isSaved) return;
    this.#isSaved = true;
    try {
      await this.#database.batch([this.#repository.putOp({ ids: [...this.#seen].join('') })]);
    } catch (error) {
      this.#isSaved = false;
      throw error;
    }
  }
}

const seenSchema = z.object({ ids: z.string().regex(/^(?:[0-9a-f]{8})*$/) });
