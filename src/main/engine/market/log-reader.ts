import { z } from 'zod';
import type { Address } from '../contracts/ids.ts';
import { MarketError } from './errors.ts';
import { hexBytes, parseAnswer, smallQuantity, type Rpc, type ServerRpc, type Servers } from './rpc.ts';

export interface Head {
  readonly number: number;
  readonly hash: string;
  /** Unix seconds. */
  readonly timestamp: number;
}

export interface ChainLog {
  readonly blockNumber: number;
  readonly blockHash: string;
  readonly transactionHash: string;
  readonly logIndex: number;
  readonly topics: readonly string[];
  readonly data: string;
}

export interface LogAnswer {
  readonly logs: readonly ChainLog[];
  /** How many entries the server sent: one that cuts its lists sends a round number of them. */
  readonly sent: number;
  /** How many of them are no logs of that range; of none unless it was asked to be tolerant. */
  readonly unreadable: number;
}

export interface BlockRange {
  readonly from: number;
  readonly to: number;
}

export interface LogOptions {
  /** Takes what can be read of a list, instead of throwing for what cannot. */
  isTolerant?: boolean | undefined;
  signal: AbortSignal;
}

/** What following a chain needs of it. */
export interface ChainReader {
  /** Which server answers, for what is remembered of each. */
  readonly server: string;
  /**
   * The same chain, asked of one server only, so that its answers fit together: one that knows a block has the logs up to
   * it. After a fault the next one may be another.
   */
  pinned(): ChainReader;
  /** What it answered turned out to be wrong later: after that another one is asked, if there is one. */
  fault(reason: string): void;
  /** A block, by default the newest. Undefined when there is none with that number. */
  block(number: number | 'latest', options: { signal: AbortSignal }): Promise<Head | undefined>;
  /**
   * The logs of the blocks from `from` to `to`, both included. A server may refuse ranges that it finds too large.
   * @throws MarketError as `Rpc`; HOSTILE_VALUE when there is among them what is no log
   */
  logs(range: BlockRange, options: LogOptions): Promise<LogAnswer>;
}

/** @throws MarketError CHAIN_UNREACHABLE when the server has no such block, as one that lags or has forgotten it */
export async function blockAt(
  chain: ChainReader,
  number: number | 'latest',
  signal: AbortSignal,
): Promise<Head> {
  const block = await chain.block(number, { signal });
  if (block) return block;
  throw new MarketError(
    'CHAIN_UNREACHABLE',
    { block: number },
    { message: `The server has no block ${number}` },
  );
}

/** Reads blocks and one contract's logs over JSON-RPC, without filters, which servers forget. */
export class RpcChainReader implements ChainReader {
  readonly server: string;
  readonly #rpc: LogRpc;
  readonly #filter: LogFilter;

  constructor(rpc: LogRpc, filter: LogFilter) {
    this.server = rpc.server ?? '';
    this.#rpc = rpc;
    this.#filter = filter;
  }

  pinned(): ChainReader {
    return this.#rpc.pinned ? new RpcChainReader(this.#rpc.pinned(), this.#filter) : this;
  }

  fault(reason: string): void {
    this.#rpc.fault?.(reason);
  }

  async block(number: number | 'latest', { signal }: { signal: AbortSignal }): Promise<Head | undefined> {
    const tag = number === 'latest' ? number : hex(number);
    const check = (answer: unknown) => void parseBlock(answer, number);
    return parseBlock(await this.#rpc.send('eth_getBlockByNumber', [tag, false], { signal, check }), number);
  }

  async logs(range: BlockRange, { isTolerant = false, signal }: LogOptions): Promise<LogAnswer> {
    const { topics, parties, from: senders } = this.#filter;
    // To a server an empty list of alternatives means any.
    if (topics.length === 0) return { logs: [], sent: 0, unreadable: 0 };
    if (parties === undefined)
      return this.#logs(senders ? [topics, senders] : [topics], range, { isTolerant, signal });
    const options = { isTolerant, signal };
    const from = await this.#logs([topics, parties], range, options);
    return merged(from, await this.#logs([topics, null, parties], range, options));
  }

  async #logs(
    topics: readonly unknown[],
    range: BlockRange,
    { isTolerant = false, signal }: LogOptions,
  ): Promise<LogAnswer> {
    const { address } = this.#filter;
    const asked = { address, topics, fromBlock: hex(range.from), toBlock: hex(range.to) };
    let parsed: LogAnswer | undefined;
    const check = (answer: unknown) => {
      parsed = parseLogs(answer, range, address);
      if (parsed.unreadable > 0 && !isTolerant) throw noLogs(parsed.unreadable);
    };
    const answer = await this.#rpc.send('eth_getLogs', [asked], { signal, check });
    if (!parsed) check(answer);
    return parsed ?? parseLogs(answer, range, address);
  }
}

/** One server, or several of which one can be asked. */
type LogRpc = Rpc & Partial<Pick<ServerRpc, 'server' | 'fault'> & Pick<Servers, 'pinned'>>;

export interface LogFilter {
  readonly address: Address;
  /** Alternatives for a log's first topic. */
  readonly topics: readonly string[];
  /** What its second or its third topic must be, in lower case: asked for one after the other. */
  readonly parties?: string;
  /** Alternatives for its second topic. */
  readonly from?: readonly string[];
}

/** A log that both have stands once. */
function merged(first: LogAnswer, second: LogAnswer): LogAnswer {
  const placeOf = ({ blockHash, logIndex }: ChainLog) => `${blockHash}/${logIndex}`;
  const known = new Set(first.logs.map(placeOf));
  return {
    logs: [...first.logs, ...second.logs.filter((log) => !known.has(placeOf(log)))],
    sent: Math.max(first.sent, second.sent),
    unreadable: first.unreadable + second.unreadable,
  };
}

function parseBlock(answer: unknown, asked: number | 'latest'): Head | undefined {
  const block = parseAnswer(blockAnswer, answer, 'a block') ?? undefined;
  if (!block || asked === 'latest' || block.number === asked) return block;
  const details = { asked, answered: block.number };
  throw new MarketError('HOSTILE_VALUE', details, { message: 'The server answered with another block' });
}

function parseLogs(answer: unknown, { from, to }: BlockRange, address: Address): LogAnswer {
  const entries = parseAnswer(z.array(z.unknown()), answer, 'logs');
  const logs: ChainLog[] = [];
  let unreadable = 0;
  for (const entry of entries) {
    const parsed = logEntry.safeParse(entry);
    if (parsed.success && (parsed.data.removed || parsed.data.address.toLowerCase() !== address)) continue;
    const log = parsed.data && logOf(parsed.data);
    if (log && log.blockNumber >= from && log.blockNumber <= to) logs.push(log);
    else unreadable++;
  }
  return { logs, sent: entries.length, unreadable };
}

function noLogs(unreadable: number): MarketError {
  return new MarketError(
    'HOSTILE_VALUE',
    { what: 'logs', unreadable },
    { message: 'The server listed what is no log of the range' },
  );
}

const hex = (value: number) => `0x${value.toString(16)}`;

const hashText = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/)
  .toLowerCase();

const blockAnswer = z.object({ number: smallQuantity, hash: hashText, timestamp: smallQuantity }).nullable();

function logOf(entry: z.output<typeof logEntry>): ChainLog {
  const { blockNumber, blockHash, transactionHash, logIndex, topics, data } = entry;
  return { blockNumber, blockHash, transactionHash, logIndex, topics, data };
}

const logEntry = z.object({
  address: hexBytes,
  blockNumber: smallQuantity,
  blockHash: hashText,
  transactionHash: hashText,
  logIndex: smallQuantity,
  topics: z.array(hexBytes),
  data: hexBytes,
  removed: z.boolean().nullish(),
});
