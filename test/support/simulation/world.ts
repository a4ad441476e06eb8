import type { RequestId, SlotId } from '../../../src/main/engine/contracts/ids.ts';
import { slotIdOf } from '../../../src/main/engine/contracts/ids.ts';
import { periodOf, periodStart } from '../../../src/main/engine/contracts/periods.ts';
import type { Operation } from '../../../src/main/engine/stores/database.ts';
import { FakeClock } from '../fakeclock.ts';
import { FakeMarket } from '../fakemarket.ts';
import { FakeSlotHost } from '../fakeslothost.ts';
import { MemoryDatabase } from '../memorydatabase.ts';
import { DurableBooks, type Closing } from './durablebooks.ts';
import type { Cursor } from './eventfeed.ts';
import { Faults } from './faults.ts';
import { Mempool } from './mempool.ts';
import type { Profile } from './plan.ts';
import { drawOf, Random } from './random.ts';
import { isUnheardOf, Tenancies, type Tenancy } from './tenancies.ts';
import { Timeline } from './timeline.ts';
import { demand } from './violation.ts';

/** What outlives every process: the chain and its people, the disk, what is on its way; and what is known of them. */
export class World {
  readonly profile: Profile;
  readonly clock = new FakeClock(START);
  readonly timeline: Timeline;
  readonly faults: Faults;
  readonly market: FakeMarket;
  readonly mempool: Mempool;
  readonly host = new FakeSlotHost();
  readonly database: MemoryDatabase;
  readonly books: DurableBooks;
  readonly tenancies: Tenancies;
  readonly cursor: Cursor = { delivered: undefined };
  readonly requests: { readonly requestId: RequestId; readonly slots: number }[] = [];
  /** The place in `requests` of the one that fits an offer, and that nothing keeps from being sold. */
  mustBeSold: number | undefined;
  /** Slots that were ever filled, by whomever. */
  readonly filled = new Set<SlotId>();
  /** Slots that are filled by us and have no agent, and since when. */
  readonly orphanSince = new Map<SlotId, number>();
  readonly #proven = new Set<string>();
  readonly #onViolation: (error: unknown) => void;

  /** What is found wrong while the node works is told to `onViolation`, and never thrown at the node. */
  constructor(seed: number, profile: Profile, onViolation: (error: unknown) => void) {
    this.profile = profile;
    this.#onViolation = onViolation;
    const random = new Random(seed);
    this.timeline = new Timeline(random.fork());
    const { clock, timeline } = this;
    this.faults = new Faults({ clock, random: random.fork() }, profile.pace);
    const config = { periodSeconds: PERIOD, timeoutSeconds: PERIOD / 2 };
    this.market = new FakeMarket({ clock, config });
    this.market.setPointer(100);
    this.market.chain.marketplace.proofs.rule = (id, period) => this.proofNeed(id, period);
    this.mempool = new Mempool({ clock, timeline, faults: this.faults });
    this.books = new DurableBooks(profile.quotaMax);
    this.tenancies = new Tenancies(this, onViolation);
    this.database = new FollowedDatabase((operations) => this.#onBatch(operations));
    this.market.chain.subscribe((event) => {
      if (event.name === 'ProofSubmitted') this.#proven.add(`${event.slotId}/${this.period}`);
      if (event.name === 'SlotFilled') this.filled.add(slotIdOf(event.requestId, event.slotIndex));
    });
  }

  get now(): number {
    return this.clock.now();
  }

  get period(): number {
    return periodOf(this.now, PERIOD);
  }

  isProven(slotId: SlotId, period: number): boolean {
    return this.#proven.has(`${slotId}/${period}`);
  }

  isOurs(slotId: SlotId): boolean {
    return this.market.chain.marketplace.slot(slotId)?.host === this.market.signer;
  }

  /** Our slots that the chain calls filled. */
  filledByUs(): SlotId[] {
    const { marketplace } = this.market.chain;
    return marketplace
      .slotsOf(this.market.signer)
      .filter((slotId) => marketplace.slotState(slotId, this.now) === 'filled');
  }

  /** Unix second at which the last request is over. */
  lastOver(): number {
    const { marketplace } = this.market.chain;
    return Math.max(
      START,
      ...this.requests.map(({ requestId }) => {
        const state = marketplace.requestState(requestId, this.now);
        const { expiresAt, endsAt } = marketplace.request(requestId);
        return state === 'started' ? endsAt : state === 'new' ? expiresAt : 0;
      }),
    );
  }

  /** Follows from slot and period alone, so that all who ask at any time agree. */
  proofNeed(slotId: SlotId, period: number): 'now' | 'later' | 'no' {
    const draw = drawOf(this.profile.proofSeed, slotId, period);
    if (!this.isOurs(slotId)) return draw < this.profile.rivalsMiss ? 'now' : 'no';
    if (draw >= 0.6) return 'no';
    // In its downtime at first.
    const isEarly = this.now < periodStart(period, PERIOD) + PERIOD / 2;
    return draw < 0.15 && isEarly ? 'later' : 'now';
  }

  #onBatch(operations: readonly Operation[]): void {
    try {
      this.#checkBatch(operations);
    } catch (error) {
      this.#onViolation(error);
    }
  }

  #checkBatch(operations: readonly Operation[]): void {
    for (const operation of operations) this.#learn(operation);
    for (const closing of this.books.follow(operations)) {
      const tenancies = this.tenancies.under(closing.reservation.id);
      for (const tenancy of tenancies) this.#checkClosing(closing, tenancy);
      const known = tenancies.filter((tenancy) => !isUnheardOf(tenancy));
      const facts = () => ({ closing, tenancies });
      demand(known.length <= 1, 'One reservation was held for two times as host', facts);
      const { lost = 0n } = closing;
      demand(lost === 0n || tenancies.length > 0, 'Collateral is called lost that was never put in', facts);
    }
  }

  #checkClosing({ reservation, lost }: Closing, tenancy: Tenancy): void {
    const { slotId, collateral } = reservation;
    const facts = () => ({ reservation, lost, tenancy });
    demand(tenancy.end || this.isStuck(slotId), 'A reservation is closed while its slot is ours', facts);
    if (lost === undefined || (lost === 0n && isUnheardOf(tenancy))) return;
    const returned = tenancy.end && 'collateral' in tenancy.end ? tenancy.end.collateral : 0n;
    const missing = returned < collateral ? collateral - returned : 0n;
    demand(lost === missing, 'The offer gets back other collateral than the chain gave', facts);
  }

  /** The node notes that a slot is its own: in the account of its sale, or in its reservation. */
  #learn(operation: Operation): void {
    if (operation.type !== 'put' || !/"filledAt":|"phase":"filled"/.test(operation.value)) return;
    const slotId = /"slotId":"(0x[0-9a-f]{64})"/.exec(operation.value)?.[1];
    const tenancy = slotId && this.tenancies.open(slotId as SlotId);
    if (tenancy) tenancy.isKnown = true;
  }

  /** Filled in the very second of the expiry: the contract can never pay that out (marketplace.md §7). */
  isStuck(slotId: SlotId): boolean {
    const tenancy = this.tenancies.open(slotId);
    if (!tenancy) return false;
    return tenancy.from >= this.market.chain.marketplace.request(tenancy.requestId).expiresAt;
  }
}

export const START = 1_700_000_040;
export const PERIOD = 120;

class FollowedDatabase extends MemoryDatabase {
  readonly #follow: (operations: readonly Operation[]) => void;

  constructor(follow: (operations: readonly Operation[]) => void) {
    super();
    this.#follow = follow;
  }

  override async batch(operations: readonly Operation[]): Promise<void> {
    await super.batch(operations);
    this.#follow(operations);
  }
}
