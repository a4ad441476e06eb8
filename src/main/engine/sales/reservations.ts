import { randomBytes } from 'node:crypto';
import type { AvailabilityId, ReservationId, SlotId } from '../contracts/ids.ts';
import { Emitter } from '../lib/emitter.ts';
import { Mutex } from '../lib/mutex.ts';
import type { Logger } from '../logger.ts';
import type { Database } from '../stores/database.ts';
import { audit } from './audit.ts';
import type { Availability, Quota, Reservation, ReservationPhase } from './availability.ts';
import * as ledgers from './ledger.ts';
import { availableBytes, isLooser, type Change, type Fate, type Ledger, type Terms } from './ledger.ts';
import { LedgerStore } from './ledgerstore.ts';
import type { Refusal, Wish } from './matching.ts';

export interface ReservationsModules {
  readonly database: Database;
  readonly logger: Logger;
}

export interface ReservationsOptions {
  /** Bytes the node may use on disk. */
  readonly quotaMax: bigint;
  readonly nowMs?: () => number;
}

/** Told after a change is durable and in force. */
export interface LedgerChange extends Change {
  /** Something that did not fit before might fit now. */
  readonly isLooser: boolean;
}

/**
 * The ledger of disk space and collateral: quota, availabilities and reservations.
 *
 * Operations run one after another. Each computes its change purely, makes it durable with one synced batch, and only
 * then puts it in force: when the batch fails, nothing happened and the operation rejects with the database's error.
 * After every operation `quota.reserved` is the sum of all free sizes and of what reservations have not yet on disk.
 */
export class Reservations {
  /** Called after each change, in order. */
  readonly onChange: Emitter<LedgerChange>;
  readonly #store: LedgerStore;
  readonly #nowMs: () => number;
  readonly #oneAtATime = new Mutex();
  readonly #availabilities: Map<AvailabilityId, Availability>;
  readonly #reservations: Map<ReservationId, Reservation>;
  readonly #idBySlot = new Map<SlotId, ReservationId>();
  #quota: Quota;
  #generation = 1;

  /** Loads the ledger, sets right what does not add up, and says what that was. */
  static async open(
    { database, logger }: ReservationsModules,
    options: ReservationsOptions,
  ): Promise<Reservations> {
    const log = logger.child('reservations');
    const store = new LedgerStore({ database, logger: log });
    const ledger = await store.load(options.quotaMax);
    const { quota, repaired, drifts } = audit(ledger);
    for (const drift of drifts) log.warn('The books were wrong and are set right', { ...drift });
    if (drifts.length > 0) {
      await store.commit([{ quota }, ...repaired.map((availability) => ({ availability }))]);
    }
    const availabilities = new Map([...ledger.availabilities, ...repaired.map((a) => [a.id, a] as const)]);
    if (availableBytes(quota) < 0n) {
      log.warn('More is stored and promised than the quota allows; nothing new is taken until it is less', {
        ...quota,
      });
    }
    const right = { quota, availabilities, reservations: ledger.reservations };
    return new Reservations(right, { store, logger: log }, options);
  }

  private constructor(
    ledger: Ledger,
    { store, logger }: { store: LedgerStore; logger: Logger },
    { nowMs = Date.now }: ReservationsOptions,
  ) {
    this.onChange = new Emitter((error) => logger.error('A listener of the ledger failed', { error }));
    this.#store = store;
    this.#nowMs = nowMs;
    this.#quota = ledger.quota;
    this.#availabilities = new Map(ledger.availabilities);
    this.#reservations = new Map(ledger.reservations);
    for (const { slotId, id } of ledger.reservations.values()) this.#idBySlot.set(slotId, id);
  }

  get quota(): Quota {
    return this.#quota;
  }

  /** Bytes of the quota that are neither on disk nor promised; below zero when the quota was lowered. */
  get available(): bigint {
    return availableBytes(this.#quota);
  }

  /** Rises whenever an offer became able to take what it could not take before. Starts at 1. */
  get generation(): number {
    return this.#generation;
  }

  /** Oldest first. */
  availabilities(): Availability[] {
    const byAge = (a: Availability, b: Availability) =>
      a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1);
    return [...this.#availabilities.values()].sort(byAge);
  }

  reservations(): Reservation[] {
    return [...this.#reservations.values()];
  }

  availability(id: AvailabilityId): Availability | undefined {
    return this.#availabilities.get(id);
  }

  reservationOfSlot(slotId: SlotId): Reservation | undefined {
    const id = this.#idBySlot.get(slotId);
    return id === undefined ? undefined : this.#reservations.get(id);
  }

  /** @throws ReservationsError QUOTA_EXCEEDED, AMOUNT_OUT_OF_BOUNDS, UNTIL_OUT_OF_BOUNDS */
  async createAvailability(terms: Terms): Promise<Availability> {
    const fresh = { id: randomId<AvailabilityId>(), createdAtMs: this.#nowMs() };
    const { availability } = await this.#commit((ledger) => ledgers.createAvailability(ledger, terms, fresh));
    return availability;
  }

  /** @throws ReservationsError NOT_FOUND */
  async setEnabled(id: AvailabilityId, enabled: boolean): Promise<void> {
    await this.#commit((ledger) => ledgers.setEnabled(ledger, id, enabled));
  }

  /**
   * Takes bytes and collateral for a slot out of the offer that fits tightest, all conditions checked in one go; or says
   * which rule was in the way. A slot that has a reservation keeps it.
   */
  async findAndReserve(wish: Wish): Promise<Reservation | Refusal> {
    const result = await this.#commit((ledger) => {
      const held = this.reservationOfSlot(wish.slotId);
      return held ? { reservation: held } : ledgers.findAndReserve(ledger, wish, randomId<ReservationId>());
    });
    return 'rule' in result ? result : result.reservation;
  }

  /** Books bytes of the slot that became durable. @throws ReservationsError NOT_FOUND, BYTES_OUT_OF_BOUNDS */
  async bookWritten(id: ReservationId, bytes: bigint): Promise<void> {
    await this.#commit((ledger) => ledgers.bookWritten(ledger, id, bytes));
  }

  /** Sets what is booked to what is on disk, after a crash. @throws ReservationsError NOT_FOUND, BYTES_OUT_OF_BOUNDS */
  async setWritten(id: ReservationId, durableBytes: bigint): Promise<void> {
    await this.#commit((ledger) => ledgers.setWritten(ledger, id, durableBytes));
  }

  /** @throws ReservationsError NOT_FOUND */
  async setPhase(id: ReservationId, phase: ReservationPhase): Promise<void> {
    await this.#commit((ledger) => ledgers.setPhase(ledger, id, phase));
  }

  /** Ends a reservation whose bytes were deleted. Closing it again changes nothing. */
  async close(id: ReservationId, fate: Fate): Promise<void> {
    await this.#commit((ledger) => ledgers.close(ledger, id, fate));
  }

  /** Answers with what `compute` answered, once it is durable and in force. Takes no signal: it is never cut short. */
  async #commit<C extends Change | Refusal>(compute: (ledger: Ledger) => C): Promise<C> {
    return this.#oneAtATime.run(async () => {
      const result = compute({
        quota: this.#quota,
        availabilities: this.#availabilities,
        reservations: this.#reservations,
      });
      if ('rule' in result) return result;
      const change: Change = result;
      if (Object.keys(change).length === 0) return result;
      await this.#store.commit([change]);
      this.#apply(change);
      return result;
    });
  }

  #apply(change: Change): void {
    const { quota, availability, reservation, removed } = change;
    const looser =
      availability !== undefined && isLooser(availability, this.#availabilities.get(availability.id));
    if (looser) this.#generation++;
    if (quota) this.#quota = quota;
    if (availability) this.#availabilities.set(availability.id, availability);
    if (reservation) {
      this.#reservations.set(reservation.id, reservation);
      this.#idBySlot.set(reservation.slotId, reservation.id);
    }
    if (removed) {
      this.#reservations.delete(removed.id);
      this.#idBySlot.delete(removed.slotId);
    }
    this.onChange.emit({ ...change, isLooser: looser });
  }
}

const randomId = <Id extends `0x${string}`>(): Id => `0x${randomBytes(32).toString('hex')}` as Id;
