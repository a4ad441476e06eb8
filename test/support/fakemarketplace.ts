import type { Address, Challenge, RequestId, SlotId } from '../../src/main/engine/contracts/ids.ts';
import { slotIdOf } from '../../src/main/engine/contracts/ids.ts';
import { periodOf, periodStart } from '../../src/main/engine/contracts/periods.ts';
import type { Groth16Proof } from '../../src/main/engine/contracts/proofs.ts';
import { requestIdOf } from '../../src/main/engine/contracts/requestid.ts';
import {
  collateralPerSlot,
  pricePerSlotPerSecond,
  slotCollateral,
  totalPrice,
  type MarketConfig,
  type RequestState,
  type SlotState,
  type StorageRequest,
} from '../../src/main/engine/contracts/requests.ts';
import { revertError } from '../../src/main/engine/market/errors.ts';
import type { ChainEvent, OnChain } from '../../src/main/engine/market/market.ts';
import { FakeProofs } from './fakeproofs.ts';

/** An event before it has its place on the chain. */
export type Emitted = ChainEvent extends infer Event
  ? Event extends ChainEvent
    ? Omit<Event, keyof OnChain>
    : never
  : never;

/**
 * The rules of the marketplace contract in memory (marketplace.md §3, §6–§9, testnet family), as pure state: every
 * method takes sender and time, throws the contract's revert before it changed anything, and answers with the events.
 */
export class FakeMarketplace {
  readonly config: MarketConfig;
  readonly tokens = new Map<Address, bigint>();
  readonly proofs: FakeProofs;
  /** Tokens held by the contract. */
  pot = 0n;
  readonly #requests = new Map<RequestId, RequestRecord>();
  readonly #slots = new Map<SlotId, SlotRecord>();
  readonly #reservations = new Map<SlotId, Set<Address>>();
  readonly #slotsByHost = new Map<Address, Set<SlotId>>();

  constructor(config: MarketConfig) {
    this.config = config;
    this.proofs = new FakeProofs(config);
  }

  requestStorage(sender: Address, request: StorageRequest, now: number): Emitted[] {
    const id = requestIdOf(request);
    const refusal = requestRefusal(sender, request, this.#requests.has(id), this.config);
    if (refusal) throw revertError(refusal);
    const price = totalPrice(request.ask);
    this.#take(sender, price);
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
    if (record.request.client !== sender) throw revertError('Marketplace_InvalidClientAddress');
    const state = computedState(record, now);
    if (state === 'new' || state === 'started') throw revertError('Marketplace_InvalidState');
    const unserved = record.slotsFilled > 0n ? pay(record, record.expiresAt, record.endsAt) : 0n;
    const refund =
      state === 'failed'
        ? totalPrice(record.request.ask)
        : record.refundable + (state === 'cancelled' ? record.slotsFilled * unserved : 0n);
    if (refund === 0n || record.withdrawn) throw revertError('Marketplace_NothingToWithdraw');
    record.withdrawn = true;
    this.#give(sender, refund);
    return state === 'cancelled' ? [{ name: 'RequestCancelled', requestId: id }] : [];
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
    const reward = pay(record, now, record.endsAt);
    const due = slotCollateral(ask, state, this.config);
    if (allowance < due) throw revertError('ERC20InsufficientAllowance');
    this.#take(sender, due);
    this.proofs.receive(id, period);
    record.refundable -= reward;
    record.slotsFilled += 1n;
    this.#slots.set(id, {
      requestId,
      slotIndex,
      stored: 'filled',
      host: sender,
      filledAt: now,
      currentCollateral: collateralPerSlot(ask),
      missed: 0,
    });
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
    const state = this.slotState(id, now);
    if (state === 'paid') throw revertError('Marketplace_AlreadyPaid');
    if (state === 'filled') return this.#freeByForce(id, slot, now);
    if (state !== 'failed') {
      const record = this.request(slot.requestId);
      const until = state === 'finished' ? record.endsAt : record.expiresAt;
      this.#give(sender, pay(record, slot.filledAt, until) + slot.currentCollateral);
      slot.stored = 'paid';
    }
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
    const full = collateralPerSlot(this.request(slot.requestId).request.ask);
    const slash = percent(full, this.config.slashPercentage);
    this.#give(sender, percent(slash, this.config.validatorRewardPercentage));
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
    return state === 'cancelled' ? record.expiresAt : Math.min(record.endsAt, now);
  }

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

  /** Given up or thrown out: the collateral that is left stays in the contract for good. */
  #freeByForce(id: SlotId, slot: SlotRecord, now: number): Emitted[] {
    const record = this.request(slot.requestId);
    record.refundable += pay(record, slot.filledAt, record.endsAt);
    record.slotsFilled -= 1n;
    if (slot.host) this.#slotsOf(slot.host).delete(id);
    this.#reservations.delete(id);
    Object.assign(slot, { stored: 'repair', host: undefined, filledAt: 0, currentCollateral: 0n, missed: 0 });
    const { requestId, slotIndex } = slot;
    const events: Emitted[] = [{ name: 'SlotFreed', requestId, slotIndex }];
    const vacant = record.request.ask.slots - record.slotsFilled;
    if (vacant > record.request.ask.maxSlotLoss && computedState(record, now) === 'started') {
      record.stored = 'failed';
      events.push({ name: 'RequestFailed', requestId });
    }
    return events;
  }

  #slotsOf(host: Address): Set<SlotId> {
    const slots = this.#slotsByHost.get(host) ?? new Set();
    this.#slotsByHost.set(host, slots);
    return slots;
  }

  #take(from: Address, amount: bigint): void {
    const balance = this.tokens.get(from) ?? 0n;
    if (balance < amount) throw revertError('ERC20InsufficientBalance');
    this.tokens.set(from, balance - amount);
    this.pot += amount;
  }

  #give(to: Address, amount: bigint): void {
    if (this.pot < amount)
      throw new Error('The marketplace paid out more than it holds: a fault of the fake');
    this.pot -= amount;
    this.tokens.set(to, (this.tokens.get(to) ?? 0n) + amount);
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
}

export interface SlotRecord {
  readonly requestId: RequestId;
  readonly slotIndex: number;
  stored: 'filled' | 'repair' | 'paid';
  host: Address | undefined;
  filledAt: number;
  currentCollateral: bigint;
  missed: number;
}

export interface Filling {
  requestId: RequestId;
  slotIndex: number;
  proof: Groth16Proof;
  /** What the host lets the contract take. */
  allowance: bigint;
}

/** Cancelled and finished are facts of time, both strictly after their second; no event marks them. */
function computedState({ stored, expiresAt, endsAt }: RequestRecord, now: number): RequestState {
  if (stored === 'new' && now > expiresAt) return 'cancelled';
  if (stored !== 'failed' && now > endsAt) return 'finished';
  return stored;
}

function pay({ request }: RequestRecord, from: number, until: number): bigint {
  if (from >= until) throw revertError('Marketplace_StartNotBeforeExpiry');
  return BigInt(until - from) * pricePerSlotPerSecond(request.ask);
}

const percent = (amount: bigint, percentage: number): bigint => (amount * BigInt(percentage)) / 100n;

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
