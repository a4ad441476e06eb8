import type { Address, Challenge, RequestId, SlotId } from '../../src/main/engine/contracts/ids.ts';
import { familyRules } from '../../src/main/engine/contracts/family.ts';
import { slotIdOf } from '../../src/main/engine/contracts/ids.ts';
import { periodOf, periodStart } from '../../src/main/engine/contracts/periods.ts';
import type { Groth16Proof } from '../../src/main/engine/contracts/proofs.ts';
import { requestIdOf } from '../../src/main/engine/contracts/requestid.ts';
import {
  collateralPerSlot,
  slotCollateral,
  totalPrice,
  type MarketConfig,
  type RequestState,
  type SlotState,
  type StorageRequest,
} from '../../src/main/engine/contracts/requests.ts';
import { revertError } from '../../src/main/engine/market/errors.ts';
import type { ChainEvent, OnChain } from '../../src/main/engine/market/market.ts';
import {
  computedState,
  DirectMoney,
  FakeTokens,
  slashOfSlot,
  VaultMoney,
  type FakeMoney,
} from './fakemoney.ts';
import { FakeProofs } from './fakeproofs.ts';

/** An event before it has its place on the chain. */
export type Emitted = ChainEvent extends infer Event
  ? Event extends ChainEvent
    ? Omit<Event, keyof OnChain>
    : never
  : never;

/**
 * The rules of the marketplace contract in memory (marketplace.md §3, §6–§9, §15), of either family, as pure state: every
 * method takes sender and time, throws the contract's revert before it changed anything, and answers with the events.
 */
export class FakeMarketplace {
  readonly config: MarketConfig;
  readonly proofs: FakeProofs;
  readonly #tokens = new FakeTokens();
  readonly #money: FakeMoney;
  readonly #requests = new Map<RequestId, RequestRecord>();
  readonly #slots = new Map<SlotId, SlotRecord>();
  readonly #reservations = new Map<SlotId, Set<Address>>();
  readonly #slotsByHost = new Map<Address, Set<SlotId>>();

  constructor(config: MarketConfig) {
    this.config = config;
    this.proofs = new FakeProofs(config);
    this.#money = new (config.family === 'direct' ? DirectMoney : VaultMoney)(this.#tokens, config);
  }

  get tokens(): Map<Address, bigint> {
    return this.#tokens.balances;
  }

  /** Tokens held by the contract. */
  get pot(): bigint {
    return this.#tokens.pot;
  }

  mint(to: Address, amount: bigint): void {
    this.#tokens.mint(to, amount);
  }

  /** Answers with what makes all as it is now, but for tokens that were minted since. To be used once. */
  snapshot(): () => void {
    const tokens = this.#tokens.snapshot();
    const proofs = this.proofs.snapshot();
    const requests = new Map([...this.#requests].map(([id, record]) => [id, { ...record }]));
    const slots = new Map([...this.#slots].map(([id, record]) => [id, { ...record }]));
    const reservations = new Map([...this.#reservations].map(([id, holders]) => [id, new Set(holders)]));
    const slotsByHost = new Map([...this.#slotsByHost].map(([host, ids]) => [host, new Set(ids)]));
    return () => {
      tokens();
      proofs();
      refill(this.#requests, requests);
      refill(this.#slots, slots);
      refill(this.#reservations, reservations);
      refill(this.#slotsByHost, slotsByHost);
    };
  }

  requestStorage(sender: Address, request: StorageRequest, now: number): Emitted[] {
    const id = requestIdOf(request);
    const refusal = requestRefusal(sender, request, this.#requests.has(id), this.config);
    if (refusal) throw revertError(refusal);
    const price = totalPrice(request.ask);
    this.#tokens.take(sender, price);
    const expiresAt = now + Number(request.expiry);
    this.#requests.set(id, {
      id,
      request,
      expiresAt,
      endsAt: now + Number(request.ask.duration),
      stored: 'new',
      refundable: price,
      slotsFilled: 0n,
    });
    return [{ name: 'StorageRequested', requestId: id, ask: request.ask, expiresAt }];
  }

  withdrawFunds(sender: Address, id: RequestId, now: number): Emitted[] {
    const record = this.request(id);
    const slots = [...this.#slots.values()].filter(({ requestId }) => requestId === id);
    this.#money.withdrawn(sender, record, slots, now);
    const isTold = this.config.family === 'direct' && computedState(record, now) === 'cancelled';
    return isTold ? [{ name: 'RequestCancelled', requestId: id }] : [];
  }

  canReserveSlot(sender: Address, requestId: RequestId, slotIndex: number, now: number): boolean {
    const id = slotIdOf(requestId, slotIndex);
    const holders = this.#reservations.get(id);
    const state = this.slotState(id, now);
    if (state !== 'free' && state !== 'repair') return false;
    return holders === undefined || (holders.size < this.config.maxReservations && !holders.has(sender));
  }

  reserveSlot(sender: Address, requestId: RequestId, slotIndex: number, now: number): Emitted[] {
    if (!this.canReserveSlot(sender, requestId, slotIndex, now)) {
      throw revertError('SlotReservations_ReservationNotAllowed');
    }
    const id = slotIdOf(requestId, slotIndex);
    const holders = this.#reservations.get(id) ?? new Set();
    this.#reservations.set(id, holders.add(sender));
    return holders.size === this.config.maxReservations
      ? [{ name: 'SlotReservationsFull', requestId, slotIndex }]
      : [];
  }

  holdsReservation(sender: Address, requestId: RequestId, slotIndex: number): boolean {
    const holders = this.#reservations.get(slotIdOf(requestId, slotIndex));
    return this.#requests.has(requestId) && holders !== undefined && holders.has(sender);
  }

  fillSlot(sender: Address, { requestId, slotIndex, proof, allowance }: Filling, now: number): Emitted[] {
    const record = this.request(requestId);
    const { ask } = record.request;
    if (BigInt(slotIndex) >= ask.slots) throw revertError('Marketplace_InvalidSlot');
    const id = slotIdOf(requestId, slotIndex);
    if (!this.#reservations.get(id)?.has(sender)) throw revertError('Marketplace_ReservationRequired');
    const state = this.slotState(id, now);
    // The contract looks at the slot as one of its request: untouched or not, a dead request's slot is not free.
    const requestState = computedState(record, now);
    const isOpen = requestState === 'new' || requestState === 'started';
    if (!isOpen || (state !== 'free' && state !== 'repair')) throw revertError('Marketplace_SlotNotFree');
    const period = periodOf(now, this.config.periodSeconds);
    this.proofs.check(id, proof, period);
    const due = slotCollateral(ask, state, this.config);
    if (allowance < due) throw revertError('ERC20InsufficientAllowance');
    if (this.#tokens.of(sender) < due) throw revertError('ERC20InsufficientBalance');
    const fullCollateral = collateralPerSlot(ask);
    const filled: SlotRecord = {
      requestId,
      slotIndex,
      stored: 'filled',
      host: sender,
      filledAt: now,
      fullCollateral,
      currentCollateral: fullCollateral,
      repairReward: this.#slots.get(id)?.repairReward ?? 0n,
      missed: 0,
    };
    this.#money.filled(record, filled, now);
    this.#tokens.take(sender, due);
    this.proofs.receive(id, period);
    record.slotsFilled += 1n;
    this.#slots.set(id, filled);
    this.#slotsOf(sender).add(id);
    const events: Emitted[] = [
      { name: 'ProofSubmitted', slotId: id },
      { name: 'SlotFilled', requestId, slotIndex },
    ];
    if (record.slotsFilled === ask.slots && record.stored === 'new') {
      record.stored = 'started';
      events.push({ name: 'RequestFulfilled', requestId });
    }
    return events;
  }

  submitProof(sender: Address, id: SlotId, proof: Groth16Proof, now: number): Emitted[] {
    const slot = this.#slots.get(id);
    if (!slot) throw revertError('Marketplace_UnknownRequest');
    if (slot.host !== sender) throw revertError('Marketplace_ProofNotSubmittedByHost');
    const period = periodOf(now, this.config.periodSeconds);
    this.proofs.check(id, proof, period);
    this.proofs.receive(id, period);
    return [{ name: 'ProofSubmitted', slotId: id }];
  }

  freeSlot(sender: Address, id: SlotId, now: number): Emitted[] {
    const slot = this.#slots.get(id);
    if (!slot) throw revertError('Marketplace_SlotIsFree');
    if (slot.host !== sender) throw revertError('Marketplace_InvalidSlotHost');
    if (this.slotState(id, now) === 'filled') return this.#freeByForce(id, slot, now);
    this.#money.paidOut(this.request(slot.requestId), slot, this.requestState(slot.requestId, now), now);
    this.#slotsOf(sender).delete(id);
    return [];
  }

  markProofAsMissing(sender: Address, id: SlotId, period: number, block: number, now: number): Emitted[] {
    const slot = this.#slots.get(id);
    if (!slot || this.slotState(id, now) !== 'filled')
      throw revertError('Marketplace_SlotNotAcceptingProofs');
    const end = periodStart(period + 1, this.config.periodSeconds);
    if (now <= end) throw revertError('Proofs_PeriodNotEnded');
    if (now >= end + this.config.timeoutSeconds) throw revertError('Proofs_ValidationTimedOut');
    this.proofs.mark(id, period, this.#proofNeed(id, period, block, now) === 'now');
    const slash = slashOfSlot(slot, this.config);
    this.#money.slashed(slot, slash, sender);
    slot.currentCollateral -= slash;
    slot.missed++;
    return slot.missed >= this.config.maxNumberOfSlashes ? this.#freeByForce(id, slot, now) : [];
  }

  /** @throws MarketError UNKNOWN_REQUEST */
  request(id: RequestId): RequestRecord {
    const record = this.#requests.get(id);
    if (!record) throw revertError('Marketplace_UnknownRequest');
    return record;
  }

  slot(id: SlotId): SlotRecord | undefined {
    return this.#slots.get(id);
  }

  slotsOf(host: Address): SlotId[] {
    return [...this.#slotsOf(host)];
  }

  requestState(id: RequestId, now: number): RequestState {
    return computedState(this.request(id), now);
  }

  requestEnd(id: RequestId, now: number): number {
    const record = this.request(id);
    const state = computedState(record, now);
    if (state === 'new' || state === 'started') return record.endsAt;
    if (state === 'cancelled') return record.expiresAt;
    // Where a failed request pays in the end, it is at the end that was planned.
    const isPlanned =
      state === 'failed' && familyRules[this.config.family].failedRequestPays === 'atPlannedEnd';
    return isPlanned ? record.endsAt : Math.min(record.endsAt, now);
  }

  /** As the contract answers: in one family it has no word for a slot that was paid. */
  slotState(id: SlotId, now: number): SlotState {
    const slot = this.#slots.get(id);
    if (!slot) return 'free';
    if (slot.stored === 'paid') return 'paid';
    const state = this.requestState(slot.requestId, now);
    return state === 'new' || state === 'started' ? slot.stored : state;
  }

  /** Whether a proof is asked for in this block, or later in this period. */
  proofNeed(id: SlotId, block: number, now: number): 'now' | 'later' | 'no' {
    return this.#proofNeed(id, periodOf(now, this.config.periodSeconds), block, now);
  }

  pointer(id: SlotId, block: number, now: number): number {
    return this.proofs.pointerAt(id, periodOf(now, this.config.periodSeconds), block);
  }

  challenge(id: SlotId, block: number, now: number): Challenge {
    return this.proofs.challengeAt(id, periodOf(now, this.config.periodSeconds), block);
  }

  #proofNeed(id: SlotId, period: number, block: number, now: number): 'now' | 'later' | 'no' {
    const slot = this.#slots.get(id);
    if (!slot || this.slotState(id, now) !== 'filled') return 'no';
    if (period <= periodOf(slot.filledAt, this.config.periodSeconds)) return 'no';
    return this.proofs.need(id, this.request(slot.requestId).request.ask, period, block);
  }

  /** Given up or thrown out. */
  #freeByForce(id: SlotId, slot: SlotRecord, now: number): Emitted[] {
    const record = this.request(slot.requestId);
    this.#money.vacated(record, slot, now);
    record.slotsFilled -= 1n;
    if (slot.host) this.#slotsOf(slot.host).delete(id);
    this.#reservations.delete(id);
    Object.assign(slot, { stored: 'repair', host: undefined, filledAt: 0, currentCollateral: 0n, missed: 0 });
    const { requestId, slotIndex } = slot;
    const events: Emitted[] = [{ name: 'SlotFreed', requestId, slotIndex }];
    const vacant = record.request.ask.slots - record.slotsFilled;
    if (vacant > record.request.ask.maxSlotLoss && computedState(record, now) === 'started') {
      record.stored = 'failed';
      record.failedAt = now;
      events.push({ name: 'RequestFailed', requestId });
    }
    return events;
  }

  #slotsOf(host: Address): Set<SlotId> {
    const slots = this.#slotsByHost.get(host) ?? new Set();
    this.#slotsByHost.set(host, slots);
    return slots;
  }
}

export interface RequestRecord {
  readonly id: RequestId;
  readonly request: StorageRequest;
  readonly expiresAt: number;
  readonly endsAt: number;
  stored: 'new' | 'started' | 'failed';
  refundable: bigint;
  slotsFilled: bigint;
  withdrawn?: true;
  failedAt?: number;
}

export interface SlotRecord {
  readonly requestId: RequestId;
  readonly slotIndex: number;
  stored: 'filled' | 'repair' | 'paid';
  host: Address | undefined;
  filledAt: number;
  readonly fullCollateral: bigint;
  currentCollateral: bigint;
  /** For who repairs it; always 0 where a repair is paid by a discount. */
  repairReward: bigint;
  missed: number;
}

export interface Filling {
  requestId: RequestId;
  slotIndex: number;
  proof: Groth16Proof;
  /** What the host lets the contract take. */
  allowance: bigint;
}

function refill<K, V>(map: Map<K, V>, content: ReadonlyMap<K, V>): void {
  map.clear();
  for (const [key, value] of content) map.set(key, value);
}

/** The first rule that a request breaks, in the contract's order. */
function requestRefusal(
  sender: Address,
  { client, ask, content, expiry }: StorageRequest,
  isKnown: boolean,
  config: MarketConfig,
): string | undefined {
  if (client !== sender) return 'Marketplace_InvalidClientAddress';
  if (isKnown) return 'Marketplace_RequestAlreadyExists';
  if (expiry === 0n || expiry >= ask.duration) return 'Marketplace_InvalidExpiry';
  if (ask.slots === 0n) return 'Marketplace_InsufficientSlots';
  if (ask.maxSlotLoss > ask.slots) return 'Marketplace_InvalidMaxSlotLoss';
  if (ask.proofProbability === 0n) return 'Marketplace_InsufficientProofProbability';
  if (ask.collateralPerByte === 0n) return 'Marketplace_InsufficientCollateral';
  if (ask.pricePerBytePerSecond === 0n) return 'Marketplace_InsufficientReward';
  if (content.cid.length === 0) return 'Marketplace_InvalidCid';
  if (ask.duration > BigInt(config.requestDurationLimitSeconds)) return 'Marketplace_DurationExceedsLimit';
  return undefined;
}
