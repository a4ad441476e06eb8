import { keccak256, toBeHex } from 'ethers';
import type { Clock } from '../../src/main/engine/clock/clock.ts';
import type { Address, SlotId } from '../../src/main/engine/contracts/ids.ts';
import type { SlotState } from '../../src/main/engine/contracts/requests.ts';
import { Emitter } from '../../src/main/engine/lib/emitter.ts';
import { MarketError } from '../../src/main/engine/market/errors.ts';
import type {
  MarketEvent,
  OwnTransaction,
  Sent,
  TransactionPurpose,
} from '../../src/main/engine/market/market.ts';
import type { Emitted, FakeMarketplace } from './fakemarketplace.ts';

/**
 * A chain of one contract: every transaction that does not revert is a block of its own, its gas is paid, and its events
 * are delivered before it answers.
 */
export class FakeChain {
  readonly clock: Clock;
  readonly marketplace: FakeMarketplace;
  /** wei, by account; who is not named has plenty. */
  readonly gas = new Map<Address, bigint>();
  /** Every event with the time of its block, in order. */
  readonly history: { readonly event: MarketEvent; readonly time: number }[] = [];
  /** Slots whose state is told otherwise than it is, by hand. */
  readonly stateBySlot = new Map<SlotId, SlotState>();
  readonly #sentBy = new Map<Address, readonly OwnTransaction[]>();
  readonly #timeByBlock = new Map<number, number>();
  readonly #events: Emitter<MarketEvent>;
  #blockNumber = 1000;

  /** A listener that throws fails the test, unless `onListenerError` takes it. */
  constructor(clock: Clock, marketplace: FakeMarketplace, onListenerError?: (error: unknown) => void) {
    this.#events = new Emitter(onListenerError);
    this.clock = clock;
    this.marketplace = marketplace;
  }

  get blockNumber(): number {
    return this.#blockNumber;
  }

  /** The block that calls are computed in: the next one. */
  get pendingBlock(): number {
    return this.#blockNumber + 1;
  }

  gasOf(account: Address): bigint {
    return this.gas.get(account) ?? PLENTY;
  }

  /** Unix seconds. */
  timeOf(block: number): number {
    return this.#timeByBlock.get(block) ?? this.clock.now();
  }

  subscribe(listener: (event: MarketEvent) => void): () => void {
    return this.#events.subscribe(listener);
  }

  /** Mines empty blocks at the present time. */
  mine(blocks = 1): void {
    for (let i = 0; i < blocks; i++) this.#timeByBlock.set(++this.#blockNumber, this.clock.now());
  }

  /** @throws the revert of `transaction`, or MarketError INSUFFICIENT_GAS; then nothing changed */
  commit(sender: Address, transaction: (now: number, block: number) => Emitted[]): Sent {
    const gas = this.gasOf(sender);
    if (gas < GAS_COST) {
      throw new MarketError('INSUFFICIENT_GAS', { account: sender, balance: gas, needed: GAS_COST });
    }
    const tokensBefore = this.#tokensOf(sender);
    const emitted = transaction(this.clock.now(), this.pendingBlock);
    // No transaction both takes from its sender and gives.
    const gained = this.#tokensOf(sender) - tokensBefore;
    this.gas.set(sender, gas - GAS_COST);
    this.mine();
    const transactionHash = keccak256(toBeHex(this.#blockNumber, 32));
    emitted.forEach((event, logIndex) =>
      this.emit({ ...event, blockNumber: this.#blockNumber, logIndex, transactionHash }),
    );
    const tokensReceived = gained > 0n ? gained : 0n;
    return {
      transactionHash,
      blockNumber: this.#blockNumber,
      minedAt: this.timeOf(this.#blockNumber),
      gasCost: GAS_COST,
      tokensReceived,
    };
  }

  transactionsOf(sender: Address, slotId: SlotId): OwnTransaction[] {
    return (this.#sentBy.get(sender) ?? []).filter((transaction) => transaction.slotId === slotId);
  }

  noteOwn(sender: Address, { purpose, slotId, ...sent }: Sent & OwnPurpose): void {
    const { transactionHash, blockNumber, minedAt, gasCost, tokensReceived } = sent;
    const mined = {
      state: 'mined',
      storedAtMs: minedAt * 1000,
      blockNumber,
      minedAt,
      gasCost,
      tokensReceived,
    } as const;
    const own = this.#sentBy.get(sender) ?? [];
    this.#sentBy.set(sender, [...own, { purpose, slotId, transactionHash, ...mined }]);
  }

  emit(event: MarketEvent): void {
    this.history.push({ event, time: this.timeOf(event.blockNumber) });
    this.#events.emit(event);
  }

  #tokensOf(account: Address): bigint {
    return this.marketplace.tokens.get(account) ?? 0n;
  }
}

interface OwnPurpose {
  purpose: TransactionPurpose;
  slotId: SlotId;
}

/** wei for any transaction: 100,000 gas at 1 gwei. */
export const GAS_COST = 100_000n * 10n ** 9n;
const PLENTY = 10n ** 18n;
