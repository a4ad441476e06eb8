import { Mutex } from '../lib/mutex.ts';
import type { Logger } from '../logger.ts';
import type { Database } from '../stores/database.ts';
import { Repository } from '../stores/repository.ts';
import type { SaleInfo } from './saleinfo.ts';
import { endedSaleSchema, saleInfoSchema, type StoredSale } from './saleinfocodec.ts';

/**
 * What must outlive the process of each sale: one record of every running one, for what the chain does not tell after a
 * restart, and one of every sale that ended.
 */
export class SaleStore {
  readonly #database: Database;
  readonly #running: Repository<typeof saleInfoSchema>;
  readonly #history: Repository<typeof endedSaleSchema>;
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
      path: (sale) => [historyName(sale)],
      schema: endedSaleSchema,
    });
  }

  async save(info: SaleInfo): Promise<void> {
    await this.#oneAtATime.run(() => this.#database.batch([this.#running.putOp(storedSale(info))]));
  }

  /** Moves a sale from the running ones to the history. */
  async close(info: SaleInfo): Promise<void> {
    const sale = storedSale(info);
    await this.#oneAtATime.run(async () => {
      const ended = await this.#withOwnName({ ...sale, twin: 0 });
      await this.#database.batch([this.#running.deleteOp(sale), this.#history.putOp(ended)]);
    });
  }

  async running(): Promise<readonly SaleInfo[]> {
    return (await this.#running.load()).records;
  }

  /** Newest first. */
  async history(limit: number): Promise<SaleInfo[]> {
    const { records } = await this.#history.load();
    return records.toReversed().slice(0, limit).map(withoutTwin);
  }

  /** A slot can be sold twice within a second, when the first sale of it ends at once. */
  async #withOwnName(sale: EndedSale): Promise<EndedSale> {
    for (let twin = 0; ; twin++) {
      const { key } = this.#history.putOp({ ...sale, twin });
      if ((await this.#database.get(key)) === undefined) return { ...sale, twin };
    }
  }
}

type EndedSale = StoredSale & { readonly twin: number };

function withoutTwin(sale: EndedSale): SaleInfo {
  const { twin: _, ...info } = sale;
  return info;
}

/** Sorts by the end, and keeps several sales of one slot apart. */
function historyName({ endedAt = 0, slotId, twin }: EndedSale): string {
  const name = `${String(endedAt).padStart(12, '0')}-${slotId.slice(2)}`;
  return twin === 0 ? name : `${name}-${twin}`;
}

/** Whether bytes or money were involved. */
export const isWorthKeeping = ({ availabilityId, gasCost, filledAt }: SaleInfo): boolean =>
  availabilityId !== undefined || filledAt !== undefined || gasCost > 0n;

function storedSale(sale: SaleInfo): StoredSale {
  const { progress: _progress, missingBytes: _missing, refusal: _refusal, path, proofs, ...info } = sale;
  return {
    ...info,
    path: [...path],
    proofs: { ...proofs, sentAt: [...proofs.sentAt], missedAt: [...proofs.missedAt] },
  };
}
