import { setImmediate } from 'node:timers/promises';
import { Wallet } from 'ethers';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../../../src/main/engine/lib/secret.ts';
import { throwIfAborted, untilAborted } from '../../../../../src/main/engine/lib/abort.ts';
import { keySigner } from '../../../../../src/main/engine/market/signer.ts';
import {
  Transactions,
  type TransactionsOptions,
} from '../../../../../src/main/engine/market/transactions/transactions.ts';
import { MemoryTransactions } from '../../../../support/memorytransactions.ts';
import { PoolRpc } from '../../../../support/poolrpc.ts';
import { recordingLogger } from '../../../../support/recordinglogger.ts';
import { account } from '../../../../support/requests.ts';
import { callOf, PATIENCE_MS } from '../../../../support/transactionfixtures.ts';
import { unreachable } from '../../../../support/scriptedrpc.ts';

const on = { signal: new AbortController().signal };
const key = `0x${'59'.repeat(32)}`;
const signer = keySigner(new Secret(key));

describe('Transactions', () => {
  const lives: Transactions[] = [];
  afterEach(async () => void (await Promise.all(lives.splice(0).map((life) => life.stop()))));

  /** Whoever waits lets time pass and, unless told not to, a block come. */
  const world = () => {
    const rpc = new PoolRpc();
    const store = new MemoryTransactions();
    const { logger, lines } = recordingLogger();
    const state = { mines: true, nowMs: 0 };
    const begin = async (options: TransactionsOptions = {}) => {
      const sleep = async (ms: number, signal: AbortSignal) => {
        // A caller's patience, which no test here wears out.
        if (ms === PATIENCE_MS) await untilAborted(new Promise(() => {}), signal);
        state.nowMs += ms;
        if (state.mines) rpc.mine();
        await setImmediate();
        throwIfAborted(signal);
      };
      const transactions = new Transactions(
        {
          rpc,
          signer,
          chainId: 31_337,
          token: account(8),
          payers: [account(7)],
          clock: { now: () => rpc.now },
          store,
          logger,
        },
        { pollMs: 1000, limitMs: PATIENCE_MS, sleep, nowMs: () => state.nowMs, ...options },
      );
      await transactions.recover();
      lives.push(transactions);
      return transactions;
    };
    return { rpc, store, state, begin, lines };
  };

  it('answers with hash, block, time and cost once it is mined', async () => {
    const { rpc, begin } = world();
    const sent = await (await begin()).send(callOf(1, { headRoomPercent: 25 }), on);
    const [only] = rpc.mined;
    expect(rpc.mined).toHaveLength(1);
    expect(sent).toMatchObject({ transactionHash: only?.hash, gasCost: 50_000n * 1_000_000_001n });
    expect(only).toMatchObject({ nonce: 0, gasLimit: 125_000n, chainId: 31_337n });
    expect(only?.data).toBe(callOf(1).data);
  });

  it('answers only once as many blocks as asked for hold it, where a fork may take the first', async () => {
    const { rpc, state, begin } = world();
    state.mines = false;
    const transactions = await begin({ confirmations: 3 });
    let answered = false;
    const sending = transactions.send(callOf(1), on).then(() => (answered = true));
    while (rpc.waiting.length === 0) await setImmediate();
    const looks = async () => {
      const before = state.nowMs;
      while (state.nowMs < before + 10_000) await setImmediate();
    };
    for (let block = 0; block < 2; block++) {
      rpc.mine();
      await looks();
      expect(answered).toBe(false);
    }
    rpc.mine();
    await sending;
  });

  it('has written a transaction down before any server sees it', async () => {
    const { rpc, store, begin } = world();
    let storedWhenSent = 0;
    rpc.next('eth_sendRawTransaction', (params) => {
      storedWhenSent = store.records.size;
      return rpc.answer('eth_sendRawTransaction', params);
    });
    await (await begin()).send(callOf(1), on);
    expect(storedWhenSent).toBe(1);
  });

  it('sends nothing that could not be written down', async () => {
    const { rpc, store, begin } = world();
    const transactions = await begin();
    store.onSave = (when) => {
      if (when === 'before') throw new Error('the disk is full');
    };
    await expect(transactions.send(callOf(1), on)).rejects.toThrow('the disk is full');
    expect(rpc.calls).not.toContain('eth_sendRawTransaction');
  });

  it('gives each of many its own nonce, in a row', async () => {
    const { rpc, begin } = world();
    const transactions = await begin();
    await Promise.all(Array.from({ length: 20 }, (_, slot) => transactions.send(callOf(slot + 1), on)));
    expect(rpc.mined.map(({ nonce }) => nonce)).toEqual(Array.from({ length: 20 }, (_, nonce) => nonce));
    expect(new Set(rpc.mined.map(({ data }) => data)).size).toBe(20);
  });

  it('is not misled by a server that lags with the nonce', async () => {
    const { rpc, begin } = world();
    const transactions = await begin();
    await transactions.send(callOf(1), on);
    rpc.next('eth_getTransactionCount', () => '0x0');
    await transactions.send(callOf(2), on);
    expect(rpc.mined.map(({ nonce }) => nonce)).toEqual([0, 1]);
  });

  it('joins one of the same subject that is under way instead of sending a second', async () => {
    const { rpc, begin } = world();
    const transactions = await begin();
    const [one, other] = await Promise.all([
      transactions.send(callOf(1), on),
      transactions.send(callOf(1), on),
    ]);
    expect(one).toEqual(other);
    expect(rpc.mined).toHaveLength(1);
  });

  /** A process that ends just then: nothing more of it has any effect. */
  it.each([
    ['before it was sent', 'dropQuestion'],
    ['after it was sent, without an answer', 'dropAnswer'],
    ['after it was mined, before it was recorded', 'mined'],
  ])('has one effect when the process ends %s, and the next run tells of it', async (_, end) => {
    const { rpc, store, state, begin } = world();
    const first = await begin();
    state.mines = false;
    if (end !== 'mined') {
      rpc.next('eth_sendRawTransaction', (params) => {
        if (end === 'dropAnswer') rpc.answer('eth_sendRawTransaction', params);
        throw unreachable();
      });
    }
    await first.submit(callOf(1), on);
    store.onSave = () => {
      throw new Error('the process is dead');
    };
    await first.stop();
    store.onSave = () => {};
    if (end === 'mined') rpc.mine();
    state.mines = true;
    const second = await begin();
    const sent = await second.send(callOf(1, { stillHolds: async () => rpc.mined.length > 0 }), on);
    expect(rpc.mined).toHaveLength(1);
    expect(sent.transactionHash).toBe(rpc.mined[0]?.hash);
  });

  it('pays more for one that hangs, an eighth at least, and never more than the cap', async () => {
    const { rpc, begin } = world();
    const transactions = await begin({ stuckMs: 5000, maxFeePerGas: 4_000_000_000n });
    rpc.blockFee = 2_400_000_000n;
    await transactions.send(callOf(1), on);
    const [only] = rpc.mined;
    expect(rpc.mined).toHaveLength(1);
    expect(only?.maxFeePerGas).toBeGreaterThanOrEqual(2_400_000_000n);
    expect(only?.maxFeePerGas).toBeLessThanOrEqual(4_000_000_000n);
    expect(only?.data).toBe(callOf(1).data);
  });

  it('does not send what cannot be mined by its deadline', async () => {
    const { rpc, begin } = world();
    const transactions = await begin({ minSeconds: 10 });
    const late = transactions.send(callOf(1), { ...on, deadline: rpc.now + 5 });
    await expect(late).rejects.toMatchObject({ code: 'TOO_LATE' });
    expect(rpc.calls).not.toContain('eth_sendRawTransaction');
  });

  it('takes back what hangs beyond its deadline, and its nonce is used all the same', async () => {
    const { rpc, begin } = world();
    const transactions = await begin({ stuckMs: 10 ** 9 });
    rpc.blockFee = 2_100_000_000n;
    const late = transactions.send(callOf(1), { ...on, deadline: rpc.now + 20 });
    await expect(late).rejects.toMatchObject({ code: 'TOO_LATE' });
    rpc.blockFee = 0n;
    await transactions.send(callOf(2), on);
    expect(rpc.mined.map(({ nonce, to, data }) => ({ nonce, to: to?.toLowerCase(), data }))).toEqual([
      { nonce: 0, to: signer.address, data: '0x' },
      { nonce: 1, to: account(7), data: callOf(2).data },
    ]);
  });

  it('tells of one at once whose block came while the head was asked for, though no other block follows', async () => {
    const { rpc, state, begin } = world();
    const transactions = await begin();
    state.mines = false;
    const submitted = await transactions.submit(callOf(1), on);
    rpc.next('eth_getTransactionCount', (params) => {
      rpc.mine();
      return rpc.answer('eth_getTransactionCount', params);
    });
    const { blockNumber } = await transactions.mined(submitted, on);
    expect(blockNumber).toBe(1);
  });

  it('brings a transaction back whose block was replaced', async () => {
    const { rpc, begin } = world();
    const transactions = await begin();
    await transactions.send(callOf(1), on);
    rpc.fork(3);
    expect(rpc.mined).toHaveLength(0);
    await transactions.send(callOf(2), on);
    expect(rpc.mined.map(({ data }) => data)).toEqual([callOf(1).data, callOf(2).data]);
  });

  it('does not say that a block was replaced which a server that lags does not know yet', async () => {
    const { rpc, state, begin, lines } = world();
    const transactions = await begin();
    await transactions.send(callOf(1), on);
    state.mines = false;
    rpc.lag = 2;
    const again = transactions.send(callOf(1, { stillHolds: async () => false }), on);
    await setImmediate();
    rpc.lag = 0;
    state.mines = true;
    await again;
    expect(rpc.mined.filter(({ data }) => data === callOf(1).data).length).toBeGreaterThan(0);
    expect(lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it('says so of one that it knows to be another', async () => {
    const { rpc, begin, lines } = world();
    const transactions = await begin();
    await transactions.send(callOf(1), on);
    rpc.fork(3);
    await transactions.send(callOf(1), on);
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringContaining('was replaced') }),
    );
  });

  it('says that one is lost whose nonce somebody else with the key has used', async () => {
    const { rpc, begin } = world();
    const transactions = await begin({ foreignMs: 3000 });
    const foreign = await new Wallet(key).signTransaction({
      type: 2,
      chainId: 31_337,
      nonce: 0,
      to: account(9),
      gasLimit: 21_000n,
      maxFeePerGas: 9_000_000_000n,
      maxPriorityFeePerGas: 9_000_000_000n,
    });
    rpc.next('eth_sendRawTransaction', (params) => {
      const answer = rpc.answer('eth_sendRawTransaction', params);
      rpc.offer(foreign);
      return answer;
    });
    await expect(transactions.send(callOf(1), on)).rejects.toMatchObject({ code: 'TRANSACTION_LOST' });
    await transactions.send(callOf(2), on);
    expect(rpc.mined.map(({ nonce }) => nonce)).toEqual([0, 1]);
  });
});
