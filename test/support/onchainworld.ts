import { OnchainClock } from '../../src/main/engine/clock/onchain-clock.ts';
import type { MarketFamily } from '../../src/main/engine/contracts/family.ts';
import { address, type RequestId } from '../../src/main/engine/contracts/ids.ts';
import { requestIdOf } from '../../src/main/engine/contracts/requestid.ts';
import { totalPrice } from '../../src/main/engine/contracts/requests.ts';
import { Secret } from '../../src/main/engine/lib/secret.ts';
import { silentLogger } from '../../src/main/engine/logger.ts';
import { OnchainMarket } from '../../src/main/engine/market/onchain-market.ts';
import { keySigner } from '../../src/main/engine/market/signer.ts';
import type { MarketWorld } from './markethands.ts';
import { MemoryCursors } from './memorycursors.ts';
import { forgottenTransactions } from './memorytransactions.ts';
import { chainId, type TestChain, type TestConfig, type TestDeployment } from './practicechain.ts';
import { aRequest } from './requests.ts';
import type { TestAccount } from './testcontract.ts';

/** A marketplace on a practice chain, as hosts see it through `OnchainMarket`. */
export interface OnchainWorld extends MarketWorld {
  readonly hosts: readonly [OnchainMarket, OnchainMarket, OnchainMarket];
  readonly client: TestAccount;
  readonly deployment: TestDeployment;
  tokensOf(account: string): Promise<bigint>;
}

export async function onchainWorld(
  chain: TestChain,
  family: MarketFamily,
  config: TestConfig,
): Promise<OnchainWorld> {
  const deployment = await chain.deploy(config, family);
  const [client, validator, ...accounts] = chain.accounts;
  if (!client || !validator) throw new Error('too few accounts');
  const hosts = await Promise.all(accounts.slice(0, 3).map((host) => connectAs(chain, host, deployment)));
  const { token, marketplace } = deployment;
  let isFrozen = false;
  return {
    hosts: hosts as [OnchainMarket, OnchainMarket, OnchainMarket],
    client,
    deployment,
    requestStorage: async (changes) => {
      const request = aRequest({ ...changes, client: address(client.address) });
      await token.send(client, 'mint', [client.address, totalPrice(request.ask)]);
      await token.send(client, 'approve', [marketplace.address, totalPrice(request.ask)]);
      await marketplace.send(client, 'requestStorage', [request]);
      return { requestId: requestIdOf(request), request, at: await chain.now() };
    },
    withdrawFunds: async (id: RequestId) =>
      void (await marketplace.send(client, 'withdrawFunds(bytes32)', [id])),
    markProofAsMissing: async (id, period) =>
      void (await marketplace.send(validator, 'markProofAsMissing', [id, period])),
    setTime: async (time) => {
      if (isFrozen) await chain.provider.send('anvil_removeBlockTimestampInterval', []);
      isFrozen = false;
      if (time > (await chain.now())) await chain.setTime(time);
    },
    freezeAt: async (time) => {
      isFrozen = true;
      await chain.provider.send('anvil_setBlockTimestampInterval', [0]);
      await chain.nextBlockAt(time);
    },
    now: () => chain.now(),
    timeOf: async (block) => (await chain.provider.getBlock(block))?.timestamp ?? Number.NaN,
    mine: (blocks) => chain.mine(blocks),
    settle: async () => void (await Promise.all(hosts.map((market) => market.poke()))),
    close: async () => void (await Promise.all(hosts.map((market) => market.stop()))),
    tokensOf: async (account) => (await token.read(client, 'balanceOf', [account])) as bigint,
  };
}

async function connectAs(
  chain: TestChain,
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
      cursors: new MemoryCursors(),
      transactions: forgottenTransactions,
      logger: silentLogger,
    },
    { pollMs: 100, signal: new AbortController().signal },
  );
  await market.start();
  return market;
}
