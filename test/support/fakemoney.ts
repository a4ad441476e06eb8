import type { Address } from '../../src/main/engine/contracts/ids.ts';
import {
  pricePerSlotPerSecond,
  slashOf,
  totalPrice,
  type MarketConfig,
  type RequestState,
} from '../../src/main/engine/contracts/requests.ts';
import { revertError } from '../../src/main/engine/market/errors.ts';
import { account } from './requests.ts';
import type { RequestRecord, SlotRecord } from './fakemarketplace.ts';

/** Where tokens are: in accounts, and in the contract. */
export class FakeTokens {
  readonly balances = new Map<Address, bigint>();
  /** Held by the contract, or by its vault. */
  pot = 0n;

  readonly #minted = new Map<Address, bigint>();

  mint(to: Address, amount: bigint): void {
    this.balances.set(to, this.of(to) + amount);
    this.#minted.set(to, (this.#minted.get(to) ?? 0n) + amount);
  }

  /** Answers with what makes all as it is now, but for what was minted since. */
  snapshot(): () => void {
    const balances = new Map(this.balances);
    const minted = new Map(this.#minted);
    const { pot } = this;
    return () => {
      this.pot = pot;
      this.balances.clear();
      for (const [account, amount] of balances) this.balances.set(account, amount);
      for (const [account, amount] of this.#minted) {
        const since = amount - (minted.get(account) ?? 0n);
        if (since !== 0n) this.balances.set(account, this.of(account) + since);
      }
    };
  }

  take(from: Address, amount: bigint): void {
    const balance = this.of(from);
    if (balance < amount) throw revertError('ERC20InsufficientBalance');
    this.balances.set(from, balance - amount);
    this.pot += amount;
  }

  give(to: Address, amount: bigint): void {
    if (this.pot < amount)
      throw new Error('The marketplace paid out more than it holds: a fault of the fake');
    this.pot -= amount;
    this.balances.set(to, this.of(to) + amount);
  }

  of(account: Address): bigint {
    return this.balances.get(account) ?? 0n;
  }
}

/** What a family of marketplaces does with the money (marketplace.md §7 and §15). Throws before it changed anything. */
export interface FakeMoney {
  /** A slot with this record was filled; `due` was taken from its host. */
  filled(record: RequestRecord, slot: SlotRecord, now: number): void;
  /** Given up or thrown out. */
  vacated(record: RequestRecord, slot: SlotRecord, now: number): void;
  slashed(slot: SlotRecord, slash: bigint, validator: Address): void;
  /** Of a slot whose request is over. */
  paidOut(record: RequestRecord, slot: SlotRecord, state: RequestState, now: number): void;
  /** By whom it is asked for, and what became of the request. */
  withdrawn(sender: Address, record: RequestRecord, slots: readonly SlotRecord[], now: number): void;
}

/** The marketplace holds the tokens itself. */
export class DirectMoney implements FakeMoney {
  readonly #tokens: FakeTokens;
  readonly #config: MarketConfig;

  constructor(tokens: FakeTokens, config: MarketConfig) {
    this.#tokens = tokens;
    this.#config = config;
  }

  filled(record: RequestRecord, _slot: SlotRecord, now: number): void {
    record.refundable -= pay(record, now, record.endsAt);
  }

  /** What is left of the collateral stays in the contract for good. */
  vacated(record: RequestRecord, slot: SlotRecord): void {
    record.refundable += pay(record, slot.filledAt, record.endsAt);
  }

  slashed(_slot: SlotRecord, slash: bigint, validator: Address): void {
    this.#tokens.give(validator, percent(slash, this.#config.validatorRewardPercentage));
  }

  paidOut(record: RequestRecord, slot: SlotRecord, state: RequestState): void {
    if (slot.stored === 'paid') throw revertError('Marketplace_AlreadyPaid');
    if (state === 'failed' || !slot.host) return;
    const until = state === 'finished' ? record.endsAt : record.expiresAt;
    this.#tokens.give(slot.host, pay(record, slot.filledAt, until) + slot.currentCollateral);
    slot.stored = 'paid';
  }

  withdrawn(sender: Address, record: RequestRecord, _slots: readonly SlotRecord[], now: number): void {
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
    this.#tokens.give(sender, refund);
  }
}

/**
 * A vault holds the tokens of each request, locked: until its expiry, once it has started until its end. It flows to the
 * hosts by the second; what they lose is burned; it opens in the very second in which the lock ends.
 */
export class VaultMoney implements FakeMoney {
  readonly #tokens: FakeTokens;
  readonly #config: MarketConfig;

  constructor(tokens: FakeTokens, config: MarketConfig) {
    this.#tokens = tokens;
    this.#config = config;
  }

  filled(record: RequestRecord, slot: SlotRecord, now: number): void {
    demandLocked(record, now);
    // The reward for a repair waits with the client, who keeps it when nobody repairs.
    record.refundable -= slot.repairReward;
  }

  vacated(record: RequestRecord, slot: SlotRecord, now: number): void {
    demandLocked(record, now);
    const { currentCollateral } = slot;
    const wanted = percent(slot.fullCollateral, this.#config.repairRewardPercentage);
    const kept = wanted < currentCollateral ? wanted : currentCollateral;
    const earned = BigInt(now - slot.filledAt) * pricePerSlotPerSecond(record.request.ask);
    this.#burn(earned + slot.repairReward + currentCollateral - kept);
    record.refundable += kept - earned;
    slot.repairReward = kept;
  }

  /** The validator's part is held back until the end; nobody in these tests asks for it. */
  slashed(_slot: SlotRecord, slash: bigint): void {
    this.#burn(slash - percent(slash, this.#config.validatorRewardPercentage));
  }

  /** A second time it moves nothing, and nobody minds. */
  paidOut(record: RequestRecord, slot: SlotRecord, state: RequestState, now: number): void {
    demandUnlocked(record, now);
    if (!slot.host || slot.currentCollateral === 0n) return;
    const earned = this.#earned(record, slot, state);
    this.#tokens.give(slot.host, earned + slot.currentCollateral + slot.repairReward);
    Object.assign(slot, { currentCollateral: 0n, repairReward: 0n });
  }

  withdrawn(_sender: Address, record: RequestRecord, slots: readonly SlotRecord[], now: number): void {
    demandUnlocked(record, now);
    if (record.withdrawn) return;
    record.withdrawn = true;
    const state = computedState(record, now + 1);
    const earned = slots.reduce(
      (sum, slot) => sum + (slot.host ? this.#earned(record, slot, state) : 0n),
      0n,
    );
    this.#tokens.give(record.request.client, record.refundable - earned);
  }

  #earned(record: RequestRecord, { filledAt }: SlotRecord, state: RequestState): bigint {
    const { endsAt, expiresAt, failedAt = endsAt, request } = record;
    const until = state === 'failed' ? failedAt : state === 'cancelled' ? expiresAt : endsAt;
    return BigInt(until - filledAt) * pricePerSlotPerSecond(request.ask);
  }

  #burn(amount: bigint): void {
    this.#tokens.give(burnt, amount);
  }
}

/** Cancelled and finished are facts of time, both strictly after their second; no event marks them. */
export function computedState({ stored, expiresAt, endsAt }: RequestRecord, now: number): RequestState {
  if (stored === 'new' && now > expiresAt) return 'cancelled';
  if (stored !== 'failed' && now > endsAt) return 'finished';
  return stored;
}

export function pay({ request }: RequestRecord, from: number, until: number): bigint {
  if (from >= until) throw revertError('Marketplace_StartNotBeforeExpiry');
  return BigInt(until - from) * pricePerSlotPerSecond(request.ask);
}

/** Whose tokens nobody has. */
export const burnt: Address = account(0xdead);

export const slashOfSlot = ({ fullCollateral }: SlotRecord, config: MarketConfig): bigint =>
  slashOf(fullCollateral, config);

/** Until when the vault holds what belongs to a request. */
const lockEnd = ({ stored, expiresAt, endsAt }: RequestRecord): number =>
  stored === 'new' ? expiresAt : endsAt;

function demandLocked(record: RequestRecord, now: number): void {
  if (now >= lockEnd(record)) throw revertError('VaultFundNotLocked');
}

function demandUnlocked(record: RequestRecord, now: number): void {
  if (now < lockEnd(record)) throw revertError('VaultFundNotUnlocked');
}

const percent = (amount: bigint, percentage: number): bigint => (amount * BigInt(percentage)) / 100n;
