import { Mutex } from '../lib/mutex.ts';
import type { Logger } from '../logger.ts';
import type { Database } from '../stores/database.ts';
import { Repository } from '../stores/repository.ts';
import type { SaleInfo } from './saleinfo.ts';
import { saleInfoSchema, type StoredSale } from './saleinfocodec.ts';

/**
 * What must outlive the process of each sale: one record of every running one, for what the chain does not tell after a
 * restart, and one of every sale that ended.
 */
export class SaleStore {
  readonly #database: Database;
  readonly #running: Repository<typeof saleInfoSchema>;
  readonly #history: Repository<typeof saleInfoSchema>;
  /** Writes keep the order in which they were asked for. */
  readonly #oneAtATime = new Mutex();

  constructor(modules: { database: Database; logger: Logger }) {
    this.#database = modules.database;
    this.#running = new Repository(modules, {
      prefix: '/meta/sales/running',
      segments: 1,
      path: ({ slotId }) => [slotId.slice(2)],
      schema: saleInfoSchema,
    });
    this.#history = new Repository(modules, {
      prefix: '/meta/sales/history',
      segments: 1,
      // Sorts by the end, and keeps several sales of one slot apart.
      path: ({ endedAt = 0, slotId }) => [`${String(endedAt).padStart(12, '0')}-${slotId.slice(2)}`],
      schema: saleInfoSchema,
    });
  }

  async save(info: SaleInfo): Promise<void> {
    await this.#oneAtATime.run(() => this.#database.batch([this.#running.putOp(storedSale(info))]));
  }

  /** Moves a sale from the running ones to the history. */
  async close(info: SaleInfo): Promise<void> {
    const sale = storedSale(info);
    await this.#oneAtATime.run(() =>
      this.#database.batch([this.#running.deleteOp(sale), this.#history.putOp(sale)]),
    );
  }

  async running(): Promise<readonly SaleInfo[]> {
    return (await this.#running.load()).records;
  }

  /** Newest first. */
  async history(limit: number): Promise<SaleInfo[]> {
    const { records } = await this.#history.load();
    return records.toReversed().slice(0, limit);
  }
}

/** Whether bytes or money were involved. */
export const isWorthKeeping = ({ availabilityId, gasCost, filledAt }: SaleInfo): boolean =>
  availabilityId !== undefined || filledAt !== undefined || gasCost > 0n;

function storedSale(sale: SaleInfo): StoredSale {
  const { progress: _, path, proofs, ...info } = sale;
  return {
    ...info,
    path: [...path],
    proofs: { ...proofs, sentAt: [...proofs.sentAt], missedAt: [...proofs.missedAt] },
  };
}
