import { randomBytes } from 'node:crypto';
import type { AvailabilityId, ReservationId, SlotId } from '../contracts/ids.ts';
import { Emitter } from '../lib/emitter.ts';
import { Mutex } from '../lib/mutex.ts';
import type { Logger } from '../logger.ts';
import type { Database } from '../stores/database.ts';
import { audit } from './audit.ts';
import type { Availability, Quota, Reservation, ReservationPhase } from './availability.ts';
import { Books } from './books.ts';
import * as ledgers from './ledger.ts';
import { availableBytes, type Change, type Fate, type Ledger } from './ledger.ts';
import { LedgerStore } from './ledgerstore.ts';
import { loosens } from './loosening.ts';
import type { Refusal, Wish } from './matching.ts';
import * as offers from './offers.ts';
import type { AvailabilityChanges, Terms } from './offers.ts';

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
  readonly #books: Books;
  #generation = 1;

  /** Loads the ledger, sets right what does not add up, and says what that was. */
  static async open(
    { database, logger }: ReservationsModules,
    options: ReservationsOptions,
  ): Promise<Reservations> {
    const log = logger.child('reservations');
    const store = new LedgerStore({ database, logger: log });
    const ledger = await store.load(options.quotaMax);
    const { quota, repaired, recovered, finished, drifts } = audit(ledger);
    for (const drift of drifts) log.warn('The books were wrong and are set right', { ...drift });
    for (const { id, totalSize, totalCollateral } of recovered) {
      log.warn('The record of an offer is lost; what is in sales of it is kept until they end', {
        availabilityId: id,
        totalSize,
        totalCollateral,
      });
    }
    const books = new Books({ ...ledger, quota });
    const repairs: Change[] = [
      ...repaired.map((availability) => ({ availability })),
      ...finished.map((deletedAvailability) => ({ deletedAvailability })),
    ];
    if (drifts.length + repairs.length > 0) await store.commit([{ quota }, ...repairs]);
    for (const repair of repairs) books.apply(repair);
    if (availableBytes(quota) < 0n) {
      log.warn('More is stored and promised than the quota allows; nothing new is taken until it is less', {
        ...quota,
      });
    }
    return new Reservations(books, { store, logger: log }, options);
  }

  private constructor(
    books: Books,
    { store, logger }: { store: LedgerStore; logger: Logger },
    { nowMs = Date.now }: ReservationsOptions,
  ) {
    this.onChange = new Emitter((error) => logger.error('A listener of the ledger failed', { error }));
    this.#store = store;
    this.#nowMs = nowMs;
    this.#books = books;
  }

  get quota(): Quota {
    return this.#books.quota;
  }

  /** Bytes of the quota that are neither on disk nor promised; below zero when the quota was lowered. */
  get available(): bigint {
    return availableBytes(this.#books.quota);
  }

  /** Rises whenever an offer became able to take what it could not take before. Starts at 1. */
  get generation(): number {
    return this.#generation;
  }

  /** Oldest first. */
  availabilities(): Availability[] {
    const byAge = (a: Availability, b: Availability) =>
      a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1);
    return [...this.#books.availabilities.values()].sort(byAge);
  }

  /** All, or those of one offer. */
  reservations(id?: AvailabilityId): Reservation[] {
    return id === undefined ? [...this.#books.reservations.values()] : this.#books.ofOffer(id);
  }

  availability(id: AvailabilityId): Availability | undefined {
    return this.#books.availabilities.get(id);
  }

  reservationOfSlot(slotId: SlotId): Reservation | undefined {
    return this.#books.ofSlot(slotId);
  }

  /** @throws ReservationsError QUOTA_EXCEEDED, SIZE_, DURATION_, AMOUNT_ or UNTIL_OUT_OF_BOUNDS */
  async createAvailability(terms: Terms): Promise<Availability> {
    const fresh = { id: randomId<AvailabilityId>(), createdAtMs: this.#nowMs() };
    const { availability } = await this.#commit((ledger) => offers.createAvailability(ledger, terms, fresh));
    return availability;
  }

  /**
   * Changes some terms of an offer and answers with it; what is in sales of it goes on unchanged.
   * @throws ReservationsError as `createAvailability`, and NOT_FOUND, TOTAL_BELOW_RESERVED, COLLATERAL_BELOW_TIED,
   * UNTIL_BEFORE_SALES_END, OFFER_WINDING_DOWN
   */
  async patchAvailability(id: AvailabilityId, changes: AvailabilityChanges): Promise<Availability> {
    const { availability } = await this.#commit((ledger) => offers.patchAvailability(ledger, id, changes));
    return availability;
  }

  /** @throws ReservationsError NOT_FOUND, OFFER_WINDING_DOWN */
  async setEnabled(id: AvailabilityId, enabled: boolean): Promise<void> {
    await this.patchAvailability(id, { enabled });
  }

  /**
   * Takes an offer back. While slots are in it, it winds down: it takes nothing new, what is free goes back to the quota
   * at once, and it goes with its last reservation. Deleting what is gone is fine.
   */
  async deleteAvailability(id: AvailabilityId): Promise<'deleted' | 'draining'> {
    const { availability } = await this.#commit((ledger) => ledgers.deleteAvailability(ledger, id));
    return availability ? 'draining' : 'deleted';
  }

  /** To be called when something else that decides what fits became better, as the balance of the wallet. */
  wake(): void {
    this.#generation++;
    this.onChange.emit({ isLooser: true });
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

  /** Gives the deleted bytes of a slot back to its offer; its collateral stays in. @throws ReservationsError NOT_FOUND */
  async releaseBytes(id: ReservationId): Promise<void> {
    await this.#commit((ledger) => ledgers.releaseBytes(ledger, id));
  }

  /** Ends a reservation whose bytes were deleted. Closing it again changes nothing. */
  async close(id: ReservationId, fate: Fate): Promise<void> {
    await this.#commit((ledger) => ledgers.close(ledger, id, fate));
  }

  /**
   * Changes how much may be used. Between the check and the change nothing else is promised. The ledger does not keep the
   * limit: `write` makes it durable where it is kept, and answers with what that says; when it fails nothing has changed.
   * @throws ReservationsError QUOTA_BELOW_PROMISED; what `write` throws
   */
  async setQuotaMax<T>(max: bigint, write: () => Promise<T>): Promise<T> {
    return this.#oneAtATime.run(async () => {
      const change = ledgers.setQuotaMax(this.#books, max);
      const written = await write();
      if (change.quota) this.#apply(change);
      return written;
    });
  }

  /** Answers with what `compute` answered, once it is durable and in force. Takes no signal: it is never cut short. */
  async #commit<C extends Change | Refusal>(compute: (ledger: Ledger) => C): Promise<C> {
    return this.#oneAtATime.run(async () => {
      const result = compute(this.#books);
      if ('rule' in result) return result;
      const change: Change = result;
      if (this.#books.hasAll(change)) return result;
      await this.#store.commit([change]);
      this.#apply(change);
      return result;
    });
  }

  #apply(change: Change): void {
    const isLooser = loosens(this.#books, change);
    if (isLooser) this.#generation++;
    this.#books.apply(change);
    this.onChange.emit({ ...change, isLooser });
  }
}

const randomId = <Id extends `0x${string}`>(): Id => `0x${randomBytes(32).toString('hex')}` as Id;
