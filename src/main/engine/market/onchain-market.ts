import type { OnchainClock } from '../clock/onchain-clock.ts';
import type { Deployment } from '../contracts/deployment.ts';
import type { Address, RequestId, SlotId } from '../contracts/ids.ts';
import type { Groth16Proof } from '../contracts/proofs.ts';
import { Emitter } from '../lib/emitter.ts';
import { Tasks } from '../lib/tasks.ts';
import type { Logger } from '../logger.ts';
import { EventDecoder } from './events.ts';
import { Hosting, payersOf, type GasOutlook } from './hosting.ts';
import { LogFollower, type CursorStore } from './log-follower.ts';
import { blockAt, RpcChainReader, type ChainLog, type Head } from './log-reader.ts';
import type {
  Cancellable,
  Market,
  MarketEvent,
  OwnTransaction,
  SendOptions,
  Sent,
  StorageRequested,
} from './market.ts';
import { pastStorageRequests } from './past-requests.ts';
import { connect, type Connection } from './provider.ts';
import type { Signer } from './signer.ts';
import type { TransactionStore } from './transactions/book.ts';
import { Transactions, type TransactionsOptions } from './transactions/transactions.ts';
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
}

export interface ChainStatus {
  readonly reachable: boolean;
  /** The newest block seen. */
  readonly block: { readonly number: number; readonly timestamp: number };
}

/**
 * The marketplace on a chain. Reads and transactions work once connected; events come between `start` and `stop`. Calls
 * still under way when it is stopped reject.
 */
export class OnchainMarket extends MarketplaceViews implements Market {
  readonly #connection: Connection;
  readonly #deployment: Deployment;
  readonly #transactions: Transactions;
  readonly #hosting: Hosting;
  readonly #events: EventDecoder;
  readonly #follower: LogFollower;
  readonly #logger: Logger;
  readonly #listeners: Emitter<MarketEvent>;
  readonly #statusListeners: Emitter<ChainStatus>;
  readonly #tasks: Tasks;
  readonly #lifetime = new AbortController();
  #status: ChainStatus;

  /**
   * Reaches and checks the chain; afterwards `clock` knows its time.
   * @throws MarketError as `connect` of provider.ts, each with a message that says what to do
   */
  static async connect(
    modules: OnchainMarketModules,
    { signal, ...options }: OnchainMarketOptions & Cancellable,
  ): Promise<OnchainMarket> {
    const { signer } = modules;
    const connection = await connect(modules, { signal });
    try {
      const head = await blockAt(chainReader(connection, []), 'latest', signal);
      return new OnchainMarket(modules, { connection, signer, head }, options);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  private constructor(
    { deployment, clock, cursors, logger }: OnchainMarketModules,
    { connection, signer, head }: { connection: Connection; signer: Signer; head: Head },
    { pollMs = 3000, confirmations = 0 }: OnchainMarketOptions,
  ) {
    super(connection, signer.address);
    const onError = (error: unknown) => logger.error('A listener of the market failed', { error });
    this.#connection = connection;
    this.#deployment = deployment;
    this.#logger = logger;
    this.#listeners = new Emitter(onError);
    this.#statusListeners = new Emitter(onError);
    this.#tasks = new Tasks(onError);
    this.#events = new EventDecoder(deployment.abi);
    const { rpc, token } = connection;
    const { chainId } = deployment;
    this.#transactions = new Transactions(
      { rpc, signer, chainId, token, logger },
      { pollMs: Math.min(1000, pollMs) },
    );
    const chain = chainReader(connection, this.#events.topics);
    this.#follower = new LogFollower({ chain, cursors, logger }, { pollMs, confirmations });
    this.#follower.logs.subscribe((logs) => this.#tell(logs));
    this.#follower.blocks.subscribe((block) => {
      clock.sawBlock(block);
      this.#setStatus({ ...this.#status, block });
    });
    this.#follower.reachable.subscribe((reachable) => this.#setStatus({ ...this.#status, reachable }));
    this.#status = { reachable: true, block: head };
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

  pastStorageRequests(
    range: { from: number; to?: number },
    options: Cancellable,
  ): AsyncIterable<StorageRequested> {
    const events = this.#events;
    const chain = chainReader(this.#connection, [events.topicOf('StorageRequested')]);
    const { deployedAtBlock } = this.#deployment;
    return pastStorageRequests({ chain, events, deployedAtBlock, logger: this.#logger }, range, options);
  }

  reserveSlot(requestId: RequestId, slotIndex: number, options: Cancellable): Promise<Sent> {
    const reserve = this.#call('reserveSlot(bytes32,uint64)', [requestId, slotIndex]);
    return this.#send('reserve', slotIdOf(requestId, slotIndex), reserve, options);
  }

  async fillSlot(
    requestId: RequestId,
    slotIndex: number,
    proof: Groth16Proof,
    collateral: bigint,
    options: Cancellable,
  ): Promise<Sent> {
    const slotId = slotIdOf(requestId, slotIndex);
    const fill = this.#call('fillSlot', [requestId, slotIndex, proof]);
    const { approved, submitted } = await this.#approvals.run(async () => {
      const approved = await this.#send('approve', slotId, this.#approval(collateral), options);
      return { approved, submitted: await this.#transactions.submit(fill, options) };
    }, options);
    const filled = await this.#mined('fill', slotId, submitted, options);
    return { ...filled, gasCost: filled.gasCost + approved.gasCost };
  }

  freeSlot(id: SlotId, options: Cancellable): Promise<Sent> {
    return this.#send('free', id, this.#call('freeSlot(bytes32)', [id]), options);
  }

  submitProof(id: SlotId, proof: Groth16Proof, options: Cancellable): Promise<Sent> {
    return this.#send('prove', id, this.#call('submitProof', [id, proof]), options);
  }

  async transactionsOf(id: SlotId): Promise<readonly OwnTransaction[]> {
    return this.#own.of(id);
  }

  async #send(purpose: TransactionPurpose, slotId: SlotId, call: Call, options: Cancellable): Promise<Sent> {
    return this.#mined(purpose, slotId, await this.#transactions.submit(call, options), options);
  }

  /** Own transactions have events too; they are looked for as soon as it is mined. */
  async #mined(
    purpose: TransactionPurpose,
    slotId: SlotId,
    submitted: Submitted,
    options: Cancellable,
  ): Promise<Sent> {
    const mined = this.#transactions.mined(submitted, options);
    const sent = await this.#own.follow(purpose, slotId, submitted, mined);
    this.#tasks.track('poke', this.#follower.poke());
    return sent;
  }

  #call(signature: string, args: readonly unknown[]): Call {
    const { marketplace } = this.#connection;
    const name = signature.replace(/\(.*/, '');
    const data = marketplace.encode(signature, args);
    return { name, to: marketplace.address, data, headRoomPercent: headRoomPercents[name] ?? 0 };
  }

  /** Exactly what this fill may take: sums that were approved and not used would add up. */
  #approval(collateral: bigint): Call {
    const { token, marketplace } = this.#connection;
    const data = tokenInterface.encodeFunctionData('approve', [marketplace.address, collateral]);
    return { name: 'approve', to: token, data };
  }

  #tell(logs: readonly ChainLog[]): void {
    for (const log of logs) {
      const event = this.#events.tryDecode(log, this.#logger);
      if (event) this.#listeners.emit(event);
    }
  }

  #setStatus(status: ChainStatus): void {
    this.#status = status;
    this.#statusListeners.emit(status);
  }
}

/**
 * Gas above the estimate, by method: until it is mined, another's transaction may make ours the last fill, the one that
 * fills the reservations, or the one that fails the request. Source: marketplace.md §11.
 */
const headRoomPercents: Readonly<Record<string, number>> = { fillSlot: 10, reserveSlot: 25, freeSlot: 200 };

const tokenInterface = new Interface(tokenAbi);

function chainReader({ rpc, marketplace }: Connection, topics: readonly string[]): RpcChainReader {
  return new RpcChainReader({ rpc, address: marketplace.address, topics });
}
