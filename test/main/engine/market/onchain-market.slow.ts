import { afterAll, beforeAll } from 'vitest';
import { OnchainClock } from '../../../../src/main/engine/clock/onchain-clock.ts';
import { address } from '../../../../src/main/engine/contracts/ids.ts';
import { requestIdOf } from '../../../../src/main/engine/contracts/requestid.ts';
import { totalPrice } from '../../../../src/main/engine/contracts/requests.ts';
import { Secret } from '../../../../src/main/engine/lib/secret.ts';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import { OnchainMarket } from '../../../../src/main/engine/market/onchain-market.ts';
import { keySigner } from '../../../../src/main/engine/market/signer.ts';
import { marketSuite, suiteConfig, type MarketWorld } from '../../../support/marketsuite.ts';
import {
  chainId,
  startTestChain,
  testConfig,
  type TestChain,
  type TestDeployment,
} from '../../../support/practicechain.ts';
import { aRequest } from '../../../support/requests.ts';
import type { TestAccount } from '../../../support/testcontract.ts';

let chain: TestChain;
beforeAll(async () => {
  chain = await startTestChain();
});
afterAll(() => chain.stop());

marketSuite('OnchainMarket', 'direct', async (): Promise<MarketWorld> => {
  const deployment = await chain.deploy(onchainConfig);
  const [client, validator, ...hosts] = chain.accounts as [TestAccount, ...TestAccount[]];
  const markets = await Promise.all(hosts.slice(0, 3).map((host) => connectAs(host, deployment)));
  const { token, marketplace } = deployment;
  if (!validator) throw new Error('too few accounts');
  return {
    hosts: markets as [OnchainMarket, OnchainMarket, OnchainMarket],
    requestStorage: async (changes) => {
      const request = aRequest({ ...changes, client: address(client.address) });
      await token.send(client, 'mint', [client.address, totalPrice(request.ask)]);
      await token.send(client, 'approve', [marketplace.address, totalPrice(request.ask)]);
      await marketplace.send(client, 'requestStorage', [request]);
      return { requestId: requestIdOf(request), request, at: await chain.now() };
    },
    withdrawFunds: async (id) => void (await marketplace.send(client, 'withdrawFunds(bytes32)', [id])),
    markProofAsMissing: async (id, period) =>
      void (await marketplace.send(validator, 'markProofAsMissing', [id, period])),
    setTime: async (time) => {
      await chain.provider.send('anvil_removeBlockTimestampInterval', []);
      if (time > (await chain.now())) await chain.setTime(time);
    },
    freezeAt: async (time) => {
      await chain.provider.send('anvil_setBlockTimestampInterval', [0]);
      await chain.nextBlockAt(time);
    },
    now: () => chain.now(),
    timeOf: async (block) => (await chain.provider.getBlock(block))?.timestamp ?? Number.NaN,
    mine: (blocks) => chain.mine(blocks),
    settle: async () => void (await Promise.all(markets.map((market) => market.poke()))),
    close: async () => void (await Promise.all(markets.map((market) => market.stop()))),
  };
});

const onchainConfig = {
  ...testConfig,
  proofs: {
    ...testConfig.proofs,
    period: suiteConfig.periodSeconds,
    timeout: suiteConfig.timeoutSeconds,
    zkeyHash: suiteConfig.zkeyHash,
  },
};

async function connectAs(
  host: TestAccount,
  { marketplace, token, deployedAtBlock }: TestDeployment,
): Promise<OnchainMarket> {
  await token.send(host, 'mint', [host.address, 10n ** 24n]);
  const market = await OnchainMarket.connect(
    {
      rpcUrls: [chain.rpcUrl],
      deployment: {
        name: 'the test chain',
        chainId,
        marketplace: address(marketplace.address),
        abi: marketplace.abi,
        deployedAtBlock,
      },
      signer: keySigner(new Secret(host.key)),
      clock: new OnchainClock(),
      cursors: { load: async () => undefined, save: async () => {} },
      logger: silentLogger,
    },
    { pollMs: 100, signal: new AbortController().signal },
  );
  await market.start();
  return market;
}
