import { afterEach, describe, expect, it } from 'vitest';
import type { RequestId } from '../../../../src/main/engine/contracts/ids.ts';
import { Insight } from '../../../../src/main/engine/insight/insight.ts';
import { slotAtRisk } from '../../../../src/main/engine/insight/slotsatrisk.ts';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import { newSale } from '../../../../src/main/engine/sales/salerecord.ts';
import { createHandlers } from '../../../../src/main/ipc/handlers.ts';
import { createRouter } from '../../../../src/main/ipc/router.ts';
import { api } from '../../../../src/shared/api.ts';
import type { Reply } from '../../../../src/shared/contract.ts';
import { errorTexts } from '../../../../src/shared/errors.ts';
import { Wallet } from '../../../../src/main/wallet/wallet.ts';
import { decode, encode } from '../../../../src/shared/json.ts';
import { examplePay } from '../../../support/insightfixtures.ts';
import { noAccounts, someToken } from '../../../support/accountfixtures.ts';
import { aLogDesk } from '../../../support/logdesk.ts';
import { aNetworkDesk } from '../../../support/networkdesk.ts';
import { aRequest, exampleAsk, word } from '../../../support/requests.ts';
import { aWalletDesk } from '../../../support/walletdesk.ts';
import { aNode, aSlot, aWorld, pass, settled, someTerms } from '../../../support/salesfixtures.ts';

const { slotSize } = exampleAsk;
const offer = {
  totalBytes: 64n * slotSize,
  durationSeconds: 3600n,
  minPricePerBytePerSecond: 7n,
  totalCollateral: 6400n * slotSize,
};

const stopping: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stopping.splice(0).toReversed()) await stop();
});

/** A node over a world in memory, asked as a window asks. */
async function aWindow({ sells = false } = {}) {
  const world = aWorld();
  const { clock, market, database } = world;
  const { reservations, queue, sales } = await aNode(world);
  const insight = new Insight({ market, clock, sales, queue, reservations, database, logger: silentLogger });
  await insight.start();
  stopping.push(() => insight.stop());
  if (sells) {
    await reservations.createAvailability(someTerms);
    await sales.start({ signal: new AbortController().signal });
    stopping.push(() => sales.stop());
  }
  const router = createRouter(
    api,
    createHandlers({
      snapshot: () => expect.fail('not asked for'),
      ...aLogDesk('no folder'),
      token: () => someToken,
      ...aNetworkDesk('no folder'),
      ...aWalletDesk(new Wallet({ folder: 'no folder', logger: silentLogger })),
      node: () => ({ reservations, insight, sales, accounts: noAccounts }),
    }),
    { logger: silentLogger },
  );
  const ask = async (name: string, input: unknown) =>
    decode(await router.dispatch(name, encode(input))) as Reply;
  return { ...world, reservations, sales, insight, ask };
}

describe('The call whyNot', () => {
  it('answers with the counts of the days and the newest requests', async () => {
    const { market, ask } = await aWindow({ sells: true });
    const { requestId } = market.requestStorage({ ask: { pricePerBytePerSecond: 4n } });
    await settled();
    expect(await ask('whyNot', {})).toMatchObject({
      ok: true,
      value: {
        counts: [{ day: '2023-11-14', rule: 'price', requests: 1, slots: 4 }],
        recent: [
          {
            requestId,
            offers: [
              {
                obstacles: [
                  { smallestChange: { kind: 'change', changes: { minPricePerBytePerSecond: 4n } } },
                ],
              },
            ],
          },
        ],
      },
    });
    expect(await ask('whyNot', { from: '2023-11-15' })).toMatchObject({ value: { counts: [] } });
    expect(await ask('whyNot', { to: '2023-11-14', limit: 1 })).toMatchObject({ value: { counts: [{}] } });
  });

  it('refuses what is no day and no number of requests', async () => {
    const { ask } = await aWindow();
    for (const input of [{ from: '2023-11-31' }, { to: 'yesterday' }, { limit: 0 }, { limit: 1001 }]) {
      expect(await ask('whyNot', input)).toMatchObject({ ok: false, error: { code: 'BAD_INPUT' } });
    }
  });
});

describe('The call backtest', () => {
  it('answers what an offer would have taken of the requests of that time', async () => {
    const { clock, market, ask } = await aWindow();
    const from = clock.now();
    market.requestStorage();
    clock.advance(100);
    market.requestStorage({ ask: { pricePerBytePerSecond: 6n } });
    clock.advance(100);
    market.requestStorage();
    expect(await ask('backtest', { ...offer, from, to: from + 100 })).toMatchObject({
      ok: true,
      value: {
        requests: 2,
        matched: { requests: 1, slots: 4n, earned: 4n * examplePay },
        withCapacity: { requests: 1, slots: 4n },
        refusedBy: { price: 1 },
        nearestMisses: [{ rule: 'price' }],
      },
    });
    expect(await ask('backtest', { ...offer, from })).toMatchObject({ value: { requests: 3 } });
  });

  it('knows when a request was posted, to the second', async () => {
    const { clock, market, ask } = await aWindow();
    const from = clock.now();
    market.requestStorage();
    const matched = async (until: number) => ask('backtest', { ...offer, from, until });
    expect(await matched(from + 3600)).toMatchObject({ value: { matched: { requests: 1 } } });
    expect(await matched(from + 3599)).toMatchObject({ value: { refusedBy: { until: 1 } } });
  });

  it('takes the expiry where the chain has forgotten the request', async () => {
    const { clock, market, ask } = await aWindow();
    const from = clock.now();
    market.requestStorage();
    market.answerNext('getRequest', undefined);
    expect(await ask('backtest', { ...offer, from, until: from + 4199 })).toMatchObject({
      value: { refusedBy: { until: 1 } },
    });
  });

  it('is called off by a newer question, which is answered', async () => {
    const { clock, market, ask } = await aWindow();
    market.requestStorage();
    const delay = market.delayNext('getRequest');
    const older = ask('backtest', { ...offer, from: clock.now() });
    await delay.reached;
    const newer = ask('backtest', { ...offer, from: clock.now() });
    expect(await older).toMatchObject({ ok: false, error: { code: 'BACKTEST_REPLACED' } });
    expect(errorTexts.BACKTEST_REPLACED).toBeDefined();
    expect(await newer).toMatchObject({ ok: true, value: { requests: 1 } });
  });

  it('ends with the node', async () => {
    const { clock, market, insight, ask } = await aWindow();
    market.requestStorage();
    const delay = market.delayNext('getRequest');
    const running = ask('backtest', { ...offer, from: clock.now() });
    await delay.reached;
    await insight.stop();
    expect(await running).toMatchObject({ ok: false, error: { code: 'NODE_STOPPING' } });
    expect(await ask('backtest', { ...offer, from: clock.now() })).toMatchObject({
      error: { code: 'NODE_STOPPING' },
    });
  });

  it.each([
    ['no bytes', { totalBytes: 0n }],
    ['more bytes than a disk has', { totalBytes: 2n ** 63n }],
    ['a negative price', { minPricePerBytePerSecond: -1n }],
    ['a price beyond the chain', { minPricePerBytePerSecond: 2n ** 256n }],
    ['no duration', { durationSeconds: 0n }],
    ['no collateral', { totalCollateral: 0n }],
    ['a time that is none', { from: -1 }],
  ])('refuses %s', async (_what, changes) => {
    const { ask } = await aWindow();
    expect(await ask('backtest', { ...offer, from: 0, ...changes })).toMatchObject({
      ok: false,
      error: { code: 'BAD_INPUT' },
    });
  });
});

describe('The call risk', () => {
  it('answers that nothing can be lost without a slot', async () => {
    const { ask } = await aWindow();
    expect(await ask('risk', {})).toMatchObject({
      ok: true,
      value: {
        atRisk: 0n,
        slots: [],
        offline: [{ seconds: 600 }, { seconds: 3600 }, { seconds: 28_800 }],
        safeSeconds: { risk: 0.01, noSlash: Infinity, noLoss: Infinity },
      },
    });
  });

  it('answers what the filled slots put at risk, from the contract’s own configuration', async () => {
    const { clock, market, reservations, ask } = await aWindow({ sells: true });
    market.requestStorage();
    await settled();
    await pass(clock, 200);
    expect(reservations.reservations().map(({ phase }) => phase)).toEqual(Array(4).fill('filled'));
    const collateral = 100n * slotSize;
    const { periodSeconds } = market.config;
    const left = periodSeconds - (clock.now() % periodSeconds);
    const reply = await ask('risk', { seconds: [left + periodSeconds - 1, left + periodSeconds], risk: 0 });
    expect(reply).toMatchObject({
      ok: true,
      value: {
        asOf: clock.now(),
        slots: Array(4).fill({
          missed: 0,
          ladder: [{}, { collateralLeft: (collateral * 4n) / 5n }, { isLost: true }],
        }),
        offline: [
          { anySlash: 0, expectedLoss: 0n },
          { anySlash: 1, anyLoss: 0, expectedLoss: (4n * collateral) / 5n },
        ],
        safeSeconds: { risk: 0, noSlash: left + periodSeconds - 1, noLoss: left + 2 * periodSeconds - 1 },
      },
    });
    const { atRisk } = (reply as unknown as { value: { atRisk: bigint } }).value;
    expect(atRisk).toBeGreaterThan(4n * collateral);
  });

  it('refuses a chance above one, and times that are none', async () => {
    const { ask } = await aWindow();
    for (const input of [
      { risk: 1.1 },
      { risk: -0.1 },
      { risk: NaN },
      { seconds: [-1] },
      { seconds: [0.5] },
    ]) {
      expect(await ask('risk', input)).toMatchObject({ ok: false, error: { code: 'BAD_INPUT' } });
    }
  });
});

describe('A sale as a slot at risk', () => {
  const config = aWorld().market.config;
  const ref = { ...aSlot(), requestId: word<RequestId>(1) };
  const sale = { ...newSale(ref, 1_700_000_000), ask: aRequest().ask, filledAt: 1_700_000_000 };

  it('is none before the slot is filled, and before its terms are known', () => {
    expect(slotAtRisk(newSale(ref, 1_700_000_000), config)).toBeUndefined();
    const { filledAt: _, ...unfilled } = sale;
    expect(slotAtRisk(unfilled, config)).toBeUndefined();
  });

  it('has the full collateral on record, also when it was taken over at a discount', () => {
    const slot = slotAtRisk({ ...sale, collateral: 90n * slotSize }, config);
    expect(slot).toMatchObject({ collateral: 100n * slotSize, currentCollateral: 100n * slotSize });
    expect(slot?.requestEndsAt).toBe(1_700_003_600);
  });

  it('has what the misses left, until the chain has said it', () => {
    const proofs = { ...sale.proofs, missed: 1 };
    expect(slotAtRisk({ ...sale, proofs }, config)?.currentCollateral).toBe(80n * slotSize);
    expect(slotAtRisk({ ...sale, proofs, currentCollateral: 5n }, config)?.currentCollateral).toBe(5n);
  });
});
