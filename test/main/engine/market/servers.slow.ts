import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { Deployment } from '../../../../src/main/engine/contracts/deployment.ts';
import { address } from '../../../../src/main/engine/contracts/ids.ts';
import { connect } from '../../../../src/main/engine/market/provider.ts';
import { probeServers } from '../../../../src/main/engine/market/probe.ts';
import { FaultyRpc } from '../../../support/faultyrpc/faultyrpc.ts';
import { watchLeaks } from '../../../support/noleaks.ts';
import { chainId, startTestChain, type TestChain } from '../../../support/practicechain.ts';
import { recordingLogger } from '../../../support/recordinglogger.ts';

const on = { signal: new AbortController().signal };
const latest = { blockTag: 'latest', ...on } as const;
const anything = z.unknown();
let chain: TestChain;
let deployment: Deployment;

beforeAll(async () => {
  chain = await startTestChain();
  const { marketplace, deployedAtBlock } = await chain.deploy();
  deployment = {
    name: 'the test chain',
    chainId,
    marketplace: address(marketplace.address),
    abi: marketplace.abi,
    deployedAtBlock,
    hasOwnTime: true,
  };
});
afterAll(() => chain.stop());

const wsUrl = () => chain.rpcUrl.replace('http', 'ws');
const { logger, lines } = recordingLogger();
const connectOver = (...rpcUrls: string[]) => connect({ rpcUrls, deployment, logger }, on);

describe('a true chain', () => {
  test.each(['http', 'ws'])('is reached over %s, reverts included, and leaves nothing', async (way) => {
    const noLeaks = watchLeaks();
    const connection = await connectOver(chain.rpcUrl.replace('http', way));
    const { marketplace, rpc } = connection;
    expect(connection.config.periodSeconds).toBe(300);
    const unknown = marketplace.encode('requestEnd(bytes32)', [`0x${'11'.repeat(32)}`]);
    await expect(
      rpc.send('eth_call', [{ to: marketplace.address, data: unknown }, 'latest']),
    ).rejects.toMatchObject({ code: 'UNKNOWN_REQUEST' });
    await expect(rpc.send('eth_sendRawTransaction', ['0x02'])).rejects.toMatchObject({ code: 'RPC_REFUSED' });
    await expect(rpc.send('eth_nonsense', [])).rejects.toMatchObject({ code: 'RPC_REFUSED' });
    connection.close();
    await expect(rpc.send('eth_chainId', [])).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    await noLeaks();
  });

  test('announces its blocks over a WebSocket, over HTTP it does not', async () => {
    const [socket, http] = [await connectOver(wsUrl()), await connectOver(chain.rpcUrl)];
    const hints = { socket: 0, http: 0 };
    socket.rpc.onHead(() => hints.socket++);
    http.rpc.onHead(() => hints.http++);
    await vi.waitUntil(() => hints.socket === 1);
    await chain.mine(3);
    await vi.waitUntil(() => hints.socket >= 4);
    expect(hints.http).toBe(0);
    socket.close();
    http.close();
  });

  test('is reached through whichever of its servers is there, and the others are said', async () => {
    const connection = await connectOver('http://127.0.0.1:9', chain.rpcUrl);
    expect(connection.servers()).toMatchObject([
      { server: 'http://127.0.0.1:9', isInUse: false },
      { server: chain.rpcUrl, isInUse: true, state: 'good' },
    ]);
    connection.close();
  });

  test('is not mistaken for another: a server of another chain is left out', async () => {
    const other = await FaultyRpc.start({
      upstream: async () => ({ result: '0x5' }),
      plan: { seed: 1 },
    });
    const connection = await connectOver(other.httpUrl, chain.rpcUrl);
    expect(connection.servers()[0]).toMatchObject({
      state: 'excluded',
      reason: 'it serves chain 5 and not 31337',
    });
    connection.close();
    await expect(connectOver(other.httpUrl)).rejects.toMatchObject({ code: 'WRONG_CHAIN' });
    await other.stop();
  });

  test('hears a transaction once, though the answer was lost and it was sent again elsewhere', async () => {
    const lossy = await FaultyRpc.start({
      upstream: chain.rpcUrl,
      plan: { seed: 1, ratesByMethod: { eth_sendTransaction: { dropAnswer: 1 } } },
    });
    const connection = await connectOver(lossy.httpUrl, chain.rpcUrl);
    const [from] = chain.accounts;
    const transaction = { from: from?.address, to: from?.address, nonce: '0x0', value: '0x0' };
    await expect(connection.rpc.send('eth_sendTransaction', [transaction])).rejects.toMatchObject({
      code: 'RPC_REFUSED',
      details: { refusal: expect.stringMatching(/nonce/i) },
    });
    expect(lossy.asked.get('eth_sendTransaction')).toBe(2);
    connection.close();
    await lossy.stop();
  });

  test('is read truly through two servers that break, refuse, lag and spoil, and by itself once they settle', async () => {
    const rates = { dropAnswer: 0.08, cut: 0.05, malformed: 0.05, tooOftenForNow: 0.03, internalError: 0.05 };
    const faulty = await Promise.all(
      [1, 2].map((seed) =>
        FaultyRpc.start({
          upstream: chain.rpcUrl,
          plan: { seed, rates, delays: { rate: 0.2, longestMs: 3 } },
        }),
      ),
    );
    const [one, other] = faulty as [FaultyRpc, FaultyRpc];
    one.settle();
    other.settle();
    const connection = await connectOver(one.wsUrl, other.httpUrl);
    one.resume();
    other.resume();
    const read = () => connection.marketplace.read(anything, 'token()', [], latest);
    const answers = await Promise.allSettled(Array.from({ length: 150 }, read));
    const tokens = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    expect(tokens.length).toBeGreaterThan(100);
    const reasons = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    for (const reason of reasons)
      expect(reason).toMatchObject({ code: expect.stringMatching(/^(CHAIN_UNREACHABLE|RPC_REFUSED)$/) });
    expect(new Set(tokens.map((token) => String(token).toLowerCase()))).toEqual(new Set([connection.token]));
    expect(one.deeds.length + other.deeds.length).toBeGreaterThan(10);
    one.settle();
    other.settle();
    await vi.waitUntil(() =>
      read().then(
        () => true,
        () => false,
      ),
    );
    connection.close();
    await Promise.all(faulty.map((server) => server.stop()));
  });

  test('shows no key of an address: not in what is logged, told or thrown', async () => {
    const key = 'k3y5hallnotb33een00';
    const proxy = await FaultyRpc.start({ upstream: chain.rpcUrl, plan: { seed: 1 } });
    const url = `${proxy.httpUrl}/v2/${key}?token=${key}`;
    const connection = await connectOver(`http://127.0.0.1:9/${key}`, url);
    await expect(connection.rpc.send('eth_nonsense', [])).rejects.toThrow();
    connection.close();
    const refusal = await connectOver(`http://127.0.0.1:9/${key}`).catch((error: unknown) => error);
    const everything = inspect([lines, connection.servers(), refusal], { depth: Infinity });
    expect(everything).toContain('127.0.0.1:9/…');
    expect(everything).not.toContain(key);
    await proxy.stop();
  });
});

describe('probing servers', () => {
  test('tells of each what it is good for', async () => {
    const lagging = await FaultyRpc.start({
      upstream: chain.rpcUrl,
      plan: { seed: 1, rates: { lag: 1 }, lagBlocks: 1 },
      manners: { logBlocks: 200 },
    });
    const rpcUrls = [chain.rpcUrl, lagging.wsUrl, 'http://127.0.0.1:9', 'nothing'];
    const [good, late, dead, none] = await probeServers({ rpcUrls, deployment }, on);
    expect(good).toMatchObject({
      server: chain.rpcUrl,
      family: 'direct',
      config: { periodSeconds: 300 },
      lagBlocks: 0,
      logBlocks: (good?.head?.number ?? 0) + 1,
      answersPending: true,
    });
    expect(good).not.toHaveProperty('problem');
    expect(good?.latencyMs).toBeTypeOf('number');
    expect(late).toMatchObject({ lagBlocks: 1, logBlocks: 100 });
    expect(dead).toMatchObject({ problem: { code: 'CHAIN_UNREACHABLE' } });
    expect(none).toMatchObject({ problem: { code: 'CHAIN_UNREACHABLE' } });
    await lagging.stop();
  });

  test('says what keeps a node from using them', async () => {
    const rpcUrls = [chain.rpcUrl];
    const codeFor = async (changes: Partial<Deployment>) => {
      const [report] = await probeServers({ rpcUrls, deployment: { ...deployment, ...changes } }, on);
      return report?.problem?.code;
    };
    expect(await codeFor({ chainId: 5 })).toBe('WRONG_CHAIN');
    expect(await codeFor({ marketplace: address(`0x${'77'.repeat(20)}`) })).toBe('NO_CONTRACT');
    expect(await codeFor({ abi: [...(deployment.abi as object[]), vaultFunction] })).toBe('WRONG_FAMILY');
    await expect(
      probeServers({ rpcUrls, deployment }, { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

const vaultFunction = {
  type: 'function',
  name: 'vault',
  inputs: [],
  outputs: [{ type: 'address' }],
  stateMutability: 'view',
};
