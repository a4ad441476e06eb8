import type { Logger } from '../logger.ts';
import type { Database, Operation } from '../stores/database.ts';
import { Repository } from '../stores/repository.ts';
import { availabilitySchema, reservationSchema, usageSchema } from './availability.ts';
import type { Change, Ledger } from './ledger.ts';

/** The ledger's records in the database, under the paths of engine.md 1.10. */
export class LedgerStore {
  readonly #database: Database;
  readonly #availabilities: Repository<typeof availabilitySchema>;
  readonly #reservations: Repository<typeof reservationSchema>;
  readonly #usage: Repository<typeof usageSchema>;

  constructor(modules: { database: Database; logger: Logger }) {
    const prefix = '/meta/sales/reservations';
    this.#database = modules.database;
    this.#availabilities = new Repository(modules, {
      prefix,
      segments: 1,
      path: ({ id }) => [bare(id)],
      schema: availabilitySchema,
    });
    this.#reservations = new Repository(modules, {
      prefix,
      segments: 2,
      path: ({ availabilityId, id }) => [bare(availabilityId), bare(id)],
      schema: reservationSchema,
    });
    this.#usage = new Repository(modules, {
      prefix: '/meta/quota',
      segments: 1,
      path: () => ['used'],
      schema: usageSchema,
    });
  }

  async load(quotaMax: bigint): Promise<Ledger> {
    const { records: availabilities } = await this.#availabilities.load();
    const { records: reservations } = await this.#reservations.load();
    const { used, reserved } = (await this.#usage.load()).records[0] ?? { used: 0n, reserved: 0n };
    return {
      quota: { max: quotaMax, used, reserved },
      availabilities: new Map(availabilities.map((availability) => [availability.id, availability])),
      reservations: new Map(reservations.map((reservation) => [reservation.id, reservation])),
    };
  }

  /** All of it or nothing, durable when it resolves. */
  async commit(changes: readonly Change[]): Promise<void> {
    await this.#database.batch(changes.flatMap((change) => this.#operationsOf(change)));
  }

  #operationsOf(change: Change): Operation[] {
    const { quota, availability, reservation, removed, deletedAvailability } = change;
    return [
      ...(quota ? [this.#usage.putOp({ used: quota.used, reserved: quota.reserved })] : []),
      ...(availability ? [this.#availabilities.putOp(availability)] : []),
      ...(reservation ? [this.#reservations.putOp(reservation)] : []),
      ...(removed ? [this.#reservations.deleteOp(removed)] : []),
      ...(deletedAvailability ? [this.#availabilities.deleteOp(deletedAvailability)] : []),
    ];
  }
}

const bare = (id: string): string => id.slice(2);
