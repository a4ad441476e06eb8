import { keccak256, toQuantity, Transaction } from 'ethers';
import { MarketError } from '../../src/main/engine/market/errors.ts';
import type { Rpc } from '../../src/main/engine/market/rpc.ts';

/**
 * A server and its chain for one account's transactions: it checks nonces, holds what it took in a pool, and mines when
 * told. What a method answers next can be laid down by hand.
 */
export class ScriptedRpc implements Rpc {
  /** Every transaction that was taken, in order. */
  readonly taken: Transaction[] = [];
  readonly calls: { readonly method: string; readonly params: readonly unknown[] }[] = [];
  readonly #planned = new Map<string, (() => unknown)[]>();
  /** What every receipt holds from now on. */
  logs: readonly object[] = [];
  readonly #minedByHash = new Map<string, { status: number; block: number }>();
  #block = 100;

  /** The next call of the method does this instead; it may throw. */
  next(method: string, answer: () => unknown): void {
    this.#planned.set(method, [...(this.#planned.get(method) ?? []), answer]);
  }

  /** Mines all that was taken. */
  mine({ status = 1 }: { status?: number } = {}): void {
    this.#block++;
    for (const { hash } of this.taken) {
      if (hash && !this.#minedByHash.has(hash)) this.#minedByHash.set(hash, { status, block: this.#block });
    }
  }

  take(raw: string): string {
    const transaction = Transaction.from(raw);
    if (this.#find(keccak256(raw))) throw refused('already known');
    if (transaction.nonce < this.taken.length) throw refused('nonce too low');
    this.taken.push(transaction);
    return keccak256(raw);
  }

  async send(
    method: string,
    params: readonly unknown[],
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<unknown> {
    signal?.throwIfAborted();
    this.calls.push({ method, params });
    const planned = this.#planned.get(method)?.shift();
    return planned ? planned() : this.#answer(method, params);
  }

  #answer(method: string, [first]: readonly unknown[]): unknown {
    switch (method) {
      case 'eth_estimateGas':
        return '0x186a0';
      case 'eth_getTransactionCount':
        return `0x${this.taken.length.toString(16)}`;
      case 'eth_getBlockByNumber':
        return {
          baseFeePerGas: '0x3b9aca00',
          timestamp: toQuantity(1_700_000_000 + (first === 'latest' ? this.#block : Number(first))),
        };
      case 'eth_maxPriorityFeePerGas':
        return '0x1';
      case 'eth_sendRawTransaction':
        return this.take(String(first));
      case 'eth_getTransactionByHash':
        return this.#find(String(first)) ?? null;
      case 'eth_getTransactionReceipt':
        return this.#receipt(String(first));
      default:
        throw refused(`the method ${method} does not exist`);
    }
  }

  #find(hash: string): Transaction | undefined {
    return this.taken.find((transaction) => transaction.hash === hash);
  }

  #receipt(transactionHash: string): object | null {
    const mined = this.#minedByHash.get(transactionHash);
    if (!mined) return null;
    return {
      transactionHash,
      status: `0x${mined.status}`,
      blockNumber: `0x${mined.block.toString(16)}`,
      gasUsed: '0xc350',
      effectiveGasPrice: '0x3b9aca01',
      logs: this.logs,
    };
  }
}

export const refused = (refusal: string) => new MarketError('RPC_REFUSED', { refusal });
export const unreachable = () => new MarketError('CHAIN_UNREACHABLE', {});
