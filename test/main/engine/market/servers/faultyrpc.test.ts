import { toQuantity } from 'ethers';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { silentLogger } from '../../../../../src/main/engine/logger.ts';
import { HttpTransport } from '../../../../../src/main/engine/market/servers/http.ts';
import type { Answer } from '../../../../../src/main/engine/market/servers/jsonrpc.ts';
import { openServers } from '../../../../../src/main/engine/market/servers/open.ts';
import { serverAddress } from '../../../../../src/main/engine/market/servers/serveraddress.ts';
import type { Transport } from '../../../../../src/main/engine/market/servers/transport.ts';
import { WebSocketTransport } from '../../../../../src/main/engine/market/servers/websocket.ts';
import type { FaultName, FaultPlan, FaultRates } from '../../../../support/faultyrpc/faults.ts';
import { FaultyRpc } from '../../../../support/faultyrpc/faultyrpc.ts';
import { faultNames } from '../../../../support/faultyrpc/faults.ts';
import type { Manners } from '../../../../support/faultyrpc/manners.ts';
import type { Upstream } from '../../../../support/faultyrpc/upstream.ts';
import { watchLeaks } from '../../../../support/noleaks.ts';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** An honest chain of 50 blocks with two logs each. */
class HonestChain {
  head = 50;
  readonly heard: string[] = [];

  readonly ask: Upstream = async (method, params) => {
    this.heard.push(method);
    return this.#answer(method, params);
  };

  #answer(method: string, [first, second]: readonly unknown[]): Answer {
    switch (method) {
      case 'eth_chainId':
        return { result: '0x1' };
      case 'eth_blockNumber':
        return { result: toQuantity(this.head) };
      case 'eth_getBlockByNumber': {
        const number = first === 'latest' ? this.head : Number(first);
        return {
          result:
            number > this.head ? null : { number: toQuantity(number), hash: hash(number), timestamp: '0x5' },
        };
      }
      case 'eth_getLogs':
        return { result: this.#logs(first as { fromBlock: string; toBlock: string }) };
      case 'eth_getTransactionReceipt':
        return { result: { blockNumber: first } };
      case 'eth_call':
      case 'eth_getTransactionCount':
        return { result: second };
      default:
        return { error: { code: -32_601, message: `no ${method}` } };
    }
  }

  #logs({ fromBlock, toBlock }: { fromBlock: string; toBlock: string }): unknown[] {
    const logs: unknown[] = [];
    for (let block = Number(fromBlock); block <= Math.min(Number(toBlock), this.head); block++)
      logs.push({ blockNumber: block, logIndex: 0 }, { blockNumber: block, logIndex: 1 });
    return logs;
  }
}

const hash = (number: number) => `0x${number.toString(16).padStart(64, '0')}`;
const range = (from: number, to: number) => [{ fromBlock: toQuantity(from), toBlock: toQuantity(to) }];
const always = (fault: FaultName): FaultRates => ({ [fault]: 1 });

async function start(plan: Partial<FaultPlan>, manners: Manners = {}) {
  const chain = new HonestChain();
  const rpc = await FaultyRpc.start({ upstream: chain.ask, plan: { seed: 1, ...plan }, manners });
  closing.push(() => rpc.stop());
  const over = (transport: Transport) => {
    closing.push(() => transport.close());
    return transport;
  };
  return {
    chain,
    rpc,
    http: (answerMs = 5000) =>
      over(new HttpTransport(serverAddress(rpc.httpUrl), { connections: 6, answerMs })),
    socket: (answerMs = 5000) => over(new WebSocketTransport(serverAddress(rpc.wsUrl), { answerMs })),
  };
}

const outcome = (asked: Promise<Answer>) => asked.catch(({ code }: { code: string }) => code);

describe('the faulty server', () => {
  test.each([
    ['dropQuestion', 'CHAIN_UNREACHABLE', false],
    ['dropAnswer', 'CHAIN_UNREACHABLE', true],
    ['cut', 'CHAIN_UNREACHABLE', true],
    ['malformed', 'HOSTILE_VALUE', true],
    ['wrongId', 'HOSTILE_VALUE', true],
    ['silence', 'CHAIN_UNREACHABLE', true],
  ] as const)('can %s, over both ways', async (fault, code, isHeard) => {
    const { chain, rpc, http, socket } = await start({ rates: always(fault) });
    expect(await outcome(http(100).ask('eth_chainId', []))).toBe(code);
    expect(await outcome(socket(100).ask('eth_chainId', []))).toBe(code);
    expect(chain.heard).toHaveLength(isHeard ? 2 : 0);
    expect(rpc.tally()).toEqual({ [fault]: 2 });
    rpc.settle();
    expect(await http().ask('eth_chainId', [])).toEqual({ result: '0x1' });
    expect(await socket().ask('eth_chainId', [])).toEqual({ result: '0x1' });
    expect(rpc.deeds).toHaveLength(2);
  });

  test('refuses as asked too often, with a time and without', async () => {
    for (const [fault, retryAfterMs] of [
      ['tooOften', undefined],
      ['tooOftenForNow', 0],
    ] as const) {
      const { http, socket } = await start({ rates: always(fault) });
      await expect(http().ask('eth_chainId', [])).rejects.toMatchObject({
        details: { isThrottled: true, retryAfterMs },
      });
      expect(await socket().ask('eth_chainId', [])).toMatchObject({ error: { code: -32_005 } });
    }
  });

  test('sends a huge answer', async () => {
    const { http } = await start({ rates: always('huge'), hugeBytes: 33 * 2 ** 20 });
    expect(await outcome(http().ask('eth_chainId', []))).toBe('HOSTILE_VALUE');
    expect(await http().ask('eth_getLogs', range(1, 2))).toMatchObject({
      error: { message: 'the answer is too large' },
    });
  });

  test('lags: head, blocks, logs, receipts, nonces and calls are those of some blocks ago', async () => {
    const { http } = await start({ rates: always('lag'), lagBlocks: 1 });
    const ask = async (method: string, ...params: unknown[]) => {
      const answer = await http().ask(method, params);
      return 'result' in answer ? answer.result : answer.error.message;
    };
    expect(await ask('eth_blockNumber')).toBe(toQuantity(49));
    expect(await ask('eth_getBlockByNumber', 'latest', false)).toMatchObject({ number: toQuantity(49) });
    expect(await ask('eth_getBlockByNumber', toQuantity(50), false)).toBeNull();
    expect(await ask('eth_getLogs', ...range(49, 60))).toHaveLength(2);
    expect(await ask('eth_getLogs', ...range(50, 60))).toEqual([]);
    expect(await ask('eth_getTransactionReceipt', toQuantity(49))).not.toBeNull();
    expect(await ask('eth_getTransactionReceipt', toQuantity(50))).toBeNull();
    expect(await ask('eth_getTransactionCount', '0xa', 'pending')).toBe(toQuantity(49));
    expect(await ask('eth_call', {}, 'latest')).toBe(toQuantity(49));
    expect(await ask('eth_call', {}, toQuantity(50))).toBe('header not found');
  });

  test('lies about the head, by number and by block', async () => {
    const { http } = await start({ rates: always('lyingHead') });
    const number = await http().ask('eth_blockNumber', []);
    expect(Number('result' in number && number.result)).toBeGreaterThan(150);
    const block = await http().ask('eth_getBlockByNumber', ['latest', false]);
    expect(block).toMatchObject({ result: { hash: expect.not.stringContaining(hash(50)) } });
  });

  test('duplicates, reorders and shortens lists of logs, and nothing else', async () => {
    const list = async (fault: FaultName) => {
      const { http } = await start({ rates: always(fault) });
      expect(await http().ask('eth_chainId', [])).toEqual({ result: '0x1' });
      const answer = await http().ask('eth_getLogs', range(1, 50));
      return ('result' in answer ? answer.result : []) as { blockNumber: number }[];
    };
    const [twice, mixed, short] = await Promise.all(
      (['duplicateLogs', 'reorderLogs', 'truncateLogs'] as const).map(list),
    );
    expect(twice?.length).toBeGreaterThan(100);
    expect(mixed).toHaveLength(100);
    expect(mixed?.map(({ blockNumber }) => blockNumber)).not.toEqual(mixed?.map((_, i) => 1 + (i >> 1)));
    expect(short?.length).toBeLessThan(100);
  });

  test('refuses ranges and lists in many words, settled or not, and may cut lists in silence', async () => {
    const { rpc, http } = await start({}, { logBlocks: 10, logs: 15 });
    rpc.settle();
    const transport = http();
    const words = new Set<string>();
    for (let i = 0; i < 60; i++) {
      const answer = await transport.ask('eth_getLogs', range(1, i % 2 === 0 ? 11 : 9));
      if ('error' in answer) words.add(answer.error.message.replace(/\d+/g, 'n'));
    }
    expect(words.size).toBeGreaterThan(4);
    expect(await transport.ask('eth_getLogs', range(1, 7))).toMatchObject({ result: { length: 14 } });
    rpc.manners = { logsListed: 3 };
    expect(await transport.ask('eth_getLogs', range(1, 50))).toMatchObject({ result: { length: 3 } });
  });

  test('does the same to the same questions with the same seed, and something else with another', async () => {
    const rates = Object.fromEntries(faultNames.map((name) => [name, name === 'huge' ? 0 : 0.05]));
    const deeds = async (seed: number) => {
      const { rpc, http } = await start({ seed, rates: { ...rates, silence: 0 } });
      const transport = http(200);
      for (let i = 0; i < 40; i++) await outcome(transport.ask('eth_blockNumber', []));
      return rpc.deeds;
    };
    const [one, again, other] = [await deeds(7), await deeds(7), await deeds(8)];
    expect(one).toEqual(again);
    expect(one).not.toEqual(other);
  });

  test('has rates of their own for single methods, and late answers', async () => {
    const { rpc, http } = await start({
      rates: always('dropAnswer'),
      ratesByMethod: { eth_chainId: {} },
      delays: { rate: 1, longestMs: 5 },
    });
    expect(await http().ask('eth_chainId', [])).toEqual({ result: '0x1' });
    expect(await outcome(http().ask('eth_blockNumber', []))).toBe('CHAIN_UNREACHABLE');
    expect(rpc.asked).toEqual(
      new Map([
        ['eth_chainId', 1],
        ['eth_blockNumber', 1],
      ]),
    );
  });

  test('announces blocks, can fall silent, and can be down', async () => {
    const { chain, rpc, socket } = await start({});
    const transport = socket();
    let hints = 0;
    transport.onHead?.(() => hints++);
    await vi.waitUntil(() => hints >= 2);
    rpc.isSilent = true;
    const before = chain.heard.length;
    chain.head++;
    await vi.waitUntil(() => chain.heard.length > before + 3);
    expect(hints).toBe(2);
    rpc.isDown = true;
    expect(await outcome(transport.ask('eth_chainId', []))).toBe('CHAIN_UNREACHABLE');
  });

  test('leaves nothing when it is stopped, whatever is under way', async () => {
    const noLeaks = watchLeaks();
    const chain = new HonestChain();
    const plan = { seed: 1, rates: always('silence'), delays: { rate: 1, longestMs: 60_000 } };
    const rpc = await FaultyRpc.start({ upstream: chain.ask, plan });
    const transports: Transport[] = [
      new HttpTransport(serverAddress(rpc.httpUrl), { connections: 1 }),
      new WebSocketTransport(serverAddress(rpc.wsUrl)),
    ];
    transports[1]?.onHead?.(() => {});
    const asked = transports.map((transport) => outcome(transport.ask('eth_chainId', [])));
    await vi.waitUntil(() => rpc.deeds.length >= 2);
    await rpc.stop();
    expect(await Promise.all(asked)).toEqual(['CHAIN_UNREACHABLE', 'CHAIN_UNREACHABLE']);
    for (const transport of transports) transport.close();
    await noLeaks();
  });
});

describe('two faulty servers as one', () => {
  const rates: FaultRates = {
    dropQuestion: 0.06,
    dropAnswer: 0.06,
    tooOftenForNow: 0.03,
    internalError: 0.03,
    cut: 0.03,
    malformed: 0.03,
    wrongId: 0.03,
  };

  test.each(['httpUrl', 'wsUrl'] as const)('answer truly what they answer, over %s', async (way) => {
    const [one, other] = [await start({ seed: 3, rates }), await start({ seed: 4, rates })];
    const rpcUrls = [one, other].map(({ rpc }) => rpc[way]);
    const pool = openServers({ rpcUrls, chainId: 1, abi: [], logger: silentLogger });
    closing.push(() => pool.close());
    const answers = await Promise.all(
      Array.from({ length: 120 }, (_, i) =>
        outcome(pool.send('eth_call', [{}, `0x${i}`]) as Promise<Answer>),
      ),
    );
    const right = answers.filter((answer, i) => (answer as unknown) === `0x${i}`).length;
    const wrong = answers.filter((answer, i) => {
      return (answer as unknown) !== `0x${i}` && answer !== 'CHAIN_UNREACHABLE' && answer !== 'RPC_REFUSED';
    });
    expect(wrong).toEqual([]);
    // How many come through hangs on what a busy machine lets the servers do at once.
    expect(right).toBeGreaterThan(80);
  });
});
