import { toQuantity, Transaction } from 'ethers';
import type { Random } from '../simulation/random.ts';
import type { TestChain } from '../practicechain.ts';

/** How a reorganisation treats the transactions of the blocks it replaces. */
export interface Fork {
  /** Blocks replaced, counted from the head. */
  readonly depth: number;
  /** Of each account's transactions, in their order, the share that stands in the new blocks, if perhaps in others. */
  readonly kept: number;
  /** Whether those left out are back in the mempool, as honest nodes see to; else only their senders can bring them back. */
  readonly isPoolHonest: boolean;
}

/** A chain that mines when told and can replace its newest blocks by others. */
export class ForkingChain {
  readonly #chain: TestChain;

  constructor(chain: TestChain) {
    this.#chain = chain;
  }

  /** One block with what waits in the mempool, so many seconds after the one before. */
  async mine(seconds = 1): Promise<void> {
    await this.#send('evm_setNextBlockTimestamp', toQuantity((await this.#chain.now()) + seconds));
    await this.#send('evm_mine');
  }

  /** Replaces the newest blocks. What an account sent after one that was left out cannot stand without it. */
  async fork({ depth, kept, isPoolHonest }: Fork, random: Random): Promise<void> {
    const inBlocks = await this.#rawTransactions(depth);
    const cutOff = new Set<string>();
    const staying: [raw: string, block: number][] = [];
    const leaving: string[] = [];
    let block = 0;
    for (const { raw, from } of inBlocks) {
      if (cutOff.has(from) || !random.chance(kept)) {
        cutOff.add(from);
        leaving.push(raw);
      } else {
        block = random.int(block, depth - 1);
        staying.push([raw, block]);
      }
    }
    await this.#send('anvil_reorg', depth, staying);
    if (isPoolHonest) for (const raw of leaving) await this.offer(raw);
  }

  /** Puts a transaction into the mempool; one that the chain will not have is none of ours to mind. */
  async offer(raw: string): Promise<void> {
    await this.#send('eth_sendRawTransaction', raw).catch(() => {});
  }

  async #rawTransactions(depth: number): Promise<{ raw: string; from: string }[]> {
    const head = await this.#chain.provider.getBlockNumber();
    const found: { raw: string; from: string }[] = [];
    for (let number = head - depth + 1; number <= head; number++) {
      const { transactions } = (await this.#send('eth_getBlockByNumber', toQuantity(number), false)) as {
        transactions: string[];
      };
      for (const hash of transactions) {
        const raw = String(await this.#send('eth_getRawTransactionByHash', hash));
        found.push({ raw, from: Transaction.from(raw).from ?? '' });
      }
    }
    return found;
  }

  #send(method: string, ...params: unknown[]): Promise<unknown> {
    return this.#chain.provider.send(method, params);
  }
}
