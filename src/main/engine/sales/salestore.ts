import type { SlotId } from '../contracts/ids.ts';
import { Mutex } from '../lib/mutex.ts';
import type { Logger } from '../logger.ts';
import type { Database, Operation } from '../stores/database.ts';
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
  /** Ended, and still under their slot among the running ones, as the disk was full: oldest first. */
  readonly #unmoved = new Map<SlotId, readonly StoredSale[]>();
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

  /** Ended sales of the same slot that could not be moved are moved now, before their record is written over. */
  async save(info: SaleInfo): Promise<void> {
    const sale = storedSale(info);
    await this.#oneAtATime.run(async () => {
      const moves = await this.#movesOf(this.#unmoved.get(info.slotId) ?? []);
      await this.#database.batch([...moves, this.#running.putOp(sale)]);
      this.#unmoved.delete(info.slotId);
    });
  }

  /** Moves a sale from the running ones to the history. */
  async close(info: SaleInfo): Promise<void> {
    const sale = storedSale(info);
    await this.#oneAtATime.run(async () => {
      const sales = [...(this.#unmoved.get(info.slotId) ?? []), sale];
      this.#unmoved.set(info.slotId, sales);
      await this.#database.batch([...(await this.#movesOf(sales)), this.#running.deleteOp(sale)]);
      this.#unmoved.delete(info.slotId);
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

  /** Each under a name of its own: a slot can be sold twice within a second, when the first sale of it ends at once. */
  async #movesOf(sales: readonly StoredSale[]): Promise<Operation[]> {
    const moves = new Map<string, Operation>();
    for (const sale of sales) {
      let twin = 0;
      let move = this.#history.putOp({ ...sale, twin });
      while (moves.has(move.key) || (await this.#database.get(move.key)) !== undefined)
        move = this.#history.putOp({ ...sale, twin: ++twin });
      moves.set(move.key, move);
    }
    return [...moves.values()];
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
