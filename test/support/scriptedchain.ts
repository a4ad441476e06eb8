import { createHash } from 'node:crypto';
import { MarketError } from '../../src/main/engine/market/errors.ts';
import type {
  BlockRange,
  ChainLog,
  ChainReader,
  Head,
  LogAnswer,
  LogOptions,
} from '../../src/main/engine/market/log-reader.ts';

/** A transaction: what its logs say. Mined again in another block it says the same, unless it tells the block's time. */
export interface ScriptedTransaction {
  readonly hash: string;
  readonly texts: readonly string[];
  readonly isTimed: boolean;
}

interface ScriptedBlock {
  readonly head: Head;
  readonly transactions: readonly ScriptedTransaction[];
  readonly logs: readonly ChainLog[];
}

/** A chain of blocks in memory that can be cut back and rebuilt, with servers before it that can misbehave. */
export class ScriptedChain implements ChainReader {
  readonly server = 'any';
  readonly servers = [new ScriptedServer(this, 'first')];
  /** Which server is asked next; tests lay it down. */
  choose = (): ScriptedServer => this.first;
  readonly #secondsPerBlock: number;
  #blocks: ScriptedBlock[] = [];
  #forks = 0;
  #transactions = 0;

  constructor(blocks = 1, { secondsPerBlock = 1 }: { secondsPerBlock?: number } = {}) {
    this.#secondsPerBlock = secondsPerBlock;
    this.mine(blocks);
  }

  get first(): ScriptedServer {
    const [first] = this.servers;
    if (!first) throw new Error('A chain without servers');
    return first;
  }

  get height(): number {
    return this.#blocks.length - 1;
  }

  get blocks(): readonly ScriptedBlock[] {
    return this.#blocks;
  }

  /** Adds blocks, the last of them with so many logs, each of a transaction of its own. */
  mine(blocks = 1, logs = 0): void {
    for (let i = 1; i < blocks; i++) this.add([]);
    this.add(Array.from({ length: blocks > 0 ? logs : 0 }, () => this.transaction()));
  }

  transaction({ texts = ['log'], isTimed = false } = {}): ScriptedTransaction {
    return { hash: hash(`transaction ${++this.#transactions}`), texts, isTimed };
  }

  /** Adds one block. */
  add(transactions: readonly ScriptedTransaction[]): void {
    const number = this.#blocks.length;
    const timestamp = 1_000_000 + Math.floor(number * this.#secondsPerBlock);
    const head = { number, hash: hash(`${this.#forks}/${number}`), timestamp };
    const logs = transactions
      .flatMap((transaction) => transaction.texts.map((text) => ({ transaction, text })))
      .map(({ transaction, text }, logIndex) => logOf(transaction, text, { head, logIndex }));
    this.#blocks.push({ head, transactions, logs });
  }

  /** Takes the newest blocks away; what is added then is another fork. Answers with what was in them. */
  cut(blocks: number): ScriptedTransaction[] {
    this.#forks++;
    const kept = this.#blocks.length - blocks;
    const cut = this.#blocks.slice(kept);
    // Servers that are stuck keep the list as it was.
    this.#blocks = this.#blocks.slice(0, kept);
    return cut.flatMap(({ transactions }) => transactions);
  }

  /** Every log of the chain as it is now. */
  all(): ChainLog[] {
    return this.#blocks.flatMap(({ logs }) => logs);
  }

  pinned(): ChainReader {
    return this.choose();
  }

  fault(): void {}

  block(number: number | 'latest'): Promise<Head | undefined> {
    return this.choose().block(number);
  }

  logs(range: BlockRange, options: LogOptions): Promise<LogAnswer> {
    return this.choose().logs(range, options);
  }
}

export class ScriptedServer implements ChainReader {
  readonly server: string;
  /** The largest range it takes. */
  maxSpan = Infinity;
  /** Longer lists are cut there, silently. */
  maxList = Infinity;
  /** While set, it does not answer. */
  isDown = false;
  /** While set, it does not list logs, be it that it throws this. */
  refusal: MarketError | undefined;
  /** How many of the newest blocks it lists no logs of, though it knows the blocks. */
  late = 0;
  /** How many of the newest blocks it does not have yet. */
  lag = 0;
  /** Each log is sent as often as this. */
  copies = 1;
  /** Entries of its lists that are no logs. */
  unreadable = 0;
  /** The order in which it lists logs. */
  order = (logs: ChainLog[]): ChainLog[] => logs.toReversed();
  /** Called at every question, before it is answered. */
  onAsk = (): void => {};
  /** The ranges asked for, refused ones too. */
  readonly asked: BlockRange[] = [];
  /** What turned out to be wrong with its answers. */
  readonly faults: string[] = [];
  /** How many blocks were asked for. */
  blockReads = 0;
  readonly #chain: ScriptedChain;
  #stuck: readonly ScriptedBlock[] | undefined;

  constructor(chain: ScriptedChain, server: string) {
    this.#chain = chain;
    this.server = server;
  }

  /** From now on it shows the chain as it is now. */
  stick(): void {
    this.#stuck = [...this.#chain.blocks];
  }

  /** It shows the chain as it is again. */
  loosen(): void {
    this.#stuck = undefined;
  }

  pinned(): ChainReader {
    return this;
  }

  fault(reason: string): void {
    this.faults.push(reason);
  }

  async block(number: number | 'latest'): Promise<Head | undefined> {
    this.#answer();
    this.blockReads++;
    const blocks = this.#blocks;
    return blocks[number === 'latest' ? blocks.length - 1 : number]?.head;
  }

  async logs({ from, to }: BlockRange, { isTolerant }: LogOptions): Promise<LogAnswer> {
    this.#answer();
    this.asked.push({ from, to });
    if (this.refusal) throw this.refusal;
    if (to - from + 1 > this.maxSpan) throw new MarketError('RPC_REFUSED', { refusal: 'range too large' });
    if (this.unreadable > 0 && !isTolerant) throw new MarketError('HOSTILE_VALUE', { what: 'logs' });
    const listed = this.#blocks.slice(0, Math.max(0, this.#blocks.length - this.late));
    const found = listed.slice(from, to + 1).flatMap(({ logs }) => logs);
    const cut = found.slice(0, this.maxList);
    const logs = this.order(Array.from({ length: this.copies }, () => cut).flat());
    return { logs, sent: logs.length + this.unreadable, unreadable: this.unreadable };
  }

  get #blocks(): readonly ScriptedBlock[] {
    const blocks = this.#stuck ?? this.#chain.blocks;
    return blocks.slice(0, Math.max(1, blocks.length - this.lag));
  }

  #answer(): void {
    this.onAsk();
    if (this.isDown) throw new MarketError('CHAIN_UNREACHABLE', {});
  }
}

function logOf(
  { hash: transactionHash, isTimed }: ScriptedTransaction,
  text: string,
  { head, logIndex }: { head: Head; logIndex: number },
): ChainLog {
  return {
    blockNumber: head.number,
    blockHash: head.hash,
    transactionHash,
    logIndex,
    topics: [],
    data: `0x${Buffer.from(isTimed ? `${text} at ${head.timestamp}` : text).toString('hex')}`,
  };
}

const hash = (text: string) => `0x${createHash('sha256').update(text).digest('hex')}`;
