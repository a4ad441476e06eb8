import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CID } from 'multiformats/cid';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Contract, JsonRpcProvider, WebSocketProvider } from 'ethers';
import { slotIdOf, type RequestId } from '../../../src/main/engine/contracts/ids.ts';
import { silentLogger } from '../../../src/main/engine/logger.ts';
import { LoopbackNetwork } from '../../support/loopbacknetwork.ts';
import { decodeManifest } from '../../../src/main/engine/network/manifest.ts';
import { artifacts } from '../../../src/main/practice/artifacts.ts';
import type { PracticeInfo, PracticeOptions } from '../../../src/main/practice/practice.ts';
import { PracticeNetwork } from '../../../src/main/practice/practicenetwork.ts';
import { PracticeHost } from '../../support/practicehost.ts';

const { signal } = new AbortController();
const quick = { timeout: 60_000, interval: 50 };
const families = ['direct', 'vault'] as const;
const running: PracticeNetwork[] = [];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'practice-'));
});
afterEach(async () => {
  for (const network of running.splice(0)) await network.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(options: Partial<PracticeOptions> = {}): Promise<PracticeNetwork> {
  const network = await PracticeNetwork.start(
    { folder, logger: silentLogger },
    {
      family: 'direct',
      exchange: 'tcp',
      peers: 'told',
      scenario: 'none',
      speed: 10,
      seed: 1,
      signal,
      ...options,
    },
  );
  running.push(network);
  return network;
}

async function joinAsHost(network: PracticeNetwork): Promise<PracticeHost> {
  const host = await PracticeHost.join(network.info);
  onTestFinished(() => host.leave());
  return host;
}

describe('a request', () => {
  test('stands on the chain, and its blocks can be fetched and verified', async () => {
    const network = await start();
    const id = await network.postRequest({ slotBytes: 131_072 });
    const { ask, content } = await storedRequest(network.info, id);
    expect(ask).toMatchObject({ slots: 4n, slotSize: 131_072n, maxSlotLoss: 1n });

    const manifest = await fetchDataset(network.info, content.cid);
    expect(manifest.blocks).toBe(8);
    expect(manifest.distinct).toBe(8);
  });

  test.each(families)('of the %s family that ends is cleared up: money and data go', async (family) => {
    const network = await start({ family, speed: 100 });
    const host = await joinAsHost(network);
    const id = await network.postRequest({ slotBytes: 65_536, durationSeconds: 300, expirySeconds: 60 });
    expect(await readdir(join(folder, 'datasets'))).toEqual([id]);
    await expect.poll(() => host.market.requestState(id), quick).toBe('cancelled');
    await expect.poll(() => readdir(join(folder, 'datasets')), quick).toEqual([]);
  });
});

test.each(families)('the rival of the %s family fills, proves every period and is paid', async (family) => {
  const network = await start({ family, speed: 40 });
  const host = await joinAsHost(network);
  const id = await network.postRequest({
    slots: 2,
    tolerance: 1,
    slotBytes: 65_536,
    durationSeconds: 600,
    expirySeconds: 400,
  });
  await expect.poll(() => filledSlots(host, id, 2), quick).toBe(1);
  const rivalsIndex = (await host.market.slotState(slotIdOf(id, 0))) === 'filled' ? 0 : 1;
  const rivals = slotIdOf(id, rivalsIndex);
  await host.fill(id, 1 - rivalsIndex);
  expect(await host.market.requestState(id)).toBe('started');
  const from = await host.time();
  await expect.poll(() => host.market.slotState(rivals), quick).toBe('paid');
  expect(await host.time()).toBeGreaterThan(from + 120);
  expect(await proofsOf(network.info, rivals)).toBeGreaterThan(3);
});

test.each(families)('the validator of the %s family marks a proof that does not come', async (family) => {
  const network = await start({ family, speed: 20 });
  const host = await joinAsHost(network);
  const id = await network.postRequest({ slotBytes: 65_536 });
  const slot = await host.fillAny(id);
  await expect.poll(() => missedProofs(network.info, slot), quick).toBe(1);
  await expect.poll(() => host.market.slotState(slot), quick).toBe('repair');
});

test('a failed request of the vault family pays rival, client and validator when it was meant to end', async () => {
  const network = await start({ family: 'vault', speed: 40 });
  const host = await joinAsHost(network);
  const request = { slots: 2, tolerance: 0, slotBytes: 65_536, durationSeconds: 900, expirySeconds: 500 };
  const id = await network.postRequest(request);
  await expect.poll(() => filledSlots(host, id, 2), quick).toBe(1);
  const hosts = (await host.market.slotState(slotIdOf(id, 0))) === 'filled' ? 1 : 0;
  // Two proofs that do not come put this host out, one slot too many.
  const lost = await host.fill(id, hosts);
  await expect.poll(() => host.market.requestState(id), quick).toBe('failed');
  const rivals = slotIdOf(id, 1 - hosts);
  expect(await host.market.slotState(lost)).not.toBe('filled');
  expect(await host.market.slotState(rivals)).toBe('failed');
  const end = await host.market.requestEnd(id);
  const vault = await read<string>(network.info, 'vault');
  expect(await tokensOf(network.info, vault)).toBeGreaterThan(0n);

  await expect.poll(() => host.market.slotState(rivals), quick).toBe('paid');
  expect(await host.time()).toBeGreaterThanOrEqual(end);
  await expect.poll(() => readdir(join(folder, 'datasets')), quick).toEqual([]);
  // The last to come is the validator; nothing is left.
  await expect.poll(() => tokensOf(network.info, vault), quick).toBe(0n);
});

test('the chain answers by WebSocket as it does by HTTP', async () => {
  const { info } = await start();
  const provider = new WebSocketProvider(info.wsUrl);
  onTestFinished(() => provider.destroy());
  expect(await provider.getCode(info.deployment.marketplace)).not.toBe('0x');
});

test('a folder of one family is not opened as the other', async () => {
  const direct = await start({ family: 'direct' });
  await direct.stop();
  await expect(start({ family: 'vault' })).rejects.toMatchObject({ code: 'PRACTICE_STATE_UNREADABLE' });
});

describe('time', () => {
  test('runs as fast as it is told, and stands still at speed 0', async () => {
    const network = await start({ speed: 0 });
    const host = await joinAsHost(network);
    const stoodAt = await host.time();
    expect(await pendingTime(network.info)).toBeLessThanOrEqual(stoodAt + 1);
    // Wall time that must not show.
    await sleep(1500);
    expect(await host.time()).toBe(stoodAt);
    expect(await pendingTime(network.info)).toBeLessThanOrEqual(stoodAt + 1);
    await network.setSpeed(100);
    await expect.poll(() => host.time(), quick).toBeGreaterThan(stoodAt + 100);
  });

  test('of a speed that cannot be is refused', async () => {
    const network = await start();
    await expect(network.setSpeed(-1)).rejects.toMatchObject({ code: 'BAD_SPEED' });
  });
});

describe('after a restart', () => {
  test('contracts, keys, requests, data and time go on', async () => {
    const first = await start({ speed: 60 });
    const id = await first.postRequest({ slotBytes: 65_536, durationSeconds: 86_400, expirySeconds: 80_000 });
    const before = await PracticeHost.join(first.info);
    const slot = await before.fillAny(id);
    await expect.poll(() => before.time(), quick).toBeGreaterThan(Date.now() / 1000 + 300);
    const stoppedAt = await before.time();
    before.leave();
    await first.stop();

    const second = await start({ speed: 1 });
    expect(second.info.deployment.marketplace).toBe(first.info.deployment.marketplace);
    expect(second.info.hostKey.reveal()).toBe(first.info.hostKey.reveal());
    const after = await joinAsHost(second);
    expect((await after.time()) - stoppedAt).toBeGreaterThanOrEqual(0);
    expect((await after.time()) - stoppedAt).toBeLessThan(120);
    expect(await pendingTime(second.info)).toBeGreaterThanOrEqual(stoppedAt);
    expect(await after.market.slotState(slot)).toBe('filled');
    const { content } = await storedRequest(second.info, id);
    expect((await fetchDataset(second.info, content.cid)).blocks).toBe(4);
  });

  test('events of before are still there, and the challenge is that of a block', async () => {
    const first = await start();
    const id = await first.postRequest({ slotBytes: 65_536 });
    await first.stop();
    const second = await start();
    const host = await joinAsHost(second);
    expect((await host.market.requests()()).map(({ requestId }) => requestId)).toEqual([id]);
    const slot = slotIdOf(id, 0);
    expect(BigInt(await host.market.challenge(slot))).not.toBe(0n);
  });

  test('a chain whose state file was torn goes on from the start before', async () => {
    const first = await start();
    await first.stop();
    const second = await start();
    await second.stop();
    await truncate(join(folder, 'chain.json'), 1000);
    const third = await start();
    expect(third.info.deployment.marketplace).toBe(first.info.deployment.marketplace);
  });
});

test('a folder belongs to one network at a time', async () => {
  const network = await start();
  await expect(start()).rejects.toMatchObject({ code: 'PRACTICE_FOLDER_IN_USE' });
  expect(await pendingTime(network.info)).toBeGreaterThan(0);
  await network.stop();
  await start();
});

test('tells when its chain dies, and can still be stopped', async () => {
  const network = await start();
  const heard = vi.fn();
  network.onFailed(heard);
  const { pid } = JSON.parse(await readFile(join(folder, 'anvil.pid'), 'utf8')) as { pid: number };
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => heard.mock.calls.length, quick).toBe(1);
  await network.stop();
});

test('the demo keeps requests coming, and sooner or later one that a typical offer refuses', async () => {
  const network = await start({ scenario: 'demo', speed: 100 });
  const host = await joinAsHost(network);
  const seen = new Set<RequestId>();
  const tail = host.market.requests();
  const count = async () => {
    for (const { requestId } of await tail()) seen.add(requestId);
    return seen.size;
  };
  await expect.poll(count, quick).toBeGreaterThanOrEqual(3);
  const asks = await Promise.all([...seen].map((id) => storedRequest(network.info, id)));
  const prices = asks.map(({ ask }) => ask.pricePerBytePerSecond);
  expect(prices.some((price) => price < 200_000_000n)).toBe(true);
  expect(prices.some((price) => price >= 200_000_000n)).toBe(true);
});

async function filledSlots(host: PracticeHost, id: RequestId, slots: number): Promise<number> {
  let filled = 0;
  for (let index = 0; index < slots; index++) {
    if ((await host.market.slotState(slotIdOf(id, index))) === 'filled') filled++;
  }
  return filled;
}

interface Stored {
  ask: { slots: bigint; slotSize: bigint; maxSlotLoss: bigint; pricePerBytePerSecond: bigint };
  content: { cid: Uint8Array };
}

async function storedRequest(info: PracticeInfo, id: RequestId): Promise<Stored> {
  const [, ask, content] = await read<[unknown, bigint[], [string]]>(info, 'getRequest', id);
  const [, pricePerBytePerSecond = 0n, , slots = 0n, slotSize = 0n, , maxSlotLoss = 0n] = ask;
  const cid = Buffer.from(content[0].slice(2), 'hex');
  return { ask: { slots, slotSize, maxSlotLoss, pricePerBytePerSecond }, content: { cid } };
}

const missedProofs = async (info: PracticeInfo, slot: string) =>
  Number(await read<bigint>(info, 'missingProofs', slot));

function tokensOf({ rpcUrl, token }: PracticeInfo, holder: string): Promise<bigint> {
  const { abi } = artifacts.PracticeToken;
  return withProvider(rpcUrl, async (provider) =>
    BigInt(await new Contract(token, abi, provider).getFunction('balanceOf')(holder)),
  );
}

async function proofsOf(info: PracticeInfo, slot: string): Promise<number> {
  return withContract(info, async (contract) => {
    const events = await contract.queryFilter('ProofSubmitted', info.deployment.deployedAtBlock);
    return events.filter((event) => 'args' in event && event.args[0] === slot).length;
  });
}

function read<T>(info: PracticeInfo, method: string, ...values: unknown[]): Promise<T> {
  return withContract(info, async (contract) => (await contract.getFunction(method)(...values)) as T);
}

function withContract<T>(
  { rpcUrl, deployment }: PracticeInfo,
  work: (contract: Contract) => Promise<T>,
): Promise<T> {
  const { marketplace, abi } = deployment;
  return withProvider(rpcUrl, (provider) => work(new Contract(marketplace, abi, provider)));
}

function pendingTime({ rpcUrl }: PracticeInfo): Promise<number> {
  return withProvider(rpcUrl, async (provider) => {
    const block = (await provider.send('eth_getBlockByNumber', ['pending', false])) as { timestamp: string };
    return Number(block.timestamp);
  });
}

async function withProvider<T>(url: string, work: (provider: JsonRpcProvider) => Promise<T>): Promise<T> {
  const options = { staticNetwork: true, batchMaxCount: 1, cacheTimeout: -1 };
  const provider = new JsonRpcProvider(url, undefined, options);
  try {
    return await work(provider);
  } finally {
    provider.destroy();
  }
}

/** As a node would: manifest and leaves over the wire. Counts the blocks, and those that differ. */
async function fetchDataset(
  info: PracticeInfo,
  cid: Uint8Array,
): Promise<{ blocks: number; distinct: number }> {
  const network = new LoopbackNetwork({ logger: silentLogger }, { peers: info.peers });
  await network.start();
  try {
    const manifest = decodeManifest(await network.manifest(CID.decode(cid), { signal }));
    const leafCount = Number(manifest.datasetSize) / manifest.blockSize;
    const indices = Array.from({ length: leafCount }, (_, index) => index);
    const digests = new Set<string>();
    let blocks = 0;
    for await (const leaf of network.leaves({ treeCid: manifest.treeCid, leafCount }, indices, { signal })) {
      const digest = createHash('sha256').update(leaf.data).digest('hex');
      expect(digest).toBe(Buffer.from(leaf.digest).toString('hex'));
      digests.add(digest);
      blocks++;
    }
    return { blocks, distinct: digests.size };
  } finally {
    await network.stop();
  }
}
