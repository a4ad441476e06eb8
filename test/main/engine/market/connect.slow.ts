import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { OnchainClock } from '../../../../src/main/engine/clock/onchain-clock.ts';
import type { Deployment } from '../../../../src/main/engine/contracts/deployment.ts';
import { address } from '../../../../src/main/engine/contracts/ids.ts';
import { requestIdOf } from '../../../../src/main/engine/contracts/requestid.ts';
import { collateralPerSlot, totalPrice } from '../../../../src/main/engine/contracts/requests.ts';
import { Secret } from '../../../../src/main/engine/lib/secret.ts';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import type { MarketEvent } from '../../../../src/main/engine/market/market.ts';
import { OnchainMarket, type ChainStatus } from '../../../../src/main/engine/market/onchain-market.ts';
import { keySigner } from '../../../../src/main/engine/market/signer.ts';
import { connect } from '../../../../src/main/engine/market/provider.ts';
import { someProof } from '../../../support/fakemarket.ts';
import { MemoryCursors } from '../../../support/memorycursors.ts';
import { forgottenTransactions } from '../../../support/memorytransactions.ts';
import {
  chainId,
  startTestChain,
  type TestChain,
  type TestDeployment,
} from '../../../support/practicechain.ts';
import { account, aRequest } from '../../../support/requests.ts';
import type { TestAccount } from '../../../support/testcontract.ts';

const on = { signal: new AbortController().signal };
let chain: TestChain;
let contracts: TestDeployment;
let deployment: Deployment;

beforeAll(async () => {
  chain = await startTestChain();
  contracts = await chain.deploy();
  const { marketplace, deployedAtBlock } = contracts;
  deployment = {
    name: 'the test chain',
    chainId,
    marketplace: address(marketplace.address),
    abi: marketplace.abi,
    deployedAtBlock,
  };
});
afterAll(() => chain.stop());

describe('connecting to a marketplace', () => {
  it('reads its configuration and its token', async () => {
    const connection = await connect({ rpcUrls: [chain.rpcUrl], deployment, logger: silentLogger }, on);
    connection.close();
    expect(connection.config).toMatchObject({ periodSeconds: 300, downtimeBlocks: 32, maxReservations: 3 });
    expect(connection.token).toBe(contracts.token.address);
    expect(connection).toMatchObject({ family: 'direct' });
    expect(connection.vault).toBeUndefined();
  });

  const refusals = (changes: Partial<Deployment>, rpcUrl = chain.rpcUrl) =>
    connect({ rpcUrls: [rpcUrl], deployment: { ...deployment, ...changes }, logger: silentLogger }, on);

  it('refuses what is not the right thing, and says what to do', async () => {
    await expect(refusals({ chainId: 421_614 })).rejects.toMatchObject({
      code: 'WRONG_CHAIN',
      message: expect.stringContaining('Set an RPC address of chain 421614'),
    });
    await expect(refusals({ marketplace: account(77) })).rejects.toMatchObject({
      code: 'NO_CONTRACT',
      message: expect.stringContaining('set the address'),
    });
    await expect(refusals({ marketplace: address(contracts.token.address) })).rejects.toMatchObject({
      code: 'NOT_A_MARKETPLACE',
      message: expect.stringContaining('Set address and ABI'),
    });
    await expect(refusals({ abi: ['function vault() view returns (address)'] })).rejects.toMatchObject({
      code: 'WRONG_FAMILY',
      message: expect.stringContaining('Set address and ABI'),
    });
    for (const unreachable of ['http://127.0.0.1:9', 'not an address']) {
      await expect(refusals({}, unreachable)).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    }
  });

  it('is called off at once', async () => {
    await expect(
      connect({ rpcUrls: [chain.rpcUrl], deployment, logger: silentLogger }, { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

describe('OnchainMarket on a chain that mines by the second', () => {
  const [client, host, stranger] = [0, 1, 2].map((index) => () => chain.accounts[index] as TestAccount) as [
    () => TestAccount,
    () => TestAccount,
    () => TestAccount,
  ];

  const connectAs = (key: string, cursors = new MemoryCursors()) =>
    OnchainMarket.connect(
      {
        rpcUrls: [chain.rpcUrl],
        deployment,
        signer: keySigner(new Secret(key)),
        clock: new OnchainClock(),
        cursors,
        transactions: forgottenTransactions,
        logger: silentLogger,
      },
      { pollMs: 50, ...on },
    );

  const post = async () => {
    const request = aRequest({ client: address(client().address) });
    await contracts.token.send(client(), 'mint', [client().address, totalPrice(request.ask)]);
    await contracts.token.send(client(), 'approve', [contracts.marketplace.address, totalPrice(request.ask)]);
    await contracts.marketplace.send(client(), 'requestStorage', [request]);
    return { request, requestId: requestIdOf(request) };
  };

  it('mines several of its transactions in one block, and fills with exact approvals at the same time', async () => {
    await contracts.token.send(host(), 'mint', [host().address, 10n ** 18n]);
    const { request, requestId } = await post();
    const market = await connectAs(host().key);
    await chain.provider.send('evm_setAutomine', [false]);
    await chain.provider.send('evm_setIntervalMining', [1]);
    try {
      const reserved = await Promise.all([0, 1, 2].map((index) => market.reserveSlot(requestId, index, on)));
      expect(new Set(reserved.map(({ blockNumber }) => blockNumber)).size).toBeLessThan(3);
      const collateral = collateralPerSlot(request.ask);
      await Promise.all(
        [0, 1, 2].map((index) => market.fillSlot(requestId, index, someProof, collateral, on)),
      );
      expect(await market.mySlots(on)).toHaveLength(3);
      const left = await contracts.token.read(host(), 'allowance', [
        host().address,
        contracts.marketplace.address,
      ]);
      expect(left).toBe(0n);
    } finally {
      await chain.provider.send('evm_setIntervalMining', [0]);
      await chain.provider.send('evm_setAutomine', [true]);
      await market.stop();
    }
  });

  it('tells after a restart what happened while it was away, and nothing twice', async () => {
    const cursors = new MemoryCursors();
    const heard: MarketEvent[] = [];
    const run = async (work: () => Promise<void>) => {
      const market = await connectAs(host().key, cursors);
      market.subscribe((event) => heard.push(event));
      await market.start();
      await work();
      await market.poke();
      await market.stop();
    };
    await run(async () => void (await post()));
    const { requestId } = await post();
    await run(async () => void (await post()));
    expect(heard.map(({ name }) => name)).toEqual([
      'StorageRequested',
      'StorageRequested',
      'StorageRequested',
    ]);
    expect(heard[1]).toMatchObject({ requestId });
  });

  it('tells the view of each block, and says when the chain is gone', async () => {
    const statuses: ChainStatus[] = [];
    const lonely = await startTestChain();
    const there = await lonely.deploy();
    const market = await OnchainMarket.connect(
      {
        rpcUrls: [lonely.rpcUrl],
        deployment: { ...deployment, marketplace: address(there.marketplace.address) },
        signer: keySigner(new Secret(stranger().key)),
        clock: new OnchainClock(),
        cursors: { load: async () => undefined, save: async () => {} },
        transactions: forgottenTransactions,
        logger: silentLogger,
      },
      { pollMs: 50, ...on },
    );
    market.onStatus((status) => statuses.push(status));
    await market.start();
    await lonely.mine(3);
    await market.poke();
    expect(statuses.at(-1)).toMatchObject({
      reachable: true,
      block: { number: await lonely.provider.getBlockNumber() },
    });
    await lonely.stop();
    await market.poke();
    expect(market.status.reachable).toBe(false);
    await expect(market.mySlots(on)).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    await market.stop();
  });

  it('tells at once what a server announces its blocks for, however seldom it looks by itself', async () => {
    const market = await OnchainMarket.connect(
      {
        rpcUrls: [chain.rpcUrl.replace('http', 'ws')],
        deployment,
        signer: keySigner(new Secret(host().key)),
        clock: new OnchainClock(),
        cursors: new MemoryCursors(),
        transactions: forgottenTransactions,
        logger: silentLogger,
      },
      { pollMs: 3_600_000, ...on },
    );
    const heard: MarketEvent[] = [];
    market.subscribe((event) => heard.push(event));
    await market.start();
    const { requestId } = await post();
    await vi.waitUntil(() => heard.length > 0, 10_000);
    expect(heard[0]).toMatchObject({ name: 'StorageRequested', requestId });
    expect(market.status.servers).toMatchObject([{ state: 'good', isInUse: true }]);
    await market.stop();
  });

  it('says that the account cannot pay for gas', async () => {
    const { requestId } = await post();
    const market = await connectAs(`0x${'42'.repeat(32)}`);
    await expect(market.reserveSlot(requestId, 0, on)).rejects.toMatchObject({ code: 'INSUFFICIENT_GAS' });
    await market.stop();
  });
});
