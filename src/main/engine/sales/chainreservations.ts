import { z } from 'zod';
import { hex32, uint } from '../../../shared/schemas.ts';
import type { Clock } from '../clock/clock.ts';
import type { SlotId } from '../contracts/ids.ts';
import { Mutex } from '../lib/mutex.ts';
import type { Logger } from '../logger.ts';
import type { Database } from '../stores/database.ts';
import { Repository } from '../stores/repository.ts';

const schema = z.object({
  slotId: hex32<SlotId>(),
  /** Unix second after which it is of no use: the end of the request. */
  until: uint,
});

/**
 * The slots that this account has reserved on chain, or was about to, and has not filled (engine.md 13-S4, P3). The
 * contract refuses a second reservation and has no view that tells our first from those of others. So it is written down
 * **before** it is sent: what was noted and never sent costs at most a download in vain, what was sent and not noted
 * would cost the slot. Where `Market.holdsReservation` can tell, that counts, and this is the answer where it cannot.
 */
export class ChainReservations {
  readonly #database: Database;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #records: Repository<typeof schema>;
  readonly #untilBySlot = new Map<SlotId, number>();
  /** What is asked for while something is written counts after it. */
  readonly #oneAtATime = new Mutex();

  constructor({
    database,
    clock,
    logger,
  }: {
    database: Database;
    clock: Pick<Clock, 'now'>;
    logger: Logger;
  }) {
    this.#database = database;
    this.#clock = clock;
    this.#records = new Repository(
      { database, logger },
      {
        prefix: '/meta/sales/chainreservations',
        segments: 1,
        path: ({ slotId }) => [slotId.slice(2)],
        schema,
      },
    );
  }

  get size(): number {
    return this.#untilBySlot.size;
  }

  /** Call before anything else. */
  async load(): Promise<void> {
    this.#untilBySlot.clear();
    for (const { slotId, until } of (await this.#records.load()).records)
      this.#untilBySlot.set(slotId, until);
  }

  has(slotId: SlotId): boolean {
    return this.#untilBySlot.has(slotId);
  }

  /** Durable when it resolves. What is over by now goes in the same batch. */
  async note(slotId: SlotId, until: number): Promise<void> {
    await this.#oneAtATime.run(() => this.#note(slotId, until));
  }

  /** The slot is filled, or was taken away by force, which takes its reservations as well. */
  async forget(slotId: SlotId): Promise<void> {
    await this.#oneAtATime.run(() => this.#forget(slotId));
  }

  async #note(slotId: SlotId, until: number): Promise<void> {
    const over = this.#over().filter((other) => other !== slotId);
    const isKnown = this.#untilBySlot.get(slotId) === until;
    if (isKnown && over.length === 0) return;
    await this.#database.batch([
      this.#records.putOp({ slotId, until }),
      ...over.map((other) => this.#deletion(other)),
    ]);
    for (const other of over) this.#untilBySlot.delete(other);
    this.#untilBySlot.set(slotId, until);
  }

  async #forget(slotId: SlotId): Promise<void> {
    if (!this.has(slotId)) return;
    await this.#database.batch([this.#deletion(slotId)]);
    this.#untilBySlot.delete(slotId);
  }

  #over(): SlotId[] {
    const now = this.#clock.now();
    return [...this.#untilBySlot].filter(([, until]) => until < now).map(([slotId]) => slotId);
  }

  #deletion(slotId: SlotId) {
    return this.#records.deleteOp({ slotId, until: 0 });
  }
}
