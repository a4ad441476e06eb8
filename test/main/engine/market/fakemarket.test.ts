import { describe, expect, it } from 'vitest';
import type { MarketFamily } from '../../../../src/main/engine/contracts/family.ts';
import { slotIdOf } from '../../../../src/main/engine/contracts/ids.ts';
import { MarketError } from '../../../../src/main/engine/market/errors.ts';
import { FakeClock } from '../../../support/fakeclock.ts';
import { FakeMarket, someProof } from '../../../support/fakemarket.ts';
import { marketSuite, suiteConfig, type MarketWorld } from '../../../support/marketsuite.ts';
import { account } from '../../../support/requests.ts';

for (const family of ['direct', 'vault'] as const) marketSuite('FakeMarket', family, () => fakeWorld(family));

async function fakeWorld(family: MarketFamily): Promise<MarketWorld> {
  const clock = new FakeClock();
  const config = { ...suiteConfig, family };
  const market = new FakeMarket({ clock, config, onListenerError: () => {} });
  return {
    hosts: [market, market.as(account(2)), market.as(account(3))],
    requestStorage: async (changes) => ({ ...market.requestStorage(changes), at: clock.now() }),
    withdrawFunds: async (id) => void market.withdrawFunds(id),
    markProofAsMissing: async (id, period) => void market.markProofAsMissing(id, period),
    setTime: async (time) => clock.set(time),
    freezeAt: async (time) => clock.set(time),
    now: async () => clock.now(),
    timeOf: async (block) => market.chain.timeOf(block),
    mine: async (blocks) => market.mine(blocks),
    settle: async () => {},
    close: async () => {},
  };
}

describe('FakeMarket', () => {
  const on = { signal: new AbortController().signal };
  const make = () => {
    const clock = new FakeClock();
    return { clock, market: new FakeMarket({ clock }) };
  };

  it('compares times strictly: in the second of the expiry and of the end nothing has changed yet', async () => {
    const { clock, market } = make();
    const { requestId } = market.requestStorage();
    const other = market.requestStorage({ ask: { slots: 1n, maxSlotLoss: 0n } });
    market.fillAsOther(other.requestId, 0);
    const states = async () => [
      await market.requestState(requestId, on),
      await market.requestState(other.requestId, on),
    ];
    clock.advance(600);
    expect(await states()).toEqual(['new', 'started']);
    clock.advance(1);
    expect(await states()).toEqual(['cancelled', 'started']);
    clock.advance(2999);
    expect(await states()).toEqual(['cancelled', 'started']);
    clock.advance(1);
    expect(await states()).toEqual(['cancelled', 'finished']);
  });

  it('leaves client and contract with the sums of the worked example', async () => {
    const { clock, market } = make();
    const start = clock.now();
    const { requestId, request } = market.requestStorage();
    const hosts = [0, 1, 2, 3].map((index) => account(100 + index));
    [60, 61, 120, 300].forEach((after, index) => {
      clock.set(start + after);
      market.fillAsOther(requestId, index, hosts[index]);
    });
    clock.set(start + 3601);
    for (const [index, host] of hosts.entries()) {
      await market.as(host, { tokens: 0n }).freeSlot(slotIdOf(requestId, index), on);
    }
    market.withdrawFunds(requestId);
    const { tokens, pot } = { tokens: market.chain.marketplace.tokens, pot: market.chain.marketplace.pot };
    const rewards = [25_983_713_280n, 25_976_373_248n, 25_543_311_360n, 24_222_105_600n];
    expect(hosts.map((host) => tokens.get(host))).toEqual(rewards.map((reward) => reward + 104_857_600n));
    expect(tokens.get(request.client)).toBe(3_970_957_312n);
    expect(pot).toBe(0n);
  });

  it('fails the next calls as told, before or after they took effect', async () => {
    const { market } = make();
    const { requestId } = market.requestStorage();
    const error = new MarketError('CHAIN_UNREACHABLE', {});
    market.failNext('reserveSlot', error);
    market.failNext('reserveSlot', error, { after: true });
    await expect(market.reserveSlot(requestId, 0, on)).rejects.toBe(error);
    expect(await market.canReserveSlot(requestId, 0, on)).toBe(true);
    await expect(market.reserveSlot(requestId, 0, on)).rejects.toBe(error);
    expect(await market.canReserveSlot(requestId, 0, on)).toBe(false);
    expect(market.count('reserveSlot')).toBe(2);
  });

  it('holds a call back until released; before its effect the signal counts', async () => {
    const { market } = make();
    const { requestId } = market.requestStorage();
    const controller = new AbortController();
    const first = market.delayNext('reserveSlot');
    const called = market.reserveSlot(requestId, 0, controller);
    await first.reached;
    controller.abort();
    await expect(called).rejects.toMatchObject({ name: 'AbortError' });
    expect(await market.canReserveSlot(requestId, 0, on)).toBe(true);

    const sent = market.delayNext('reserveSlot', { after: true });
    const again = market.reserveSlot(requestId, 0, on);
    await sent.reached;
    expect(await market.canReserveSlot(requestId, 0, on)).toBe(false);
    sent.release();
    expect(await again).toMatchObject({ blockNumber: market.chain.blockNumber });
  });

  it('refuses a transaction that the account cannot pay the gas of', async () => {
    const { market } = make();
    const { requestId } = market.requestStorage();
    market.chain.gas.set(market.signer, 1n);
    await expect(market.reserveSlot(requestId, 0, on)).rejects.toMatchObject({ code: 'INSUFFICIENT_GAS' });
  });

  it('refuses a fill beyond the account’s tokens', async () => {
    const { market } = make();
    const { requestId } = market.requestStorage();
    const poor = market.as(account(9), { tokens: 104_857_599n });
    await poor.reserveSlot(requestId, 0, on);
    await expect(poor.fillSlot(requestId, 0, someProof, 104_857_600n, on)).rejects.toMatchObject({
      code: 'INSUFFICIENT_TOKENS',
    });
  });
});
