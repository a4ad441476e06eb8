import { Accounts } from '../../src/main/engine/accounts/accounts.ts';
import { address, type Address, type RequestId, type SlotId } from '../../src/main/engine/contracts/ids.ts';
import type { StoredPurpose, StoredTransaction } from '../../src/main/engine/contracts/storedtransaction.ts';
import { abortError } from '../../src/main/engine/lib/abort.ts';
import { Emitter } from '../../src/main/engine/lib/emitter.ts';
import { LONGEST_WAIT_MS } from '../../src/main/engine/lib/retry.ts';
import { silentLogger } from '../../src/main/engine/logger.ts';
import type { CursorStore, StoredPosition } from '../../src/main/engine/market/log-tail.ts';
import type { BalancesAt, MarketEvent } from '../../src/main/engine/market/market.ts';
import type { TokenTransfer, TransferChange } from '../../src/main/engine/market/transfers.ts';
import type { SaleInfo, SalesEvent } from '../../src/main/engine/sales/saleinfo.ts';
import { transactionStore } from '../../src/main/engine/stores/transactions.ts';
import { FakeClock } from './fakeclock.ts';
import { MemoryDatabase } from './memorydatabase.ts';
import { word } from './requests.ts';

export const marketplace = address(`0x${'aa'.repeat(20)}`);
export const me = address(`0x${'22'.repeat(20)}`);
export const somebody = address(`0x${'cc'.repeat(20)}`);
export const slotId = word<SlotId>(9);
export const requestId = word<RequestId>(8);
export const hash = (n: number) => word<SlotId>(1_000_000 + n) as `0x${string}`;

/** A chain of which there is only what the accounts ask: an account's balances, its transfers, its transactions. */
export class AccountChain {
  number = 100;
  tokens = 1_000n;
  gas = 10_000n;
  nonce = 0;
  /** The hash of a block changes with the fork. */
  fork = 0;
  readonly records = new Map<string, StoredTransaction>();
  readonly transfers: TokenTransfer[] = [];
  #toTell: TransferChange = { removed: [], added: [] };
  readonly #past = new Map<number, BalancesAt>();
  readonly #first = this.#now;

  timeOf = (block: number): number => 1_700_000_000 + block * 12;
  hashOf = (block: number) => word<SlotId>(block + 1_000_000 * (block > 105 ? this.fork : 0)) as string;

  mine(blocks = 1): void {
    for (let block = 0; block < blocks; block++) this.#past.set(this.number++, this.#now);
  }

  /** What the account held at the end of a block. */
  balancesAt(block: number): BalancesAt {
    return block >= this.number ? this.#now : (this.#past.get(block) ?? this.#first);
  }

  get #now(): BalancesAt {
    return { tokens: this.tokens, gas: this.gas, transactions: this.nonce };
  }

  transfer(transactionHash: string, amount: bigint, counterparty: Address = marketplace): TokenTransfer {
    const transfer = { transactionHash, blockNumber: this.number, counterparty, amount };
    this.tokens += amount;
    this.transfers.push(transfer);
    this.#toTell = { ...this.#toTell, added: [...this.#toTell.added, transfer] };
    return transfer;
  }

  takeBack(transfer: TokenTransfer): void {
    this.tokens -= transfer.amount;
    this.transfers.splice(this.transfers.indexOf(transfer), 1);
    this.#toTell = { ...this.#toTell, removed: [transfer, ...this.#toTell.removed] };
  }

  /** A record as the queue of transactions keeps it, mined in a block of its own. */
  transaction(
    n: number,
    purpose: StoredPurpose,
    gasCost = 7n,
    slot: SlotId | undefined = slotId,
  ): StoredTransaction {
    this.mine();
    this.gas -= gasCost;
    this.nonce++;
    const record: StoredTransaction = {
      id: hash(n),
      nonce: n,
      purpose,
      slotId: slot,
      storedAtMs: 0,
      state: 'mined',
      versions: [
        {
          hash: hash(n),
          kind: 'call',
          to: marketplace,
          gasLimit: 1n,
          maxFeePerGas: 1n,
          maxPriorityFeePerGas: 1n,
        },
      ],
      inclusion: {
        hash: hash(n),
        blockNumber: this.number,
        blockHash: this.hashOf(this.number) as `0x${string}`,
        minedAt: this.timeOf(this.number),
        gasUsed: 1n,
        gasCost,
        tokensReceived: 0n,
      },
      isSettled: false,
    };
    this.records.set(record.id, record);
    return record;
  }

  told(): TransferChange {
    const told = this.#toTell;
    this.#toTell = { removed: [], added: [] };
    return told;
  }
}

/** Accounts over a database and a chain that outlive them: closing and opening again is a restart. */
export class AccountWorld {
  readonly chain = new AccountChain();
  readonly database = new MemoryDatabase();
  readonly clock = new FakeClock();
  sales: SaleInfo[] = [];
  history: SaleInfo[] = [];
  onEvent = new Emitter<SalesEvent>();
  onMarket = new Emitter<MarketEvent>();
  accounts!: Accounts;
  /** Blocks that the server does not know. */
  readonly forgotten = new Set<number>();
  /** Blocks that the server was asked for. */
  readonly asked: (number | 'latest')[] = [];
  nowMs = 0;
  /** How often something was waited for, and what happens meanwhile. */
  waits = 0;
  onWait = (): void => {};
  /** How often the follower was asked to look soon. */
  hints = 0;
  #own = new Emitter<StoredTransaction>();
  #changes = new Emitter<TransferChange>();
  #cursors!: CursorStore;

  /** `early` happens before the accounts read what they hold. */
  async start({ early }: { early?: () => Promise<void> } = {}): Promise<Accounts> {
    const { chain, database, clock } = this;
    this.onEvent = new Emitter();
    this.onMarket = new Emitter();
    this.#own = new Emitter();
    this.#changes = new Emitter();
    let isFollowing = () => {};
    const following = new Promise<void>((resolve) => (isFollowing = resolve));
    this.accounts = new Accounts(
      { database, logger: silentLogger },
      { chainId: 1, marketplace, account: me },
      { sleep: (ms, signal) => this.#sleep(ms, signal), nowMs: () => this.nowMs },
    );
    const head = () => ({
      number: chain.number,
      hash: chain.hashOf(chain.number),
      timestamp: chain.timeOf(chain.number),
    });
    this.accounts.start({
      clock,
      sales: { list: () => this.sales, history: async () => this.history, onEvent: this.onEvent },
      market: {
        payers: [marketplace],
        subscribe: (listener) => this.onMarket.subscribe(listener),
        ownTransaction: (of) => chain.records.get(of),
        ownTransactions: () => chain.records.values(),
        onOwnTransaction: (listener) => this.#own.subscribe(listener),
        block: async (number) => {
          this.asked.push(number);
          return number === 'latest'
            ? head()
            : this.forgotten.has(number) || number > chain.number
              ? undefined
              : { number, hash: chain.hashOf(number), timestamp: chain.timeOf(number) };
        },
        balancesAt: async (block) => chain.balancesAt(block),
        tokenMovesBy: async () => [],
        callOf: async () => undefined,
        transfers: (cursors) => {
          this.#cursors = cursors;
          return {
            changes: this.#changes,
            start: async () => isFollowing(),
            stop: async () => {},
            hint: () => void this.hints++,
            catchUp: async () => {
              await this.follow();
              return head();
            },
          } as never;
        },
      },
    });
    await early?.();
    this.accounts.follow();
    await following;
    await settledTurns();
    return this.accounts;
  }

  /** The follower reads: tells, then saves how far it is; what cannot be saved is told of in the log alone. */
  async follow(change: TransferChange = this.chain.told()): Promise<void> {
    if (change.added.length + change.removed.length > 0) this.#changes.emit(change);
    const position = { floor: this.chain.number, points: [pointAt(this.chain)] };
    await this.#cursors.save({ position, told: [], forgotten: [] }).catch(() => {});
  }

  /** Where the follower goes on from. */
  position(): Promise<StoredPosition | undefined> {
    return this.#cursors.load();
  }

  /** As the queue of transactions writes its records down. */
  async note(...records: StoredTransaction[]): Promise<void> {
    for (const record of records) this.chain.records.set(record.id, record);
    const store = transactionStore(
      {
        database: this.database,
        logger: silentLogger,
        beside: (changed) => this.accounts.besideTransactions(changed),
      },
      { chainId: 1, account: me },
    );
    await store.save(records);
    for (const record of records) this.#own.emit(record);
  }

  async tell(event: SalesEvent): Promise<void> {
    this.onEvent.emit(event);
    await settledTurns();
  }

  /** What is short is over at once; what is long lasts until it is called off. */
  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (ms <= LONGEST_WAIT_MS) {
      this.waits++;
      this.onWait();
      return settledTurns();
    }
    await new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(abortError(signal)));
    });
  }

  kinds(): string[] {
    return this.accounts.lines().map(({ kind, amount }) => `${kind} ${amount}`);
  }
}

export async function settledTurns(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve();
}

const pointAt = (chain: AccountChain) => ({
  number: chain.number,
  hash: chain.hashOf(chain.number),
  timestamp: chain.timeOf(chain.number),
});

/** A sale that began before block 100 and was filled. */
export function aSale(changes: Partial<SaleInfo> = {}): SaleInfo {
  return {
    slotId,
    requestId,
    slotIndex: 3,
    state: 'proving',
    stateSince: 0,
    startedAt: 1_700_000_100,
    path: [],
    proofs: { sent: 0, missed: 0, failed: 0, late: 0, sentAt: [], missedAt: [] },
    gasCost: 0n,
    filledAt: 1_700_001_300,
    collateral: 400n,
    currentCollateral: 400n,
    ...changes,
  };
}
