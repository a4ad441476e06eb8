import { describe, expect, it } from 'vitest';
import { slotIdOf } from '../../../../src/main/engine/contracts/ids.ts';
import { collateralPerSlot } from '../../../../src/main/engine/contracts/requests.ts';
import { MarketError } from '../../../../src/main/engine/market/errors.ts';
import { account } from '../../../support/requests.ts';
import { pass, settled, statesOf, type World } from '../../../support/salesfixtures.ts';
import {
  expectAllBack,
  filledByUs,
  oneSlot,
  outcomes,
  post,
  scenes,
  unreachable,
} from '../../../support/salesscenes.ts';

/** The moments around the fill, in which it is decided whether money goes in. */

const { provider, hosting } = scenes();
const { signal } = new AbortController();

/** What the market was told of when a transaction is of no use any more. */
function deadlinesOf({ market }: World, method: 'fillSlot' | 'submitProof'): (number | undefined)[] {
  const deadlines: (number | undefined)[] = [];
  const send: (...args: never[]) => unknown = market[method].bind(market);
  Object.assign(market, {
    [method]: (...args: unknown[]) => {
      deadlines.push((args.at(-1) as { deadline?: number }).deadline);
      return Reflect.apply(send, market, args);
    },
  });
  return deadlines;
}

describe('the last moment', () => {
  it('of a fill is the last second of the period of its proof', async () => {
    const { world } = await provider();
    const deadlines = deadlinesOf(world, 'fillSlot');
    post(world);
    await pass(world.clock, 60);
    expect(deadlines).toHaveLength(1);
    expect(deadlines[0]).toBe(Math.floor(world.clock.now() / 60) * 60 + 59);
  });

  it('of a fill is before the second of the expiry, where that comes first', async () => {
    const { world } = await provider();
    const deadlines = deadlinesOf(world, 'fillSlot');
    const toPeriod = 60 - (world.clock.now() % 60);
    const { requestId } = post(world, { ...oneSlot, expiry: BigInt(toPeriod + 50) });
    await pass(world.clock, toPeriod + 5);
    expect(deadlines).toEqual([world.market.chain.marketplace.request(requestId).expiresAt - 1]);
  });

  it('of a proof is the last second of its period', async () => {
    const { world } = await hosting();
    const deadlines = deadlinesOf(world, 'submitProof');
    await pass(world.clock, 60);
    expect(deadlines.length).toBeGreaterThan(0);
    expect(deadlines[0]).toBe(Math.floor(world.clock.now() / 60) * 60 + 59);
  });

  it('of a fill is missed: the proof is made anew when its period was too short for it', async () => {
    const { world, node } = await provider();
    world.market.failNext('fillSlot', new MarketError('TOO_LATE', {}));
    const { slotId } = post(world);
    await pass(world.clock, 130);
    expect(world.market.count('fillSlot')).toBe(2);
    expect(filledByUs(world, slotId)).toBe(true);
    expect(statesOf(node.events, slotId).filter((state) => state === 'initialProving')).toHaveLength(2);
  });

  it('of a fill is missed: the slot is left when the request is about to expire, and that is said', async () => {
    const { world, node, untouched } = await provider();
    world.market.failNext('fillSlot', new MarketError('TOO_LATE', {}));
    const toPeriod = 60 - (world.clock.now() % 60);
    const { slotId } = post(world, { ...oneSlot, expiry: BigInt(toPeriod + 50) });
    await pass(world.clock, toPeriod + 40);
    const [sale] = await node.sales.history(1);
    expect(sale?.outcome).toMatchObject({ code: 'tooLate', text: expect.stringContaining('too soon') });
    expectAllBack(node, world, untouched, slotId);
  });

  it('of a proof is missed: the failure says that it could not be mined in time', async () => {
    const { world, node } = await hosting();
    world.market.failNext('submitProof', new MarketError('TOO_LATE', {}));
    await pass(world.clock, 60);
    expect(node.sales.list()[0]?.proofs.lastFailure).toMatchObject({
      cause: 'tooLate',
      text: expect.stringContaining('could not be mined'),
    });
  });
});

describe('filling a slot', () => {
  it('is left when the request may expire before the fill is mined', async () => {
    const { world, node, untouched } = await provider();
    const { slotId } = post(world, { ...oneSlot, expiry: 60n });
    await pass(world.clock, 50);
    expect(world.market.count('fillSlot')).toBe(0);
    expect(await outcomes(node)).toEqual(['tooLate']);
    expectAllBack(node, world, untouched, slotId);
  });

  it('is left when the request expired while the first proof was made', async () => {
    const { world, node, untouched } = await provider();
    const { slotId } = post(world);
    await settled();
    world.market.answerNext('requestState', 'cancelled');
    await pass(world.clock, 60);
    expect(world.market.count('fillSlot')).toBe(0);
    expect(await outcomes(node)).toEqual(['requestExpired']);
    expectAllBack(node, world, untouched, slotId);
  });

  it('repairs a slot of a request that has long started, for the lower collateral', async () => {
    const { world, node } = await provider();
    const other = world.market.as(account(0xb0b));
    world.host.beforeChunk = () => Promise.reject(new Error('nobody has it'));
    const { requestId, request } = post(world, { ask: { slots: 2n } });
    await settled();
    for (const slotIndex of [0, 1]) world.market.fillAsOther(requestId, slotIndex, other.signer);
    await pass(world.clock, 700, 50);
    world.host.beforeChunk = async () => {};
    await other.freeSlot(slotIdOf(requestId, 1), { signal });
    await pass(world.clock, 65);
    const full = collateralPerSlot(request.ask);
    expect(filledByUs(world, slotIdOf(requestId, 1))).toBe(true);
    expect(node.sales.list()).toMatchObject([
      { slotIndex: 1, state: 'proving', collateral: full - full / 10n },
    ]);
  });

  it.each(['finished', 'failed', 'paid', 'cancelled'] as const)(
    'is thought over anew when it failed and the chain calls the slot %s',
    async (state) => {
      const { world, node } = await provider();
      const { slotId } = post(world);
      await settled();
      const fillSlot = world.market.fillSlot.bind(world.market);
      world.market.fillSlot = () => {
        world.market.fillSlot = fillSlot;
        world.market.answerNext('slotState', state);
        return Promise.reject(unreachable());
      };
      await pass(world.clock, 180);
      expect(statesOf(node.events, slotId)).toContain('unknown');
      expect(node.sales.list()).toMatchObject([{ slotId, state: 'proving' }]);
    },
  );

  it('is kept when a server that lags does not know the request just after it', async () => {
    const { world, node } = await provider();
    const { slotId } = post(world);
    await settled();
    const gate = world.market.delayNext('fillSlot', { after: true });
    await pass(world.clock, 45);
    await gate.reached;
    for (let i = 0; i < 3; i++) world.market.answerNext('getRequest', undefined);
    gate.release();
    await settled();
    expect(node.sales.list()).toMatchObject([{ slotId, state: 'proving' }]);
  });
});

describe('a first proof', () => {
  it('that is being made when another fills the slot is called off, and is no failure', async () => {
    const { world, node, untouched } = await provider();
    let isCalledOff = false;
    const prove = world.host.prove.bind(world.host);
    world.host.prove = (slot, challenge, options) => {
      options.signal.addEventListener('abort', () => (isCalledOff = true), { once: true });
      return prove(slot, challenge, options);
    };
    world.host.beforeProof = () => new Promise(() => {});
    const { requestId, slotId } = post(world);
    await pass(world.clock, 45);
    expect(node.sales.list()[0]?.state).toBe('initialProving');
    world.market.fillAsOther(requestId, 0);
    await settled();
    expect(isCalledOff).toBe(true);
    expect(await outcomes(node)).toEqual(['slotTaken']);
    expectAllBack(node, world, untouched, slotId);
  });
});
