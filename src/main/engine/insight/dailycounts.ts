import { z } from 'zod';
import { whyNotRules, type WhyNotCount } from '../../../shared/insight.ts';
import { hex32, uint } from '../../../shared/schemas.ts';
import type { AvailabilityId } from '../contracts/ids.ts';
import type { Logger } from '../logger.ts';
import type { Database, Operation } from '../stores/database.ts';
import { Repository } from '../stores/repository.ts';

export type CountedRule = WhyNotCount['rule'];

/** What is counted: an offer, or none, and what was in its way. */
export interface Counted {
  readonly availabilityId?: AvailabilityId | undefined;
  readonly rule: CountedRule;
}

export interface Increase {
  readonly requests: number;
  readonly slots: number;
}

/**
 * Counts for each day (UTC), offer and rule, kept as one record a day; of the newest `maxDays` days that have any. What
 * was added since the last `save` is lost in a crash.
 */
export class DailyCounts {
  readonly #database: Database;
  readonly #days: Repository<typeof daySchema>;
  readonly #maxDays: number;
  readonly #countsByDay = new Map<string, Map<string, Row>>();
  readonly #unsaved = new Set<string>();

  constructor(modules: { database: Database; logger: Logger }, { maxDays = 400 }: { maxDays?: number } = {}) {
    this.#database = modules.database;
    this.#maxDays = maxDays;
    this.#days = new Repository(modules, {
      prefix: '/meta/insight/whynot',
      segments: 1,
      path: ({ day }) => [day],
      schema: daySchema,
    });
  }

  async load(): Promise<void> {
    for (const { day, counts } of (await this.#days.load()).records) {
      this.#countsByDay.set(day, new Map(counts.map((row) => [keyOf(row), row])));
    }
  }

  /** `at`: Unix second. */
  add(at: number, counted: Counted, { requests, slots }: Increase): void {
    const day = dayOf(at);
    const rows = this.#countsByDay.get(day) ?? new Map<string, Row>();
    const key = keyOf(counted);
    const row = rows.get(key) ?? { ...counted, requests: 0, slots: 0 };
    rows.set(key, { ...row, requests: row.requests + requests, slots: row.slots + slots });
    this.#countsByDay.set(day, rows);
    this.#unsaved.add(day);
  }

  /** Days as `2026-11-22`, both included, oldest first. */
  list({
    from = '',
    to = '9999-12-31',
  }: {
    from?: string | undefined;
    to?: string | undefined;
  }): WhyNotCount[] {
    const days = [...this.#countsByDay].filter(([day]) => day >= from && day <= to);
    return days
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([day, rows]) => Array.from(rows.values(), (row) => ({ day, ...bare(row) })));
  }

  /** Makes what was added durable, and forgets the oldest days. When it fails, the next one writes it. */
  async save(): Promise<void> {
    const changed = [...this.#unsaved];
    this.#unsaved.clear();
    try {
      const operations = [...this.#forget(), ...changed.flatMap((day) => this.#putOps(day))];
      if (operations.length > 0) await this.#database.batch(operations);
    } catch (error) {
      for (const day of changed) this.#unsaved.add(day);
      throw error;
    }
  }

  #putOps(day: string): Operation[] {
    const rows = this.#countsByDay.get(day);
    return rows ? [this.#days.putOp({ day, counts: [...rows.values()] })] : [];
  }

  #forget(): Operation[] {
    const old = [...this.#countsByDay.keys()].sort().slice(0, -this.#maxDays);
    for (const day of old) this.#countsByDay.delete(day);
    return old.map((day) => this.#days.deleteOp({ day, counts: [] }));
  }
}

/** `2026-11-22`, of a Unix second. */
export const dayOf = (at: number): string => new Date(at * 1000).toISOString().slice(0, 10);

const rowSchema = z.object({
  availabilityId: hex32<AvailabilityId>().optional(),
  rule: z.enum([...whyNotRules, 'matched']),
  requests: uint,
  slots: uint,
});
type Row = z.output<typeof rowSchema>;

const daySchema = z.object({ day: z.string().regex(/^\d{4}-\d\d-\d\d$/), counts: z.array(rowSchema) });

const keyOf = ({ availabilityId, rule }: Counted): string => `${availabilityId ?? ''}/${rule}`;

function bare({ availabilityId, ...row }: Row): Omit<WhyNotCount, 'day'> {
  return availabilityId === undefined ? row : { availabilityId, ...row };
}
