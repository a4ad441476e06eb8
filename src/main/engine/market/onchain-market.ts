import type { OnchainClock } from '../clock/onchain-clock.ts';
import type { Deployment } from '../contracts/deployment.ts';
import type { Address, RequestId, SlotId } from '../contracts/ids.ts';
import type { Groth16Proof } from '../contracts/proofs.ts';
import type { StoredTransaction } from '../contracts/storedtransaction.ts';
import { abortScope } from '../lib/abort.ts';
import { Emitter } from '../lib/emitter.ts';
import { Tasks } from '../lib/tasks.ts';
import type { Logger } from '../logger.ts';
import { EventDecoder } from './events.ts';
import { Hosting, payersOf, type GasOutlook } from './hosting.ts';
import type { LogChange } from './log-changes.ts';
import { LogFollower } from './log-follower.ts';
import { blockAt, RpcChainReader, type ChainLog, type Head } from './log-reader.ts';
import type { CursorStore } from './log-tail.ts';
import type {
  Cancellable,
  ChainEvent,
  Market,
  MarketEvent,
  OwnTransaction,
  PastOptions,
  SendOptions,
  Sent,
  StorageRequested,
} from './market.ts';
import { pastEvents, type PastRange } from './past-events.ts';
import { connect, type Connection } from './provider.ts';
import type { ServerStatus } from './servers/health.ts';
import type { ServersOptions } from './servers/open.ts';
import type { Signer } from './signer.ts';
import type { TransactionStore } from './transactions/book.ts';
import { Transactions, type TransactionsOptions } from './transactions/transactions.ts';
import { callOf, tokenMovesBy, Transfers, type TokenMove } from './transfers.ts';
import { MarketplaceViews } from './views.ts';

export interface OnchainMarketModules {
  rpcUrls: readonly string[];
  deployment: Deployment;
  /** Signs for the account that fills slots and is paid. */
  signer: Signer;
  /** Is told of every block. */
  clock: OnchainClock;
  cursors: CursorStore;
  /** Where the transactions of an account on the chain are kept. */
  transactions: (account: Address) => TransactionStore;
  logger: Logger;
}

export interface OnchainMarketOptions {
  /** Between two looks at the chain. */
  pollMs?: number;
  /** Blocks behind the head whose events are not yet told. */
  confirmations?: number;
  /** How transactions are paid for, waited for and followed. */
  sending?: TransactionsOptions;
  servers?: ServersOptions;
}

export interface ChainStatus {
  readonly reachable: boolean;
  /** The newest block seen. */
  readonly block: { readonly number: number; readonly timestamp: number };
  /** How well each server of the chain serves, in the order of preference. */
  readonly servers: readonly ServerStatus[];
}

/**
 * The marketplace on a chain. Reads and transactions work once connected; events come between `start` and `stop`. Calls
 * still under way when it is stopped reject.
 */
export class OnchainMarket extends MarketplaceViews implements Market {
  readonly #connection: Connection;
  readonly #deployment: Deployment;
  readonly #payers: readonly Address[];
  readonly #transactions: Transactions;
  readonly #hosting: Hosting;
  readonly #events: EventDecoder;
  readonly #follower: LogFollower;
  readonly #logger: Logger;
  readonly #listeners: Emitter<MarketEvent>;
  readonly #statusListeners: Emitter<ChainStatus>;
  readonly #tasks: Tasks;
  readonly #lifetime = abortScope();
  #status: ChainStatus;

  /**
   * Reaches and checks the chain; afterwards `clock` knows its time.
   * @throws MarketError as `connect` of provider.ts, each with a message that says what to do
   */
  static async connect(
    modules: OnchainMarketModules,
    { signal, servers = {}, ...options }: OnchainMarketOptions & Cancellable,
  ): Promise<OnchainMarket> {
    const { signer } = modules;
    const connection = await connect(modules, { signal, servers });
    try {
      const head = await blockAt(chainReader(connection, []), 'latest', signal);
      const payers = await payersOf(connection, { signal });
      const market = new OnchainMarket(modules, { connection, signer, head, payers }, options);
      await market.#transactions.recover();
      return market;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  private constructor(
    { deployment, clock, cursors, transactions, logger }: OnchainMarketModules,
    { connection, signer, head, payers }: Reached,
    { pollMs = 3000, confirmations = 0, sending = {} }: OnchainMarketOptions,
  ) {
    super(connection, signer.address);
    const onError = (error: unknown) => logger.error('A listener of the market failed', { error });
    this.#connection = connection;
    this.#deployment = deployment;
    this.#payers = payers;
    this.#logger = logger;
    this.#listeners = new Emitter(onError);
    this.#statusListeners = new Emitter(onError);
    this.#tasks = new Tasks(onError);
    this.#events = new EventDecoder(deployment.abi);
    const { rpc, token } = connection;
    const { chainId } = deployment;
    const store = transactions(signer.address);
    this.#transactions = new Transactions(
      { rpc, signer, chainId, token, payers, clock, store, logger },
      { pollMs: Math.min(1000, pollMs), ...sending },
    );
    this.#hosting = new Hosting({ connection, transactions: this.#transactions, views: this, clock });
    const chain = chainReader(connection, this.#events.topics);
    const { deployedAtBlock } = deployment;
    const lookBackSeconds = connection.config.requestDurationLimitSeconds;
    this.#follower = new LogFollower(
      { chain, cursors, logger },
      { pollMs, confirmations, deployedAtBlock, lookBackSeconds },
    );
    this.#follower.logs.subscribe((change) => this.#tell(change));
    connection.rpc.onHead(() => this.#follower.hint());
    this.#follower.blocks.subscribe((block) => {
      clock.sawBlock(block);
      this.#setStatus({ ...this.#status, block, servers: connection.servers() });
    });
    this.#follower.reachable.subscribe((reachable) => this.#setStatus({ ...this.#status, reachable }));
    connection.onServers((servers) => this.#setStatus({ ...this.#status, servers }));
    this.#status = { reachable: true, block: head, servers: connection.servers() };
    clock.sawBlock(head);
  }

  get status(): ChainStatus {
    return this.#status;
  }

  /** From when it resolves on every event is told. @throws MarketError when the chain does not answer */
  async start(): Promise<void> {
    await this.#follower.start({ signal: this.#lifetime.signal });
  }

  /** Afterwards nothing runs and no connection is open; it cannot be started again. */
  async stop(): Promise<void> {
    this.#lifetime.abort();
    this.#connection.close();
    await this.#transactions.stop();
    await this.#follower.stop();
    await this.#tasks.settle();
  }

  /** Tells whether the chain answers, and each new block. Returns the unsubscribe. */
  onStatus(listener: (status: ChainStatus) => void): () => void {
    return this.#statusListeners.subscribe(listener);
  }

  /** Looks for events at once; resolves when that is done. */
  async poke(): Promise<void> {
    await this.#follower.poke();
  }

  subscribe(listener: (event: MarketEvent) => void): () => void {
    return this.#listeners.subscribe(listener);
  }

  async *pastStorageRequests(
    range: { from: number; to?: number },
    options: PastOptions,
  ): AsyncIterable<StorageRequested> {
    for await (const event of this.pastEvents(['StorageRequested'], range, options)) {
      if (event.name === 'StorageRequested') yield event;
    }
  }

  /** Events of these names between two times or blocks, as `pastEvents` of past-events.ts. */
  pastEvents(
    names: readonly ChainEvent['name'][],
    range: PastRange,
    options: PastOptions,
  ): AsyncIterable<ChainEvent> {
    const events = this.#events;
    const chain = chainReader(this.#connection, events.topicsOf(names));
    const { deployedAtBlock } = this.#deployment;
    return pastEvents({ chain, events, deployedAtBlock, logger: this.#logger }, range, options);
  }

  reserveSlot(requestId: RequestId, slotIndex: number, options: SendOptions): Promise<Sent> {
    return this.#mined(this.#hosting.reserve(requestId, slotIndex, options));
  }

  fillSlot(
    requestId: RequestId,
    slotIndex: number,
    proof: Groth16Proof,
    collateral: bigint,
    options: SendOptions,
  ): Promise<Sent> {
    return this.#mined(this.#hosting.fill(requestId, slotIndex, proof, collateral, options));
  }

  freeSlot(id: SlotId, options: Cancellable): Promise<Sent> {
    return this.#mined(this.#hosting.free(id, options));
  }

  submitProof(id: SlotId, proof: Groth16Proof, options: SendOptions): Promise<Sent> {
    return this.#mined(this.#hosting.prove(id, proof, options));
  }

  async transactionsOf(id: SlotId): Promise<readonly OwnTransaction[]> {
    return this.#hosting.of(id);
  }

  /** Whose transfers to the account are a sale's. */
  get payers(): readonly Address[] {
    return this.#payers;
  }

  /** A block, by default the newest; undefined when there is none with that number. */
  async block(number: number | 'latest', { signal }: Cancellable): Promise<Head | undefined> {
    return chainReader(this.#connection, []).block(number, { signal });
  }

  /** What the signer sent with this hash, in this run or an earlier one. */
  ownTransaction(hash: string): StoredTransaction | undefined {
    return this.#transactions.book.withHash(hash);
  }

  /** Those of which a record is kept. */
  ownTransactions(): Iterable<StoredTransaction> {
    return this.#transactions.book.all();
  }

  /** Told of each transaction of the signer's that changed. Returns the unsubscribe. */
  onOwnTransaction(listener: (record: StoredTransaction) => void): () => void {
    return this.#transactions.book.changes.subscribe(listener);
  }

  /** The tokens that some moved in the newest blocks, oldest first; fewer where the server refuses so many blocks. */
  tokenMovesBy(
    from: readonly Address[],
    { blocks, signal }: Cancellable & { blocks: number },
  ): Promise<readonly TokenMove[]> {
    return tokenMovesBy(this.#connection, from, { blocks, signal });
  }

  /** What a transaction calls, as hex; undefined when the server does not know it. */
  callOf(hash: string, options: Cancellable): Promise<string | undefined> {
    return callOf(this.#connection.rpc, hash, options);
  }

  /** Follows the signer's tokens; whoever makes it starts and stops it. */
  transfers(cursors: CursorStore): Transfers {
    const { rpc, token } = this.#connection;
    return new Transfers({ rpc, token, account: this.signer, cursors, logger: this.#logger });
  }

  /** What the account's gas is good for. */
  gasOutlook(options: Cancellable): Promise<GasOutlook> {
    return this.#hosting.gasOutlook(options);
  }

  /** Own transactions have events too; they are looked for as soon as it is mined. */
  async #mined(transaction: Promise<Sent>): Promise<Sent> {
    const sent = await transaction;
    this.#tasks.track('poke', this.#follower.poke());
    return sent;
  }

  #tell({ removed, added }: LogChange): void {
    for (const event of this.#eventsOf(removed)) {
      const { blockNumber, logIndex, transactionHash } = event;
      if (event.name === 'StorageRequested') this.forget(event.requestId);
      this.#listeners.emit({ name: 'TakenBack', event, blockNumber, logIndex, transactionHash });
    }
    for (const event of this.#eventsOf(added)) this.#listeners.emit(event);
  }

  #eventsOf(logs: readonly ChainLog[]): ChainEvent[] {
    return logs.flatMap((log) => this.#events.tryDecode(log, this.#logger) ?? []);
  }

  #setStatus(status: ChainStatus): void {
    this.#status = status;
    this.#statusListeners.emit(status);
  }
}

interface Reached {
  readonly connection: Connection;
  readonly signer: Signer;
  readonly head: Head;
  readonly payers: readonly Address[];
}

function chainReader({ rpc, marketplace }: Connection, topics: readonly string[]): RpcChainReader {
  return new RpcChainReader(rpc, { address: marketplace.address, topics });
}
