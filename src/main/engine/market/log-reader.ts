import { z } from 'zod';
import type { Address } from '../contracts/ids.ts';
import { throwIfAborted } from '../lib/abort.ts';
import { isEngineError } from '../errors.ts';
import { MarketError } from './errors.ts';
import { hexBytes, parseAnswer, smallQuantity, type Rpc } from './rpc.ts';

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

/** What following a chain needs of it. */
export interface ChainReader {
  /** A block, by default the newest. Undefined when there is none with that number. */
  block(number: number | 'latest', options: { signal: AbortSignal }): Promise<Head | undefined>;
  /** The logs of the blocks from `from` to `to`, both included. A server may refuse ranges that it finds too large. */
  logs(range: { from: number; to: number }, options: { signal: AbortSignal }): Promise<ChainLog[]>;
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
  readonly #rpc: Rpc;
  readonly #address: Address;
  readonly #topics: readonly string[];

  /** `topics` are alternatives for a log's first topic. */
  constructor({ rpc, address, topics }: { rpc: Rpc; address: Address; topics: readonly string[] }) {
    this.#rpc = rpc;
    this.#address = address;
    this.#topics = topics;
  }

  async block(number: number | 'latest', { signal }: { signal: AbortSignal }): Promise<Head | undefined> {
    const tag = number === 'latest' ? number : hex(number);
    const answer = await this.#rpc.send('eth_getBlockByNumber', [tag, false], { signal });
    return parseAnswer(blockAnswer, answer, 'a block') ?? undefined;
  }

  async logs(
    { from, to }: { from: number; to: number },
    { signal }: { signal: AbortSignal },
  ): Promise<ChainLog[]> {
    const filter = { address: this.#address, topics: [this.#topics], fromBlock: hex(from), toBlock: hex(to) };
    const logs = parseAnswer(logsAnswer, await this.#rpc.send('eth_getLogs', [filter], { signal }), 'logs');
    return logs.filter((log) => !log.removed && log.address.toLowerCase() === this.#address);
  }
}

/**
 * Reads a range of blocks in pages whose size a server accepts: halved when it refuses, down to one block, and grown
 * again by half after each success.
 */
export class LogPager {
  readonly #chain: ChainReader;
  readonly #maxSpan: number;
  #span: number;

  constructor(chain: ChainReader, { maxSpan = 10_000 }: { maxSpan?: number } = {}) {
    this.#chain = chain;
    this.#maxSpan = maxSpan;
    this.#span = maxSpan;
  }

  /** Pages in order; each holds its logs in chain order. @throws what the chain throws for a single block */
  async *pages(
    range: { from: number; to: number },
    { signal }: { signal: AbortSignal },
  ): AsyncGenerator<LogPage> {
    for (let from = range.from; from <= range.to;) {
      throwIfAborted(signal);
      const to = Math.min(range.to, from + this.#span - 1);
      const logs = await this.#ask({ from, to }, signal);
      if (!logs) continue;
      yield { to, logs };
      from = to + 1;
    }
  }

  /** Undefined when the page was too large and is to be asked again, smaller. */
  async #ask(range: { from: number; to: number }, signal: AbortSignal): Promise<ChainLog[] | undefined> {
    try {
      const logs = await this.#chain.logs(range, { signal });
      this.#span = Math.min(this.#maxSpan, Math.ceil(this.#span * 1.5));
      return logs.sort(byPlace);
    } catch (error) {
      const asked = range.to - range.from + 1;
      // A server may also fall silent over a range that is too much for it: the next attempt is smaller as well.
      this.#span = Math.max(1, Math.floor(asked / 2));
      if (asked > 1 && isEngineError(error, 'RPC_REFUSED')) return undefined;
      throw error;
    }
  }
}

export interface LogPage {
  /** The last block it covers. */
  readonly to: number;
  readonly logs: readonly ChainLog[];
}

const byPlace = (a: ChainLog, b: ChainLog) => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex;
const hex = (value: number) => `0x${value.toString(16)}`;

const blockAnswer = z.object({ number: smallQuantity, hash: hexBytes, timestamp: smallQuantity }).nullable();

const logsAnswer = z.array(
  z.object({
    address: hexBytes,
    blockNumber: smallQuantity,
    blockHash: hexBytes,
    transactionHash: hexBytes,
    logIndex: smallQuantity,
    topics: z.array(hexBytes),
    data: hexBytes,
    removed: z.boolean().optional(),
  }),
);
