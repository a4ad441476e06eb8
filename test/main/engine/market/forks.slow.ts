import { afterEach, beforeEach, expect, it } from 'vitest';
import { OnchainClock } from '../../../../src/main/engine/clock/onchain-clock.ts';
import { Secret } from '../../../../src/main/engine/lib/secret.ts';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import type { MarketEvent } from '../../../../src/main/engine/market/market.ts';
import { OnchainMarket } from '../../../../src/main/engine/market/onchain-market.ts';
import { keySigner } from '../../../../src/main/engine/market/signer.ts';
import { ChainWorld } from '../../../support/chainruns/world.ts';
import { MemoryCursors } from '../../../support/memorycursors.ts';
import { forgottenTransactions } from '../../../support/memorytransactions.ts';
import { Random } from '../../../support/simulation/random.ts';

const on = { signal: new AbortController().signal };

let world: ChainWorld;
let market: OnchainMarket;
beforeEach(async () => {
  world = await ChainWorld.open();
  market = await OnchainMarket.connect(
    {
      rpcUrls: [world.chain.rpcUrl],
      deployment: world.deployment,
      signer: keySigner(new Secret(world.account.key)),
      clock: new OnchainClock(),
      cursors: new MemoryCursors(),
      transactions: forgottenTransactions,
      logger: silentLogger,
    },
    { pollMs: 20, ...on },
  );
});
afterEach(async () => {
  await market.stop();
  await world.stop();
});

it('knows a request no more whose block was replaced, though it was asked for before', async () => {
  const told: MarketEvent[] = [];
  market.subscribe((event) => told.push(event));
  await market.start();
  const requestId = await world.post();
  await world.forking.mine();
  await market.poke();
  expect(await market.getRequest(requestId, on)).toBeDefined();
  await world.forking.fork({ depth: 1, kept: 0, isPoolHonest: false }, new Random(1));
  await world.forking.mine();
  await expect.poll(() => told.map(({ name }) => name)).toEqual(['StorageRequested', 'TakenBack']);
  expect(await market.getRequest(requestId, on)).toBeUndefined();
});
