import type { Database } from '../stores/database.ts';

/**
 * From when on requests may still be open, Unix seconds: when the node last followed the market, or earlier, when it first
 * heard of one that is open still. The next start looks for requests from then on.
 */
export class WatchedSince {
  readonly #database: Database;

  constructor({ database }: { database: Database }) {
    this.#database = database;
  }

  /** What cannot be read counts as nothing; less of the past is then looked at. */
  async load(): Promise<number | undefined> {
    const text = await this.#database.get(KEY);
    return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  }

  async save(time: number): Promise<void> {
    await this.#database.batch([{ type: 'put', key: KEY, value: String(time) }]);
  }
}

const KEY = '/meta/market/watchedSince';
