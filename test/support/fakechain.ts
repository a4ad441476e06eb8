import { keccak256, toBeHex } from 'ethers';
import type { Clock } from '../../src/main/engine/clock/clock.ts';
import type { Address, SlotId } from '../../src/main/engine/contracts/ids.ts';
import type { SlotState } from '../../src/main/engine/contracts/requests.ts';
import { Emitter } from '../../src/main/engine/lib/emitter.ts';
import { MarketError } from '../../src/main/engine/market/errors.ts';
import type {
  ChainEvent,
  MarketEvent,
  OwnTransaction,
  Sent,
  TransactionPurpose,
} from '../../src/main/engine/market/market.ts';
import type { Emitted, FakeMarketplace } from './fakemarketplace.ts';

/**
 * A chain of one contract: every transaction that does not revert is a block of its own, its gas is paid, and its events
 * are delivered before it answers. From `remember` on its newest blocks can be replaced by others.
 */
export class FakeChain {
  readonly clock: Clock;
  readonly marketplace: FakeMarketplace;
  /** wei, by account; who is not named has plenty. */
  readonly gas = new Map<Address, bigint>();
  /** All that was told, with the time of its block, in order. */
  readonly history: { readonly event: MarketEvent; readonly time: number }[] = [];
  /** What the chain holds now. */
  readonly logs: { readonly event: ChainEvent; readonly time: number }[] = [];
  /** Slots whose state is told otherwise than it is, by hand. */
  readonly stateBySlot = new Map<SlotId, SlotState>();
  readonly #sentBy = new Map<Address, OwnTransaction[]>();
  readonly #timeByBlock = new Map<number, number>();
  readonly #events: Emitter<MarketEvent>;
  /** The newest blocks, oldest first. */
  readonly #blocks: Block[] = [];
  #remembered = 0;
  #transactions = 0;
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
    for (let i = 0; i < blocks; i++) this.#keep({ undo: this.#snapshot(), number: this.#next() });
  }

  /** @throws the revert of `transaction`, or MarketError INSUFFICIENT_GAS; then nothing changed */
  commit(
    sender: Address,
    run: (now: number, block: number) => Emitted[],
    own?: { readonly purpose: TransactionPurpose; readonly slotId: SlotId },
  ): Sent {
    const hash = keccak256(toBeHex(++this.#transactions, 32));
    const { sent, events } = this.#include({ sender, run, hash, ...(own && { own }) });
    for (const event of events) this.emit(event);
    return sent;
  }

  /** From now on so many of the newest blocks can be replaced. */
  remember(blocks = 16): void {
    this.#remembered = blocks;
  }

  /** How many of the newest blocks can be replaced. */
  get depth(): number {
    return this.#blocks.length;
  }

  /**
   * Replaces the newest blocks by others, which hold those of the transactions that are kept, in their order, as far as the
   * contract takes them. What is not on the new chain is taken back, last one first; then what is new on it is told.
   * Answers with the transactions that are left out; each can be mined later, or be forgotten.
   */
  reorg(
    depth: number,
    { keep = () => true, isTold = true }: { keep?: (sent: Dropped) => boolean; isTold?: boolean } = {},
  ): Dropped[] {
    if (depth > this.depth) throw new Error(`Only ${this.depth} blocks are remembered`);
    const undone = this.#blocks.splice(-depth);
    const head = this.#blockNumber;
    undone[0]?.undo();
    this.#blockNumber = head - depth;
    const from = this.logs.findIndex(({ event }) => event.blockNumber > this.#blockNumber);
    const before = from === -1 ? [] : this.logs.splice(from).map(({ event }) => event);
    const transactions = undone.flatMap(({ transaction }) => transaction ?? []);
    for (const transaction of transactions) this.#note(transaction, { state: 'pending' });

    const after: ChainEvent[] = [];
    const dropped: Dropped[] = [];
    for (const transaction of transactions) {
      const left = this.#dropped(transaction);
      if (keep(left)) after.push(...this.#tryAgain(transaction));
      else dropped.push(left);
    }
    this.mine(Math.max(1, head + 1 - this.#blockNumber));
    for (const event of after) this.logs.push({ event, time: this.timeOf(event.blockNumber) });
    if (!isTold) return dropped;
    for (const event of before.filter((old) => !after.some((each) => isSame(each, old))).toReversed())
      this.#tell({ ...placeOf(event), name: 'TakenBack', event });
    for (const event of after.filter((each) => !before.some((old) => isSame(each, old)))) this.#tell(event);
    return dropped;
  }

  transactionsOf(sender: Address, slotId: SlotId): OwnTransaction[] {
    return (this.#sentBy.get(sender) ?? []).filter((transaction) => transaction.slotId === slotId);
  }

  emit(event: ChainEvent): void {
    this.logs.push({ event, time: this.timeOf(event.blockNumber) });
    this.#tell(event);
  }

  /** Tells of something that it is not so, whatever the chain holds. */
  takeBack(event: ChainEvent): void {
    this.#tell({ ...placeOf(event), name: 'TakenBack', event });
  }

  #tell(event: MarketEvent): void {
    this.history.push({ event, time: this.timeOf(event.blockNumber) });
    this.#events.emit(event);
  }

  #include(transaction: Transaction): { sent: Sent; events: ChainEvent[] } {
    const { sender, run, hash } = transaction;
    const gas = this.gasOf(sender);
    if (gas < GAS_COST) {
      throw new MarketError('INSUFFICIENT_GAS', { account: sender, balance: gas, needed: GAS_COST });
    }
    const undo = this.#snapshot();
    const tokensBefore = this.#tokensOf(sender);
    const emitted = run(this.clock.now(), this.pendingBlock);
    // No transaction both takes from its sender and gives.
    const gained = this.#tokensOf(sender) - tokensBefore;
    this.gas.set(sender, gas - GAS_COST);
    const blockNumber = this.#next();
    this.#keep({ undo, number: blockNumber, transaction });
    const sent: Sent = {
      transactionHash: hash,
      blockNumber,
      minedAt: this.timeOf(blockNumber),
      gasCost: GAS_COST,
      tokensReceived: gained > 0n ? gained : 0n,
    };
    this.#note(transaction, { state: 'mined', ...sent });
    const events = emitted.map((event, logIndex) => ({
      ...event,
      blockNumber,
      logIndex,
      transactionHash: hash,
    }));
    return { sent, events };
  }

  /** What the contract refuses now costs gas, and is told nobody. */
  #tryAgain(transaction: Transaction): ChainEvent[] {
    try {
      return this.#include(transaction).events;
    } catch (error) {
      if (!(error instanceof MarketError)) throw error;
      this.#note(transaction, { state: 'failed', gasCost: GAS_COST });
      return [];
    }
  }

  #dropped(transaction: Transaction): Dropped {
    const { sender, hash, own } = transaction;
    return {
      sender,
      ...(own && { own }),
      mineAgain: () => {
        for (const event of this.#tryAgain(transaction)) this.emit(event);
      },
      forget: () => this.#note(transaction, { state: 'gone' }),
      hash,
    };
  }

  #note({ sender, hash, own }: Transaction, facts: Pick<OwnTransaction, 'state'> & Partial<Sent>): void {
    if (!own) return;
    const all = this.#sentBy.get(sender) ?? [];
    const known = all.findIndex(({ transactionHash }) => transactionHash === hash);
    const storedAtMs = all[known]?.storedAtMs ?? this.clock.now() * 1000;
    const { purpose, slotId } = own;
    const now: OwnTransaction = { purpose, slotId, storedAtMs, ...facts, transactionHash: hash };
    if (known === -1) all.push(now);
    else all[known] = now;
    this.#sentBy.set(sender, all);
  }

  #next(): number {
    this.#timeByBlock.set(++this.#blockNumber, this.clock.now());
    return this.#blockNumber;
  }

  #keep(block: Block): void {
    if (this.#remembered === 0) return;
    this.#blocks.push(block);
    if (this.#blocks.length > this.#remembered) this.#blocks.shift();
  }

  #snapshot(): () => void {
    if (this.#remembered === 0) return () => {};
    const undo = this.marketplace.snapshot();
    const gas = new Map(this.gas);
    return () => {
      undo();
      this.gas.clear();
      for (const [account, amount] of gas) this.gas.set(account, amount);
    };
  }

  #tokensOf(account: Address): bigint {
    return this.marketplace.tokens.get(account) ?? 0n;
  }
}

/** A transaction that the chain no longer holds. */
export interface Dropped {
  readonly sender: Address;
  readonly hash: string;
  readonly own?: { readonly purpose: TransactionPurpose; readonly slotId: SlotId };
  mineAgain(): void;
  forget(): void;
}

interface Transaction {
  readonly sender: Address;
  readonly hash: string;
  readonly run: (now: number, block: number) => Emitted[];
  readonly own?: { readonly purpose: TransactionPurpose; readonly slotId: SlotId };
}

interface Block {
  readonly number: number;
  readonly undo: () => void;
  readonly transaction?: Transaction;
}

const isSame = (a: ChainEvent, b: ChainEvent): boolean =>
  a.transactionHash === b.transactionHash && a.logIndex === b.logIndex && a.name === b.name;

const placeOf = ({ blockNumber, logIndex, transactionHash }: ChainEvent) => ({
  blockNumber,
  logIndex,
  transactionHash,
});

/** wei for any transaction: 100,000 gas at 1 gwei. */
export const GAS_COST = 100_000n * 10n ** 9n;
const PLENTY = 10n ** 18n;
