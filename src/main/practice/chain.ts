import { setTimeout as sleep } from 'node:timers/promises';
import { FetchRequest, getBytes, JsonRpcProvider, Network, toQuantity } from 'ethers';
import { z } from 'zod';
import { untilAborted } from '../engine/lib/abort.ts';
import { Emitter } from '../engine/lib/emitter.ts';
import { PRACTICE_CHAIN_ID } from './chainid.ts';
import { PracticeError } from './errors.ts';

export interface Head {
  readonly number: number;
  /** Unix seconds. */
  readonly timestamp: number;
}

/** The practice chain as its owner sees it: it alone says when a block comes, and with what time. */
export class Chain {
  readonly provider: JsonRpcProvider;
  readonly onBlock = new Emitter<Head>();
  #head: Head;

  private constructor(provider: JsonRpcProvider, head: Head) {
    this.provider = provider;
    this.#head = head;
  }

  /** @throws PracticeError CHAIN_FAILED when it does not answer */
  static async connect(rpcUrl: string): Promise<Chain> {
    const request = new FetchRequest(rpcUrl);
    request.timeout = 20_000;
    const provider = new JsonRpcProvider(request, PRACTICE_CHAIN_ID, {
      staticNetwork: Network.from(PRACTICE_CHAIN_ID),
      cacheTimeout: -1,
      batchMaxCount: 1,
    });
    try {
      return new Chain(provider, await readHead(provider));
    } catch (error) {
      provider.destroy();
      throw new PracticeError('CHAIN_FAILED', 'The practice chain does not answer.', {}, error);
    }
  }

  get head(): Head {
    return this.#head;
  }

  /** Mines one block with this time; it holds the transactions that wait. Anvil's clock goes on from there. */
  async mine(timestamp: number): Promise<void> {
    await this.provider.send('evm_mine', [{ timestamp }]);
    await this.refresh();
  }

  /** Mines many empty blocks at once, one second apart. */
  async mineMany(blocks: number): Promise<void> {
    await this.provider.send('anvil_mine', [toQuantity(blocks), toQuantity(1)]);
    await this.refresh();
  }

  /** Keeps the time that pending calls see at the head's, until the next block. */
  async freeze(): Promise<void> {
    await this.provider.send('evm_setNextBlockTimestamp', [toQuantity(this.#head.timestamp)]);
  }

  /** Mines blocks one second apart, as fast as it goes, until `work` has settled: for setting up, without waiting. */
  async whileMining<T>(work: () => Promise<T>): Promise<T> {
    let isSettled = false;
    const result = work().finally(() => (isSettled = true));
    // The rejection is the caller's; here it only ends the mining.
    result.catch(() => {});
    while (!isSettled) {
      await this.mine(this.#head.timestamp + 1);
      await sleep(10);
    }
    return result;
  }

  async setGas(account: string, wei: bigint): Promise<void> {
    await this.provider.send('anvil_setBalance', [account, toQuantity(wei)]);
  }

  /** All there is to know of the chain, as its program reads it; compressed with gzip. */
  async dumpState(): Promise<Uint8Array> {
    return getBytes(z.string().parse(await this.provider.send('anvil_dumpState', [])));
  }

  /** Looks at the newest block. Those who wait for one are told when it is a new one. */
  async refresh(): Promise<Head> {
    const head = await readHead(this.provider);
    if (head.number > this.#head.number) {
      this.#head = head;
      this.onBlock.emit(head);
    }
    return this.#head;
  }

  /** Waits for the next block. */
  async nextBlock(signal: AbortSignal): Promise<Head> {
    let unsubscribe = () => {};
    const block = new Promise<Head>((resolve) => (unsubscribe = this.onBlock.subscribe(resolve)));
    try {
      return await untilAborted(block, signal);
    } finally {
      unsubscribe();
    }
  }

  close(): void {
    this.provider.destroy();
  }
}

const headSchema = z.object({ number: z.string(), timestamp: z.string() });

async function readHead(provider: JsonRpcProvider): Promise<Head> {
  const block = headSchema.parse(await provider.send('eth_getBlockByNumber', ['latest', false]));
  return { number: Number(block.number), timestamp: Number(block.timestamp) };
}
