import { z } from 'zod';
import { hex32, readRecord, uint, writeRecord } from '../../../shared/schemas.ts';
import type { SlotId } from '../contracts/ids.ts';
import type { Logger } from '../logger.ts';
import type { Database } from './database.ts';
import { Repository } from './repository.ts';

const slotId = hex32<SlotId>();

const placeSchema = z.object({ slotId, position: uint, harmedBlocks: uint });
const checkSchema = z.object({ slotId, checkedAtMs: uint, harmedBlocks: uint });

/** Where a round over all slots goes on: at this block of this slot, with what was found in the slot before it. */
export type ScrubPlace = z.output<typeof placeSchema>;

/** The last time that all of a slot was read, and how many of its blocks were harmed then. Wall time, ms. */
export type SlotCheck = z.output<typeof checkSchema>;

/** What the scrub keeps over a restart: its place, and a small record for each slot. */
export class ScrubRecords {
  readonly #database: Database;
  readonly #logger: Logger;
  readonly #checks: Repository<typeof checkSchema>;

  constructor({ database, logger }: { database: Database; logger: Logger }) {
    this.#database = database;
    this.#logger = logger;
    this.#checks = new Repository(
      { database, logger },
      { prefix: CHECKS, segments: 1, path: ({ slotId }) => [slotId.slice(2)], schema: checkSchema },
    );
  }

  /** Without a place the round begins anew. */
  async place(): Promise<ScrubPlace | undefined> {
    const text = await this.#database.get(PLACE);
    try {
      return text === undefined ? undefined : readRecord(placeSchema, text);
    } catch (error) {
      this.#logger.warn('Where the check of the slots stood cannot be read; it begins anew', { error });
      return undefined;
    }
  }

  async checks(): Promise<readonly SlotCheck[]> {
    return (await this.#checks.load()).records;
  }

  async savePlace(place: ScrubPlace): Promise<void> {
    await this.#database.batch([{ type: 'put', key: PLACE, value: writeRecord(placeSchema, place) }]);
  }

  async saveCheck(check: SlotCheck): Promise<void> {
    await this.#database.batch([this.#checks.putOp(check)]);
  }

  /** The round is over; what is known of slots that are gone is forgotten. */
  async endRound(gone: readonly SlotCheck[]): Promise<void> {
    await this.#database.batch([
      { type: 'del', key: PLACE },
      ...gone.map((check) => this.#checks.deleteOp(check)),
    ]);
  }
}

const CHECKS = '/meta/slots/checks';
const PLACE = '/meta/slots/scrub';
