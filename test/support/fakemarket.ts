import type { Clock } from '../../src/main/engine/clock/clock.ts';
import { mayBePaid } from '../../src/main/engine/contracts/family.ts';
import {
  slotIdOf,
  type Address,
  type Challenge,
  type RequestId,
  type SlotId,
} from '../../src/main/engine/contracts/ids.ts';
import { periodOf } from '../../src/main/engine/contracts/periods.ts';
import { requestIdOf } from '../../src/main/engine/contracts/requestid.ts';
import type { Groth16Proof } from '../../src/main/engine/contracts/proofs.ts';
import {
  collateralPerSlot,
  totalPrice,
  type MarketConfig,
  type RequestState,
  type SlotState,
  type StorageRequest,
} from '../../src/main/engine/contracts/requests.ts';
import { throwIfAborted } from '../../src/main/engine/lib/abort.ts';
import { isEngineError } from '../../src/main/engine/errors.ts';
import type {
  ActiveSlot,
  Balances,
  Cancellable,
  Market,
  MarketEvent,
  OwnTransaction,
  SendOptions,
  Sent,
  StorageRequested,
  TransactionPurpose,
} from '../../src/main/engine/market/market.ts';
import { MarketError, revertError } from '../../src/main/engine/market/errors.ts';
import { FakeChain } from './fakechain.ts';
import { FakeMarketplace, type Emitted } from './fakemarketplace.ts';
import { account, aRequest, type RequestChanges } from './requests.ts';
import { Script, type Delay } from './script.ts';

/**
 * The marketplace in memory, by the contract's rules: states are computed from the clock, money is exact, events come
 * in order and synchronously, before the transaction answers. `as(address)` is the same chain seen by another account.
 * The hands below `Market` are for tests: they make requests, act as others, and let calls fail, wait or lie.
 */
export class FakeMarket implements Market {
  readonly signer: Address;
  /** Every call made through this account, in order. */
  readonly calls: { readonly method: MarketMethod; readonly args: readonly unknown[] }[] = [];
  readonly chain: FakeChain;
  readonly #script = new Script<MarketMethod>();

  /** On a chain of its own, unless one is given. */
  constructor(
    { clock, config, signer = account(0x5e11), tokens = PLENTY, onListenerError }: FakeMarketOptions,
    chain?: FakeChain,
  ) {
    this.signer = signer;
    this.chain =
      chain ?? new FakeChain(clock, new FakeMarketplace({ ...fakeConfig, ...config }), onListenerError);
    this.mint(signer, tokens);
  }

  get config(): MarketConfig {
    return this.chain.marketplace.config;
  }

  getRequest(id: RequestId, options: Cancellable): Promise<StorageRequest | undefined> {
    return this.#read('getRequest', [id], options, ({ market }) => known(() => market.request(id).request));
  }

  requestState(id: RequestId, options: Cancellable): Promise<RequestState | undefined> {
    return this.#read('requestState', [id], options, ({ market, now }) =>
      known(() => market.requestState(id, now)),
    );
  }

  slotState(id: SlotId, options: Cancellable): Promise<SlotState> {
    return this.#read('slotState', [id], options, ({ now }) => this.#stateOf(id, now));
  }

  requestEnd(id: RequestId, options: Cancellable): Promise<number> {
    return this.#read('requestEnd', [id], options, ({ market, now }) => market.requestEnd(id, now));
  }

  requestExpiresAt(id: RequestId, options: Cancellable): Promise<number> {
    return this.#read('requestExpiresAt', [id], options, ({ market }) => market.request(id).expiresAt);
  }

  getHost(id: SlotId, options: Cancellable): Promise<Address | undefined> {
    return this.#read('getHost', [id], options, ({ market }) => market.slot(id)?.host);
  }

  getActiveSlot(id: SlotId, options: Cancellable): Promise<ActiveSlot | undefined> {
    return this.#read('getActiveSlot', [id], options, ({ market }) => {
      const slot = market.slot(id);
      return slot && { request: market.request(slot.requestId).request, slotIndex: slot.slotIndex };
    });
  }

  mySlots(options: Cancellable): Promise<SlotId[]> {
    return this.#read('mySlots', [], options, ({ market }) => market.slotsOf(this.signer));
  }

  currentCollateral(id: SlotId, options: Cancellable): Promise<bigint> {
    return this.#read(
      'currentCollateral',
      [id],
      options,
      ({ market }) => market.slot(id)?.currentCollateral ?? 0n,
    );
  }

  missingProofs(id: SlotId, options: Cancellable): Promise<number> {
    return this.#read('missingProofs', [id], options, ({ market }) => market.slot(id)?.missed ?? 0);
  }

  balances(options: Cancellable): Promise<Balances> {
    return this.#read('balances', [], options, ({ market }) => ({
      tokens: market.tokens.get(this.signer) ?? 0n,
      gas: this.chain.gasOf(this.signer),
    }));
  }

  canReserveSlot(requestId: RequestId, slotIndex: number, options: Cancellable): Promise<boolean> {
    return this.#read('canReserveSlot', [requestId, slotIndex], options, ({ market, now }) =>
      market.canReserveSlot(this.signer, requestId, slotIndex, now),
    );
  }

  holdsReservation(
    requestId: RequestId,
    slotIndex: number,
    options: Cancellable,
  ): Promise<boolean | undefined> {
    return this.#read('holdsReservation', [requestId, slotIndex], options, ({ market }) =>
      market.holdsReservation(this.signer, requestId, slotIndex),
    );
  }

  reserveSlot(requestId: RequestId, slotIndex: number, options: SendOptions): Promise<Sent> {
    const reserve = {
      method: 'reserveSlot',
      purpose: 'reserve',
      slotId: slotIdOf(requestId, slotIndex),
    } as const;
    return this.#send(reserve, [requestId, slotIndex], options, (now) =>
      this.chain.marketplace.reserveSlot(this.signer, requestId, slotIndex, now),
    );
  }

  fillSlot(
    requestId: RequestId,
    slotIndex: number,
    proof: Groth16Proof,
    collateral: bigint,
    options: SendOptions,
  ): Promise<Sent> {
    const filling = { requestId, slotIndex, proof, allowance: collateral };
    const fill = { method: 'fillSlot', purpose: 'fill', slotId: slotIdOf(requestId, slotIndex) } as const;
    return this.#send(fill, [requestId, slotIndex, proof, collateral], options, (now) =>
      this.chain.marketplace.fillSlot(this.signer, filling, now),
    );
  }

  freeSlot(id: SlotId, options: Cancellable): Promise<Sent> {
    return this.#send({ method: 'freeSlot', purpose: 'free', slotId: id }, [id], options, (now) => {
      // One of the families would take it, and move nothing.
      if (this.config.family === 'vault' && this.#stateOf(id, now) === 'paid')
        throw revertError('Marketplace_AlreadyPaid');
      return this.chain.marketplace.freeSlot(this.signer, id, now);
    });
  }

  isProofRequired(id: SlotId, options: Cancellable): Promise<boolean> {
    return this.#read('isProofRequired', [id], options, ({ market, block, now }) => {
      return market.proofNeed(id, block, now) === 'now';
    });
  }

  willProofBeRequired(id: SlotId, options: Cancellable): Promise<boolean> {
    return this.#read('willProofBeRequired', [id], options, ({ market, block, now }) => {
      return market.proofNeed(id, block, now) === 'later';
    });
  }

  getChallenge(id: SlotId, options: Cancellable): Promise<Challenge> {
    return this.#read('getChallenge', [id], options, ({ market, block, now }) =>
      market.challenge(id, block, now),
    );
  }

  getPointer(id: SlotId, options: Cancellable): Promise<number> {
    return this.#read('getPointer', [id], options, ({ market, block, now }) =>
      market.pointer(id, block, now),
    );
  }

  submitProof(id: SlotId, proof: Groth16Proof, options: SendOptions): Promise<Sent> {
    const prove = { method: 'submitProof', purpose: 'prove', slotId: id } as const;
    return this.#send(prove, [id, proof], options, (now) =>
      this.chain.marketplace.submitProof(this.signer, id, proof, now),
    );
  }

  async transactionsOf(id: SlotId): Promise<readonly OwnTransaction[]> {
    this.calls.push({ method: 'transactionsOf', args: [id] });
    return this.chain.transactionsOf(this.signer, id);
  }

  subscribe(listener: (event: MarketEvent) => void): () => void {
    return this.chain.subscribe(listener);
  }

  async *pastStorageRequests(
    range: { from: number; to?: number },
    { signal }: Cancellable,
  ): AsyncIterable<StorageRequested> {
    const { from, to = Infinity } = range;
    const logs = await this.#read('pastStorageRequests', [range], { signal }, () => [...this.chain.logs]);
    for (const { event, time } of logs) {
      throwIfAborted(signal);
      if (event.name === 'StorageRequested' && time >= from && time <= to) yield event;
    }
  }

  // Hands for tests.

  /** The same chain seen by another account, which is given tokens. */
  as(signer: Address, { tokens = PLENTY }: { tokens?: bigint } = {}): FakeMarket {
    return new FakeMarket({ clock: this.chain.clock, signer, tokens }, this.chain);
  }

  /** Posts a request as its client, who is given the price. Events are delivered before it answers. */
  requestStorage(changes: RequestChanges = {}): { requestId: RequestId; request: StorageRequest } {
    const request = aRequest(changes);
    this.mint(request.client, totalPrice(request.ask));
    const { client } = request;
    this.chain.commit(client, (now) => this.chain.marketplace.requestStorage(client, request, now));
    return { requestId: requestIdOf(request), request };
  }

  /** The client takes back what is left of a request that is over. */
  withdrawFunds(requestId: RequestId): Sent {
    const { client } = this.chain.marketplace.request(requestId).request;
    return this.chain.commit(client, (now) => this.chain.marketplace.withdrawFunds(client, requestId, now));
  }

  /** Others reserve the slot, as many as named. */
  reserveAsOthers(requestId: RequestId, slotIndex: number, count: number): void {
    for (let i = 0; i < count; i++) {
      const other = account(0xa000 + i);
      this.chain.commit(other, (now) => this.chain.marketplace.reserveSlot(other, requestId, slotIndex, now));
    }
  }

  /** Another host reserves and fills the slot. */
  fillAsOther(requestId: RequestId, slotIndex: number, host: Address = account(0xb0b)): Sent {
    const { marketplace } = this.chain;
    const allowance = collateralPerSlot(marketplace.request(requestId).request.ask);
    this.mint(host, allowance);
    if (marketplace.canReserveSlot(host, requestId, slotIndex, this.chain.clock.now())) {
      this.chain.commit(host, (now) => marketplace.reserveSlot(host, requestId, slotIndex, now));
    }
    const filling = { requestId, slotIndex, proof: someProof, allowance };
    return this.chain.commit(host, (now) => marketplace.fillSlot(host, filling, now));
  }

  /** A validator marks a missed proof, by default of the period before this one; the contract's window holds. */
  markProofAsMissing(
    id: SlotId,
    period = periodOf(this.chain.clock.now(), this.config.periodSeconds) - 1,
  ): Sent {
    const validator = account(0xa11);
    return this.chain.commit(validator, (now, block) =>
      this.chain.marketplace.markProofAsMissing(validator, id, period, block, now),
    );
  }

  mint(to: Address, amount: bigint): void {
    this.chain.marketplace.mint(to, amount);
  }

  mine(blocks = 1): void {
    this.chain.mine(blocks);
  }

  /** What a filled slot owes from now on, whatever probability and pointer say; undefined for the contract's own rule. */
  setProofNeed(id: SlotId, need: 'now' | 'later' | 'no' | undefined): void {
    const { needBySlot } = this.chain.marketplace.proofs;
    if (need === undefined) needBySlot.delete(id);
    else needBySlot.set(id, need);
  }

  /** The pointer of every slot; undefined for the contract's own. */
  setPointer(pointer: number | undefined): void {
    this.chain.marketplace.proofs.pointer = pointer;
  }

  /** The challenge of every slot; undefined for the contract's own. */
  setChallenge(challenge: Challenge | undefined): void {
    this.chain.marketplace.proofs.challenge = challenge;
  }

  /** Lets `slotState` lie; undefined for the truth. */
  setSlotState(id: SlotId, state: SlotState | undefined): void {
    if (state === undefined) this.chain.stateBySlot.delete(id);
    else this.chain.stateBySlot.set(id, state);
  }

  /** The next calls reject with `error`; with `after: true` they take effect all the same. */
  failNext(method: MarketMethod, error: unknown, options?: { times?: number; after?: boolean }): void {
    this.#script.fail(method, error, options);
  }

  /** The next call takes no effect and answers with `value`. */
  answerNext<Method extends MarketMethod>(method: Method, value: Awaited<ReturnType<Market[Method]>>): void {
    this.#script.answer(method, value);
  }

  /** The next call waits until released: before its effect, or with `after: true` between effect and answer. */
  delayNext(method: MarketMethod, options?: { after?: boolean }): Delay {
    return this.#script.delay(method, options);
  }

  /** Delivers an event that nothing on the chain caused. */
  emit(event: Emitted): void {
    const transactionHash = `0x${'ee'.repeat(32)}`;
    this.chain.emit({ ...event, blockNumber: this.chain.blockNumber, logIndex: 0, transactionHash });
  }

  /** Tells of something that a block which was replaced by another had told it, whatever the chain holds. */
  takeBack(event: Emitted): void {
    const transactionHash = `0x${'ee'.repeat(32)}`;
    this.chain.takeBack({ ...event, blockNumber: this.chain.blockNumber, logIndex: 0, transactionHash });
  }

  /** How often a method was called. */
  count(method: MarketMethod): number {
    return this.calls.filter((call) => call.method === method).length;
  }

  #stateOf(id: SlotId, now: number): SlotState {
    const { marketplace } = this.chain;
    const state = this.chain.stateBySlot.get(id) ?? marketplace.slotState(id, now);
    const isPaid = mayBePaid(this.config.family, state) && !marketplace.slot(id)?.currentCollateral;
    return isPaid ? 'paid' : state;
  }

  async #read<T>(
    method: MarketMethod,
    args: readonly unknown[],
    { signal }: Cancellable,
    answer: (pending: Pending) => T,
  ): Promise<T> {
    throwIfAborted(signal);
    this.calls.push({ method, args });
    return this.#script.run(method, signal, () =>
      answer({ market: this.chain.marketplace, block: this.chain.pendingBlock, now: this.chain.clock.now() }),
    );
  }

  async #send(
    { method, purpose, slotId }: { method: MarketMethod; purpose: TransactionPurpose; slotId: SlotId },
    args: readonly unknown[],
    { signal, deadline = Infinity }: SendOptions,
    transaction: (now: number) => Emitted[],
  ): Promise<Sent> {
    throwIfAborted(signal);
    this.calls.push({ method, args });
    return this.#script.run(method, signal, () => {
      if (this.chain.clock.now() > deadline) throw new MarketError('TOO_LATE', { purpose, slotId, deadline });
      return this.chain.commit(this.signer, transaction, { purpose, slotId });
    });
  }
}

export interface FakeMarketOptions {
  clock: Clock;
  config?: Partial<MarketConfig>;
  signer?: Address;
  /** What the signer is given at first. */
  tokens?: bigint;
  /** Takes what listeners throw; without it the test fails. */
  onListenerError?: (error: unknown) => void;
}

export type MarketMethod = {
  [Name in keyof Market]: Market[Name] extends (...args: never[]) => unknown ? Name : never;
}[keyof Market];

/** Any proof but the all-zero one is taken. */
export const someProof: Groth16Proof = {
  a: { x: 1n, y: 2n },
  b: { x: { real: 3n, imag: 4n }, y: { real: 5n, imag: 6n } },
  c: { x: 7n, y: 8n },
};

export const zeroProof: Groth16Proof = {
  a: { x: 0n, y: 0n },
  b: { x: { real: 0n, imag: 0n }, y: { real: 0n, imag: 0n } },
  c: { x: 0n, y: 0n },
};

/** The defaults of the live networks (marketplace.md §1), with a period short enough to read in a test. */
export const fakeConfig: MarketConfig = {
  family: 'direct',
  repairRewardPercentage: 10,
  maxNumberOfSlashes: 2,
  slashPercentage: 20,
  validatorRewardPercentage: 20,
  periodSeconds: 60,
  timeoutSeconds: 30,
  downtimeBlocks: 32,
  downtimeProduct: 37,
  zkeyHash: 'practice',
  maxReservations: 3,
  requestDurationLimitSeconds: 2_592_000,
};

/** What a call is computed in: the block to come. */
interface Pending {
  market: FakeMarketplace;
  block: number;
  now: number;
}

const PLENTY = 10n ** 24n;

/** Undefined where the contract says that it does not know the request. */
function known<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isEngineError(error, 'UNKNOWN_REQUEST')) return undefined;
    throw error;
  }
}
