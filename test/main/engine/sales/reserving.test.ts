import { describe, expect, it } from 'vitest';
import { MarketError, revertError } from '../../../../src/main/engine/market/errors.ts';
import { Gate } from '../../../support/fakeslothost.ts';
import { aWorld, pass, settled, someTerms, statesOf, type World } from '../../../support/salesfixtures.ts';
import {
  expectAllBack,
  filledByUs,
  outcomes,
  post,
  scenes,
  unreachable,
} from '../../../support/salesscenes.ts';

const { start, provider, stop } = scenes();

/** The reservation on chain is made, and its sale is over: the download failed. */
async function reservedInVain() {
  const { world, node, untouched } = await provider();
  world.host.beforeChunk = () => Promise.reject(new Error('nobody has it'));
  const posted = post(world);
  await settled();
  expect(await outcomes(node)).toEqual(['downloadFailed']);
  expect(world.market.count('reserveSlot')).toBe(1);
  world.host.beforeChunk = async () => {};
  return { world, node, untouched, ...posted };
}

/** The chain forgets nothing, and the slot is looked at anew. */
async function again(world: World) {
  const node = await start(world);
  await settled();
  return node;
}

describe('a reservation on chain', () => {
  it('is used by the next attempt after a failed download, and not made twice', async () => {
    const { world, node, slotId } = await reservedInVain();
    await stop(node);
    await again(world);
    await pass(world.clock, 60);
    expect(filledByUs(world, slotId)).toBe(true);
    expect(world.market.count('reserveSlot')).toBe(1);
  });

  it('is found by the record of it where the chain cannot tell', async () => {
    const { world, node, requestId, slotId } = await reservedInVain();
    world.market.reserveAsOthers(requestId, 0, 2);
    await stop(node);
    world.market.answerNext('holdsReservation', undefined);
    await again(world);
    await pass(world.clock, 60);
    expect(filledByUs(world, slotId)).toBe(true);
  });

  it('is found on the chain where the record of it is lost', async () => {
    const { world, node, requestId, slotId } = await reservedInVain();
    world.market.reserveAsOthers(requestId, 0, 2);
    await stop(node);
    for (const key of world.database.records.keys())
      if (key.includes('/chainreservations/')) world.database.records.delete(key);
    await again(world);
    await pass(world.clock, 60);
    expect(filledByUs(world, slotId)).toBe(true);
  });

  it('that was noted and never sent is not taken for ours', async () => {
    const { world, node } = await provider();
    world.market.failNext('reserveSlot', new MarketError('INSUFFICIENT_GAS', {}), { times: 5 });
    const { requestId, slotId } = post(world);
    await settled();
    expect(await outcomes(node)).toEqual(['error']);
    expect([...world.database.records.keys()].some((key) => key.includes('/chainreservations/'))).toBe(true);
    const untouched = { ...node.reservations.quota };
    await stop(node);
    world.market.reserveAsOthers(requestId, 0, 3);
    const gate = new Gate();
    world.host.beforeChunk = () => gate.pass();
    const later = await again(world);
    expect(world.host.stored.has(slotId)).toBe(false);
    expect(later.reservations.quota).toEqual(untouched);
    expect(later.sales.list()).toEqual([]);
    expect([...world.database.records.keys()].filter((key) => key.includes('/chainreservations/'))).toEqual(
      [],
    );
  });

  it('that another gets at the last moment is not ours: the slot is left to him and not looked at again', async () => {
    const { world, node, untouched } = await provider();
    world.market.failNext('reserveSlot', revertError('SlotReservations_ReservationNotAllowed'));
    const { slotId } = post(world);
    await settled();
    expect(await outcomes(node)).toEqual(['reservationsFull']);
    expect(node.queue.length).toBe(0);
    expect(world.database.records.has(`/meta/sales/chainreservations/${slotId.slice(2)}`)).toBe(false);
    expectAllBack(node, world, untouched, slotId);
  });

  it('that the contract does not know of after all is forgotten, so that the next attempt makes it', async () => {
    const { world, node, untouched } = await provider();
    world.market.failNext('fillSlot', revertError('Marketplace_ReservationRequired'));
    const { slotId } = post(world);
    await pass(world.clock, 60);
    expect(await outcomes(node)).toEqual(['error']);
    expect(world.database.records.has(`/meta/sales/chainreservations/${slotId.slice(2)}`)).toBe(false);
    expectAllBack(node, world, untouched, slotId);
  });

  it('whose answer was lost is not made twice, and the sale goes on', async () => {
    const { world, node } = await provider();
    world.market.failNext('reserveSlot', unreachable(), { after: true });
    const { slotId } = post(world);
    await pass(world.clock, 60);
    expect(world.market.count('reserveSlot')).toBe(1);
    expect(statesOf(node.events, slotId)).toContain('proving');
  });

  it('is written down before it is sent', async () => {
    const { world } = await provider();
    const gate = world.market.delayNext('reserveSlot');
    const { slotId } = post(world);
    await gate.reached;
    expect(world.database.records.has(`/meta/sales/chainreservations/${slotId.slice(2)}`)).toBe(true);
    gate.release();
  });

  it('is forgotten once the slot is filled, and when it is freed by force', async () => {
    const { world, node } = await provider();
    const records = () =>
      [...world.database.records.keys()].filter((key) => key.includes('/chainreservations/'));
    post(world);
    await settled();
    expect(records()).toHaveLength(1);
    await pass(world.clock, 60);
    expect(records()).toHaveLength(0);
    const failed = await (async () => {
      world.host.beforeChunk = () => Promise.reject(new Error('nobody has it'));
      const posted = post(world, {});
      await settled();
      return posted;
    })();
    expect(records()).toHaveLength(4);
    world.market.emit({ name: 'SlotFreed', requestId: failed.requestId, slotIndex: 0 });
    await settled();
    expect(records()).toHaveLength(3);
    expect(node.queue.workers.busy).toBe(0);
  });
});

describe('a reservation of a slot that is being sold', () => {
  it('is not forgotten when an event of before says that the slot was freed', async () => {
    const { world, node } = await provider();
    const records = () =>
      [...world.database.records.keys()].filter((key) => key.includes('/chainreservations/'));
    world.host.beforeChunk = () => new Promise(() => {});
    const { requestId } = post(world);
    await settled();
    expect(node.sales.list()).toMatchObject([{ state: 'downloading' }]);
    world.market.emit({ name: 'SlotFreed', requestId, slotIndex: 0 });
    await settled();
    expect(records()).toHaveLength(1);
    expect(node.sales.list()).toMatchObject([{ state: 'downloading' }]);
  });
});

describe('the wallet', () => {
  /** Tokens for so many slots of the example request. */
  async function poor(slots: number) {
    const world = aWorld();
    const { tokens } = world.market.chain.marketplace;
    tokens.set(world.market.signer, BigInt(slots) * 104_857_600n);
    const node = await start(world);
    await node.reservations.createAvailability(someTerms);
    return { world, node, tokens };
  }

  it('that holds less than the collateral keeps a slot waiting, until tokens come in', async () => {
    const { world, node, tokens } = await poor(0);
    tokens.set(world.market.signer, 104_857_599n);
    const { slotId } = post(world);
    await settled();
    expect(node.events.at(-1)).toMatchObject({
      type: 'ended',
      sale: {
        outcome: { code: 'balanceTooLow' },
        refusal: { rule: 'balance', details: { asked: 104_857_600n, yours: 104_857_599n } },
      },
    });
    expect(node.queue.items()).toMatchObject([
      { item: { slotId }, waitingFor: expect.stringContaining('wallet') as unknown },
    ]);
    expect(world.market.count('reserveSlot')).toBe(0);
    tokens.set(world.market.signer, 104_857_600n);
    node.reservations.wake();
    await pass(world.clock, 60);
    expect(filledByUs(world, slotId)).toBe(true);
  });

  it('is not promised twice: what other slots are about to need is counted', async () => {
    const { world, node } = await poor(2);
    post(world, { ask: { slots: 4n } });
    await settled();
    expect(node.reservations.reservations()).toHaveLength(2);
    await pass(world.clock, 180);
    expect(node.sales.list().map(({ state }) => state)).toEqual(['proving', 'proving']);
    expect(node.queue.length).toBe(2);
  });

  it('is not asked for a slot that no offer would take', async () => {
    const world = aWorld();
    const node = await start(world);
    await node.reservations.createAvailability({ ...someTerms, minPricePerBytePerSecond: 100n });
    post(world);
    await settled();
    expect(world.market.count('balances')).toBe(0);
  });

  it('that is emptied before the fill ends the sale with that reason, and all comes back', async () => {
    const { world, node, tokens } = await poor(1);
    const untouched = { quota: node.reservations.quota, availabilities: node.reservations.availabilities() };
    const { slotId } = post(world);
    await settled();
    tokens.set(world.market.signer, 0n);
    await pass(world.clock, 60);
    expect(await outcomes(node)).toEqual(['balanceTooLow']);
    expectAllBack(node, world, { ...untouched, reservations: [] }, slotId);
  });
});
