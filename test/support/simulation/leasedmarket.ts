import type { Clock } from '../../../src/main/engine/clock/clock.ts';
import type { Address, RequestId, SlotId } from '../../../src/main/engine/contracts/ids.ts';
import type { Groth16Proof } from '../../../src/main/engine/contracts/proofs.ts';
import type { MarketConfig } from '../../../src/main/engine/contracts/requests.ts';
import { throwIfAborted } from '../../../src/main/engine/lib/abort.ts';
import { MarketError } from '../../../src/main/engine/market/errors.ts';
import type {
  Cancellable,
  Market,
  MarketEvent,
  SendOptions,
  Sent,
  StorageRequested,
} from '../../../src/main/engine/market/market.ts';
import type { FakeMarket } from '../fakemarket.ts';
import type { EventFeed } from './eventfeed.ts';
import type { Faults } from './faults.ts';
import type { Lease } from './lease.ts';
import type { Mempool } from './mempool.ts';
import type { Tenancies } from './tenancies.ts';

export interface LeasedMarketModules {
  readonly market: FakeMarket;
  readonly mempool: Mempool;
  readonly tenancies: Tenancies;
  readonly feed: EventFeed;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly lease: Lease;
}

/** The market as one process sees it: calls take time, fail, and answer late; transactions go through the mempool. */
export class LeasedMarket implements Market {
  readonly #modules: LeasedMarketModules;
  readonly #market: FakeMarket;

  constructor(modules: LeasedMarketModules) {
    this.#modules = modules;
    this.#market = modules.market;
  }

  get signer(): Address {
    return this.#market.signer;
  }

  get config(): MarketConfig {
    return this.#market.config;
  }

  getRequest = (id: RequestId, options: Cancellable) =>
    this.#read(options, () => this.#market.getRequest(id, options));
  requestState = (id: RequestId, options: Cancellable) =>
    this.#read(options, () => this.#market.requestState(id, options));
  slotState = (id: SlotId, options: Cancellable) =>
    this.#read(options, () => this.#market.slotState(id, options));
  requestEnd = (id: RequestId, options: Cancellable) =>
    this.#read(options, () => this.#market.requestEnd(id, options));
  requestExpiresAt = (id: RequestId, options: Cancellable) =>
    this.#read(options, () => this.#market.requestExpiresAt(id, options));
  getHost = (id: SlotId, options: Cancellable) =>
    this.#read(options, () => this.#market.getHost(id, options));
  getActiveSlot = (id: SlotId, options: Cancellable) =>
    this.#read(options, () => this.#market.getActiveSlot(id, options));
  mySlots = (options: Cancellable) => this.#read(options, () => this.#market.mySlots(options));
  currentCollateral = (id: SlotId, options: Cancellable) =>
    this.#read(options, () => this.#market.currentCollateral(id, options));
  missingProofs = (id: SlotId, options: Cancellable) =>
    this.#read(options, () => this.#market.missingProofs(id, options));
  balances = (options: Cancellable) => this.#read(options, () => this.#market.balances(options));
  canReserveSlot = (id: RequestId, slotIndex: number, options: Cancellable) =>
    this.#read(options, () => this.#market.canReserveSlot(id, slotIndex, options));
  holdsReservation = (id: RequestId, slotIndex: number, options: Cancellable) =>
    this.#read(options, () => this.#market.holdsReservation(id, slotIndex, options));
  isProofRequired = (id: SlotId, options: Cancellable) =>
    this.#read(options, () => this.#market.isProofRequired(id, options));
  willProofBeRequired = (id: SlotId, options: Cancellable) =>
    this.#read(options, () => this.#market.willProofBeRequired(id, options));
  getChallenge = (id: SlotId, options: Cancellable) =>
    this.#read(options, () => this.#market.getChallenge(id, options));
  getPointer = (id: SlotId, options: Cancellable) =>
    this.#read(options, () => this.#market.getPointer(id, options));

  reserveSlot = (requestId: RequestId, slotIndex: number, options: SendOptions) =>
    this.#send(options, () => this.#market.reserveSlot(requestId, slotIndex, minedBy(options)));
  fillSlot = (
    requestId: RequestId,
    slotIndex: number,
    proof: Groth16Proof,
    collateral: bigint,
    options: SendOptions,
  ) =>
    this.#send(options, () =>
      this.#modules.tenancies.fill(requestId, slotIndex, () =>
        this.#market.fillSlot(requestId, slotIndex, proof, collateral, minedBy(options)),
      ),
    );
  freeSlot = (id: SlotId, options: Cancellable) =>
    this.#send(
      options,
      () => this.#modules.tenancies.free(id, () => this.#market.freeSlot(id, always)),
      () => this.#modules.tenancies.demandFreeable(id),
    );
  submitProof = (id: SlotId, proof: Groth16Proof, options: SendOptions) =>
    this.#send(options, () => this.#market.submitProof(id, proof, minedBy(options)));

  transactionsOf = (id: SlotId) => this.#read(always, () => this.#market.transactionsOf(id));

  subscribe(listener: (event: MarketEvent) => void): () => void {
    return this.#modules.feed.subscribe(listener);
  }

  async *pastStorageRequests(
    range: { from: number; to?: number },
    options: Cancellable,
  ): AsyncIterable<StorageRequested> {
    const found: StorageRequested[] = [];
    await this.#read(options, async () => {
      for await (const request of this.#market.pastStorageRequests(range, options)) found.push(request);
    });
    for (const request of found) {
      await this.#modules.lease.pass(this.#modules.faults.delay(), options.signal);
      yield request;
    }
  }

  async #read<T>({ signal }: Cancellable, ask: () => Promise<T>): Promise<T> {
    const { lease, faults } = this.#modules;
    await lease.pass(faults.delay(), signal);
    faults.demandChain();
    const answer = await lease.perform(ask, faults.delay(), signal);
    // The answer may be lost on its way as well.
    faults.demandChain();
    return answer;
  }

  /** The signal counts until it is sent; after it, the wait is only shortened (as in `Receipts`). */
  async #send(
    { signal }: Cancellable,
    transact: () => Promise<Sent>,
    onSend: () => void = () => {},
  ): Promise<Sent> {
    const { lease, faults, mempool } = this.#modules;
    await lease.pass(faults.delay(), signal);
    faults.demandChain();
    throwIfAborted(signal);
    onSend();
    const mined = mempool.send(transact);
    if (faults.is('flaky') && faults.chance(0.25)) throw lost();
    return lease.perform(() => this.#receipt(mined, signal), faults.delay());
  }

  async #receipt(mined: Promise<Sent>, signal: AbortSignal): Promise<Sent> {
    const { lease, clock, faults } = this.#modules;
    const sentAt = clock.now();
    let isMined = false;
    const settle = () => void (isMined = true);
    mined.then(settle, settle);
    // Asked for again and again, so that an outage only delays the answer.
    let graceEndsAt = Infinity;
    for (let waits = 0; !(isMined && !faults.is('outage')); waits++) {
      if (signal.aborted) graceEndsAt = Math.min(graceEndsAt, clock.now() + RECEIPT_GRACE);
      if (clock.now() >= Math.min(sentAt + RECEIPT_LIMIT, graceEndsAt)) throw lost();
      await lease.pass(waits < 5 ? 3 : 15);
    }
    return mined;
  }
}

const RECEIPT_LIMIT = 180;
const RECEIPT_GRACE = 5;
const always: Cancellable = { signal: new AbortController().signal };
const minedBy = (options: SendOptions): SendOptions => ({ ...options, ...always });
const lost = () => new MarketError('TRANSACTION_LOST', {});
