import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { isEngineError } from '../../../../../src/main/engine/errors.ts';
import {
  abortScope,
  isAborted,
  throwIfAborted,
  untilAborted,
} from '../../../../../src/main/engine/lib/abort.ts';
import { Secret } from '../../../../../src/main/engine/lib/secret.ts';
import { silentLogger } from '../../../../../src/main/engine/logger.ts';
import { MarketError } from '../../../../../src/main/engine/market/errors.ts';
import type { Rpc } from '../../../../../src/main/engine/market/rpc.ts';
import { keySigner } from '../../../../../src/main/engine/market/signer.ts';
import { Transactions } from '../../../../../src/main/engine/market/transactions/transactions.ts';
import { MemoryTransactions } from '../../../../support/memorytransactions.ts';
import { PoolRpc } from '../../../../support/poolrpc.ts';
import { account } from '../../../../support/requests.ts';
import { callOf, PATIENCE_MS } from '../../../../support/transactionfixtures.ts';
import { Random } from '../../../../support/simulation/random.ts';

const signer = keySigner(new Secret(`0x${'59'.repeat(32)}`));
const EFFECTS = 6;

/**
 * A chain that, unlike the contract, takes the same effect as often as it is sent: a second one would show. Its servers
 * lag, lose questions and answers; blocks are replaced, fees rise; and the program ends anywhere and begins again.
 */
class Chance {
  readonly chain = new PoolRpc();
  readonly #store = new MemoryTransactions();
  readonly #random: Random;
  readonly #done = new Set<number>();
  #isFair = false;
  #nowMs = 0;
  lives = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  async play(): Promise<void> {
    while (this.lives < 8 && this.#done.size < EFFECTS) await this.#live(this.#random.int(5, 120));
    this.#isFair = true;
    this.chain.blockFee = 0n;
    await this.#live(Infinity);
  }

  /** A run of the program that ends after so many points at which it could end; or else when all is done and quiet. */
  async #live(points: number): Promise<void> {
    this.lives++;
    using end = abortScope();
    let left = points;
    const point = () => {
      if (--left <= 0) end.abort();
      if (end.signal.aborted)
        throw new MarketError('CHAIN_UNREACHABLE', {}, { message: 'The process is dead' });
    };
    const store = {
      load: () => this.#store.load(),
      save: async (...records: Parameters<MemoryTransactions['save']>) => {
        point();
        await this.#store.save(...records);
        point();
      },
    };
    const transactions = new Transactions(
      {
        rpc: this.#server(point),
        signer,
        chainId: 31_337,
        token: account(8),
        payers: [account(7)],
        clock: { now: () => this.chain.now },
        store,
        logger: silentLogger,
      },
      { limitMs: PATIENCE_MS, stuckMs: 8000, repeatMs: 5000, sleep: this.#sleep, nowMs: () => this.#nowMs },
    );
    await transactions.recover();
    const asking = Array.from({ length: EFFECTS }, (_, slot) =>
      this.#ask(slot + 1, transactions, end.signal),
    );
    await Promise.all(asking);
    while (!end.signal.aborted && transactions.book.unsettled().length > 0) await setImmediate();
    await transactions.stop();
    if (points === Infinity) expect(transactions.book.unsettled()).toEqual([]);
  }

  /** As the engine does: until it heard of the end. */
  async #ask(slot: number, transactions: Transactions, end: AbortSignal): Promise<void> {
    const call = callOf(slot, { stillHolds: async () => this.#effects().includes(slot) });
    while (!this.#done.has(slot) && !end.aborted) {
      try {
        await untilAborted(transactions.send(call, { signal: end }), end);
        this.#done.add(slot);
      } catch (error) {
        if (!isAborted(error) && !isEngineError(error)) throw error;
        await setImmediate();
      }
    }
  }

  #server(point: () => void): Rpc {
    return {
      send: async (method, params) => {
        point();
        const random = this.#random;
        const isFaulty = !this.#isFair && random.chance(0.12);
        if (isFaulty && random.chance(0.5)) throw lost();
        this.chain.lag = this.#isFair || !random.chance(0.2) ? 0 : random.int(1, 3);
        const answer = this.chain.answer(method, params);
        await setImmediate();
        point();
        if (isFaulty) throw lost();
        return answer;
      },
    };
  }

  /** Whoever waits lets time pass; mostly a block comes, sometimes the last ones are replaced. */
  readonly #sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    if (ms === PATIENCE_MS) await untilAborted(new Promise(() => {}), signal);
    const random = this.#random;
    this.#nowMs += ms;
    if (this.#isFair) this.chain.mine();
    else {
      if (random.chance(0.1)) this.chain.blockFee = BigInt(random.int(0, 4)) * 1_000_000_000n;
      if (random.chance(0.6)) this.chain.mine();
      if (random.chance(0.04)) this.chain.fork(random.int(1, 3));
    }
    await setImmediate();
    throwIfAborted(signal);
  };

  #effects(): number[] {
    return this.chain.mined
      .filter(({ data }) => data !== '0x')
      .map(({ data }) => Number(`0x${data.slice(10)}`));
  }

  check(): void {
    const effects = this.#effects().sort((a, b) => a - b);
    expect(effects).toEqual(Array.from({ length: EFFECTS }, (_, index) => index + 1));
    expect(this.chain.waiting).toEqual([]);
  }
}

const lost = () => new MarketError('CHAIN_UNREACHABLE', {});

describe('whatever servers, chain and power supply do', () => {
  const asked = process.env.SEED;
  const seeds = asked === undefined ? Array.from({ length: 60 }, (_, seed) => seed) : [Number(asked)];

  it('has each effect once in the end, no gap in the row of nonces, and nothing that waits', async () => {
    let lives = 0;
    for (const seed of seeds) {
      const chance = new Chance(seed);
      try {
        await chance.play();
        chance.check();
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
      lives += chance.lives;
    }
    if (asked === undefined) expect(lives).toBeGreaterThan(3 * seeds.length);
  });
});
