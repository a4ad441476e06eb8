import { keccak256, toUtf8Bytes } from 'ethers';
import { MarketError } from '../../src/main/engine/market/errors.ts';
import type { ChainLog, ChainReader, Head } from '../../src/main/engine/market/log-reader.ts';

/** A chain of blocks in memory that can be cut back and rebuilt, and a server before it that can misbehave. */
export class ScriptedChain implements ChainReader {
  /** The largest range the server takes. */
  maxSpan = Infinity;
  /** While set, nothing answers. */
  isDown = false;
  /** Blocks whose logs the server does not have yet, though it knows the block. */
  readonly lateBlocks = new Set<number>();
  /** Each log is sent as often as this. */
  copies = 1;
  /** The ranges asked for, refused ones too. */
  readonly asked: { from: number; to: number }[] = [];
  readonly #blocks: { head: Head; logs: ChainLog[] }[] = [];
  #forks = 0;

  constructor(blocks = 1) {
    this.mine(blocks);
  }

  get height(): number {
    return this.#blocks.length - 1;
  }

  /** Adds blocks, the last of them with that many logs. */
  mine(blocks = 1, logs = 0): void {
    for (let i = 1; i <= blocks; i++) {
      const number = this.#blocks.length;
      const head = { number, hash: hash(`${this.#forks}/${number}`), timestamp: 1_000 + number };
      this.#blocks.push({ head, logs: i === blocks ? logsOf(head, logs) : [] });
    }
  }

  /** Takes the newest blocks away; what is mined then is another fork. */
  cut(blocks: number): void {
    this.#blocks.splice(-blocks);
    this.#forks++;
  }

  /** Every log of the chain as it is now. */
  all(): ChainLog[] {
    return this.#blocks.flatMap(({ logs }) => logs);
  }

  async block(number: number | 'latest'): Promise<Head | undefined> {
    this.#answer();
    return this.#blocks[number === 'latest' ? this.height : number]?.head;
  }

  async logs({ from, to }: { from: number; to: number }): Promise<ChainLog[]> {
    this.#answer();
    this.asked.push({ from, to });
    if (to - from + 1 > this.maxSpan) throw new MarketError('RPC_REFUSED', { refusal: 'range too large' });
    const found = this.#blocks.slice(from, to + 1).flatMap(({ head, logs }) => {
      return this.lateBlocks.has(head.number) ? [] : logs;
    });
    return Array.from({ length: this.copies }, () => found)
      .flat()
      .reverse();
  }

  #answer(): void {
    if (this.isDown) throw new MarketError('CHAIN_UNREACHABLE', {});
  }
}

function logsOf({ number, hash: blockHash }: Head, count: number): ChainLog[] {
  return Array.from({ length: count }, (_, logIndex) => ({
    blockNumber: number,
    blockHash,
    transactionHash: hash(`${blockHash}/${logIndex}`),
    logIndex,
    topics: [],
    data: '0x',
  }));
}

const hash = (text: string) => keccak256(toUtf8Bytes(text));
