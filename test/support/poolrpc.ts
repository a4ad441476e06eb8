import { keccak256, toQuantity, Transaction } from 'ethers';
import type { Rpc } from '../../src/main/engine/market/rpc.ts';
import { refused } from './scriptedrpc.ts';

/**
 * A chain with the transactions of one account: a pool that keeps one transaction a nonce and lets another take its place
 * only for more, blocks that take from it in the order of nonces, and forks. What a method does next can be laid down.
 */
export class PoolRpc implements Rpc {
  /** Those in the pool pay too little while the base fee of blocks is above their offer. */
  blockFee = 0n;
  /** Seconds that the next block comes after the one before. */
  blockSeconds = 1;
  /** How many of the newest blocks the server does not know yet. */
  lag = 0;
  readonly calls: string[] = [];
  readonly #pool = new Map<number, string>();
  #blocks: { hash: string; timestamp: number; raws: string[] }[] = [
    { hash: hashOf(0), timestamp: 1_700_000_000, raws: [] },
  ];
  readonly #planned = new Map<string, ((params: readonly unknown[]) => unknown)[]>();
  #hashes = 0;

  next(method: string, answer: (params: readonly unknown[]) => unknown): void {
    this.#planned.set(method, [...(this.#planned.get(method) ?? []), answer]);
  }

  /** Every transaction on the chain, in order. */
  get mined(): Transaction[] {
    return this.#blocks.flatMap(({ raws }) => raws.map((raw) => Transaction.from(raw)));
  }

  /** Nonces of transactions that wait to be mined. */
  get waiting(): number[] {
    const { length } = this.mined;
    return [...this.#pool.keys()].filter((nonce) => nonce >= length);
  }

  get now(): number {
    return this.#head.timestamp;
  }

  mine(): void {
    const raws: string[] = [];
    for (let nonce = this.mined.length; ; nonce++) {
      const raw = this.#pool.get(nonce);
      if (raw === undefined || (Transaction.from(raw).maxFeePerGas ?? 0n) < this.blockFee) break;
      raws.push(raw);
      this.#pool.delete(nonce);
    }
    this.#push(this.#head.timestamp + this.blockSeconds, raws);
  }

  /** The newest blocks are replaced by empty ones, and their transactions forgotten. */
  fork(depth: number): void {
    const gone = this.#blocks.slice(-depth);
    this.#blocks = this.#blocks.slice(0, -depth);
    for (const { timestamp } of gone) this.#push(timestamp, []);
  }

  /** As somebody else with the same key would send it. */
  offer(raw: string): void {
    this.#pool.set(Transaction.from(raw).nonce, raw);
  }

  async send(
    method: string,
    params: readonly unknown[],
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<unknown> {
    signal?.throwIfAborted();
    this.calls.push(method);
    const planned = this.#planned.get(method)?.shift();
    return planned ? planned(params) : this.answer(method, params);
  }

  answer(method: string, [first, second]: readonly unknown[]): unknown {
    switch (method) {
      case 'eth_estimateGas':
        return '0x186a0';
      case 'eth_maxPriorityFeePerGas':
        return '0x1';
      case 'eth_call':
        return '0x';
      case 'eth_getTransactionCount':
        return toQuantity(second === 'pending' ? this.#pending() : this.#count());
      case 'eth_getBlockByNumber':
        return this.#block(first === 'latest' ? this.#seen.length - 1 : Number(first));
      case 'eth_sendRawTransaction':
        return this.#take(String(first));
      case 'eth_getTransactionByHash':
        return [...this.#pool.values(), ...this.#seen.flatMap(({ raws }) => raws)].some(
          (raw) => keccak256(raw) === first,
        )
          ? { hash: first }
          : null;
      case 'eth_getTransactionReceipt':
        return this.#receipt(String(first));
      default:
        throw refused(`the method ${method} does not exist`);
    }
  }

  get #head() {
    const head = this.#blocks.at(-1);
    if (!head) throw new RangeError('A chain without a block');
    return head;
  }

  get #seen() {
    return this.#blocks.slice(0, Math.max(1, this.#blocks.length - this.lag));
  }

  #count(): number {
    return this.#seen.reduce((count, { raws }) => count + raws.length, 0);
  }

  #push(timestamp: number, raws: string[]): void {
    this.#blocks.push({ hash: hashOf(++this.#hashes), timestamp, raws });
  }

  #pending(): number {
    let nonce = this.#count();
    while (this.#pool.has(nonce)) nonce++;
    return nonce;
  }

  #take(raw: string): string {
    const { nonce, maxFeePerGas } = Transaction.from(raw);
    if (nonce < this.#count()) throw refused('nonce too low');
    const held = this.#pool.get(nonce);
    if (held === raw) throw refused('already known');
    const asked = held === undefined ? 0n : ((Transaction.from(held).maxFeePerGas ?? 0n) * 110n) / 100n;
    if ((maxFeePerGas ?? 0n) < asked) throw refused('replacement transaction underpriced');
    this.#pool.set(nonce, raw);
    return keccak256(raw);
  }

  #block(number: number): object | null {
    const block = this.#seen[number];
    return block
      ? {
          number: toQuantity(number),
          hash: block.hash,
          timestamp: toQuantity(block.timestamp),
          baseFeePerGas: '0x3b9aca00',
        }
      : null;
  }

  #receipt(hash: string): object | null {
    const number = this.#seen.findIndex(({ raws }) => raws.some((raw) => keccak256(raw) === hash));
    if (number < 0) return null;
    return {
      transactionHash: hash,
      status: '0x1',
      blockNumber: toQuantity(number),
      blockHash: this.#blocks[number]?.hash,
      gasUsed: '0xc350',
      effectiveGasPrice: '0x3b9aca01',
      logs: [],
    };
  }
}

const hashOf = (count: number) => `0x${count.toString(16).padStart(64, '0')}`;
