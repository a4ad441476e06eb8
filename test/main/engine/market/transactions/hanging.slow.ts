import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { toQuantity } from 'ethers';
import { OnchainClock } from '../../../../../src/main/engine/clock/onchain-clock.ts';
import { address, slotIdOf } from '../../../../../src/main/engine/contracts/ids.ts';
import { requestIdOf } from '../../../../../src/main/engine/contracts/requestid.ts';
import { totalPrice } from '../../../../../src/main/engine/contracts/requests.ts';
import { Secret } from '../../../../../src/main/engine/lib/secret.ts';
import { silentLogger } from '../../../../../src/main/engine/logger.ts';
import { OnchainMarket } from '../../../../../src/main/engine/market/onchain-market.ts';
import { keySigner } from '../../../../../src/main/engine/market/signer.ts';
import type { TransactionsOptions } from '../../../../../src/main/engine/market/transactions/transactions.ts';
import { MemoryCursors } from '../../../../support/memorycursors.ts';
import { forgottenTransactions } from '../../../../support/memorytransactions.ts';
import {
  chainId,
  startTestChain,
  type TestChain,
  type TestDeployment,
} from '../../../../support/practicechain.ts';
import { aRequest } from '../../../../support/requests.ts';
import type { TestAccount } from '../../../../support/testcontract.ts';

const on = { signal: new AbortController().signal };
const GWEI = 10n ** 9n;
let chain: TestChain;
let contracts: TestDeployment;
const markets: OnchainMarket[] = [];

beforeAll(async () => {
  chain = await startTestChain();
  contracts = await chain.deploy();
});
afterEach(async () => {
  await chain.provider.send('evm_setAutomine', [true]);
  for (const market of markets.splice(0)) await market.stop();
});
afterAll(() => chain.stop());

const client = () => chain.accounts[0] as TestAccount;
const host = () => chain.accounts[1] as TestAccount;

async function aRequestOfIts() {
  const request = aRequest({ client: address(client().address) });
  const { token, marketplace } = contracts;
  await token.send(client(), 'mint', [client().address, totalPrice(request.ask)]);
  await token.send(client(), 'approve', [marketplace.address, totalPrice(request.ask)]);
  await marketplace.send(client(), 'requestStorage', [request]);
  return requestIdOf(request);
}

async function aMarket(sending: TransactionsOptions): Promise<OnchainMarket> {
  const { abi, address: marketplace } = contracts.marketplace;
  const { deployedAtBlock } = contracts;
  const market = await OnchainMarket.connect(
    {
      rpcUrls: [chain.rpcUrl],
      deployment: {
        name: 'the test chain',
        chainId,
        marketplace: address(marketplace),
        abi,
        deployedAtBlock,
      },
      signer: keySigner(new Secret(host().key)),
      clock: new OnchainClock(),
      cursors: new MemoryCursors(),
      transactions: forgottenTransactions,
      logger: silentLogger,
    },
    { pollMs: 50, sending, ...on },
  );
  await market.start();
  markets.push(market);
  return market;
}

/** A block whose base fee is so much above the one before that what was offered does not suffice. */
async function dearBlock(baseFee: bigint): Promise<void> {
  await chain.provider.send('anvil_setNextBlockBaseFeePerGas', [toQuantity(baseFee)]);
  await chain.mine();
}

interface Waiting {
  readonly hash: string;
  readonly maxFeePerGas: string;
}

/** The host's transactions in the pool, those too that pay too little at present. */
async function waiting() {
  const content: Record<string, Record<string, Record<string, Waiting>>> = await chain.provider.send(
    'txpool_content',
    [],
  );
  return Object.values(content)
    .flatMap((part) => Object.entries(part))
    .filter(([from]) => from.toLowerCase() === host().address)
    .flatMap(([, byNonce]) => Object.values(byNonce))
    .map(({ hash, maxFeePerGas }) => ({ hash, maxFeePerGas: BigInt(maxFeePerGas) }));
}

describe('transactions on a chain that moves otherwise than they want', () => {
  it('are replaced by ones that pay more where the base fee has left them behind', async () => {
    const requestId = await aRequestOfIts();
    const market = await aMarket({ stuckMs: 1500 });
    await chain.provider.send('evm_setAutomine', [false]);
    const reserving = market.reserveSlot(requestId, 0, on);
    await expect.poll(waiting).toHaveLength(1);
    const [first] = await waiting();
    const offered = first?.maxFeePerGas ?? 0n;
    await dearBlock(2n * offered);
    await expect
      .poll(async () => (await waiting())[0]?.maxFeePerGas ?? 0n, { timeout: 20_000 })
      .toBeGreaterThanOrEqual(2n * offered);
    await chain.mine();
    const { transactionHash } = await reserving;
    expect(transactionHash).not.toBe(first?.hash);
    expect(await market.holdsReservation(requestId, 0, on)).toBe(true);
    expect(await market.transactionsOf(slotIdOf(requestId, 0))).toMatchObject([
      { purpose: 'reserve', state: 'mined', transactionHash },
    ]);
    expect(await waiting()).toEqual([]);
  });

  it('are not paid more for than the cap allows: they wait, say so, and go when gas is cheaper', async () => {
    const requestId = await aRequestOfIts();
    const market = await aMarket({ stuckMs: 1500, maxFeePerGas: 50n * GWEI });
    await dearBlock(80n * GWEI);
    const reserving = market.reserveSlot(requestId, 0, on);
    await expect.poll(async () => (await market.gasOutlook(on)).waitsForFees).toBe(true);
    expect(await market.canReserveSlot(requestId, 0, on)).toBe(true);
    await dearBlock(GWEI);
    expect(await reserving).toMatchObject({ gasCost: expect.any(BigInt) });
    expect((await market.gasOutlook(on)).waitsForFees).toBe(false);
  });

  it('come back when the block that held them is replaced by one without them', async () => {
    const requestId = await aRequestOfIts();
    const market = await aMarket({});
    const { transactionHash } = await market.reserveSlot(requestId, 0, on);
    await chain.provider.send('anvil_reorg', [1, []]);
    expect(await market.holdsReservation(requestId, 0, on)).toBe(false);
    await expect
      .poll(
        async () => {
          await chain.mine();
          return market.holdsReservation(requestId, 0, on);
        },
        { timeout: 20_000, interval: 200 },
      )
      .toBe(true);
    await expect
      .poll(() => market.transactionsOf(slotIdOf(requestId, 0)))
      .toMatchObject([{ purpose: 'reserve', state: 'mined', transactionHash }]);
  });

  it('are taken back when their time is over, and the next one goes through', async () => {
    const requestId = await aRequestOfIts();
    const market = await aMarket({ stuckMs: 600_000 });
    await chain.provider.send('evm_setAutomine', [false]);
    const late = market.reserveSlot(requestId, 0, { ...on, deadline: (await chain.now()) + 30 });
    const refused = expect(late).rejects.toMatchObject({ code: 'TOO_LATE', details: { purpose: 'reserve' } });
    await expect.poll(waiting).toHaveLength(1);
    const [first] = await waiting();
    // Too dear for the first one, and cheap enough for what takes its place.
    const dear = 2n * (first?.maxFeePerGas ?? 0n);
    await chain.provider.send('anvil_setNextBlockBaseFeePerGas', [toQuantity(dear)]);
    await chain.setTime((await chain.now()) + 60);
    await expect
      .poll(
        async () => {
          await dearBlock(dear);
          return (await market.transactionsOf(slotIdOf(requestId, 0)))[0]?.state;
        },
        { timeout: 20_000, interval: 200 },
      )
      .toBe('gone');
    await refused;
    expect(await market.canReserveSlot(requestId, 0, on)).toBe(true);
    expect(await market.transactionsOf(slotIdOf(requestId, 0))).toMatchObject([
      { purpose: 'reserve', state: 'gone', gasCost: expect.any(BigInt) },
    ]);
    await chain.provider.send('evm_setAutomine', [true]);
    await market.reserveSlot(requestId, 0, on);
    expect(await market.holdsReservation(requestId, 0, on)).toBe(true);
  });
});
