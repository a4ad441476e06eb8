import { afterEach, describe, expect, it } from 'vitest';
import { slotIdOf, type SlotId } from '../../../../src/main/engine/contracts/ids.ts';
import { pricePerSlotPerSecond } from '../../../../src/main/engine/contracts/requests.ts';
import { MarketError } from '../../../../src/main/engine/market/errors.ts';
import { FakeMarket } from '../../../support/fakemarket.ts';
import { Gate } from '../../../support/fakeslothost.ts';
import { countingSignal, watchLeaks } from '../../../support/noleaks.ts';
import { recordingLogger } from '../../../support/recordinglogger.ts';
import { expectAllowedEdges } from '../../../support/saleedges.ts';
import {
  aNode,
  aWorld,
  expectSoundBooks,
  pass,
  settled,
  someTerms,
  statesOf,
  type Node,
  type World,
} from '../../../support/salesfixtures.ts';

const nodes: Node[] = [];
afterEach(async () => {
  for (const { sales, events } of nodes.splice(0)) {
    await sales.stop();
    expectAllowedEdges(events);
  }
});

async function start(world: World): Promise<Node> {
  const node = await aNode(world);
  nodes.push(node);
  await node.sales.start();
  await settled();
  return node;
}

async function stop(node: Node): Promise<void> {
  nodes.splice(nodes.indexOf(node), 1);
  await node.sales.stop();
}

/** A node with an offer, and a request of one slot. */
async function posted({ slots = 1n } = {}) {
  const world = aWorld();
  const node = await start(world);
  await node.reservations.createAvailability(someTerms);
  const { requestId, request } = world.market.requestStorage({ ask: { slots, maxSlotLoss: 0n } });
  return { world, node, requestId, slotId: slotIdOf(requestId, 0), rate: pricePerSlotPerSecond(request.ask) };
}

/** Stopped in the middle of its download, with a quarter of the slot booked. */
async function interrupted() {
  const { world, node, ...rest } = await posted();
  const gate = new Gate();
  world.host.beforeChunk = (_, done) => (done === 0n ? Promise.resolve() : gate.pass());
  await gate.reached;
  await stop(node);
  world.host.beforeChunk = async () => {};
  expect(world.host.stored.get(rest.slotId)).toBe(262_144n);
  return { world, ...rest };
}

async function filled() {
  const sale = await posted();
  await pass(sale.world.clock, 180);
  const [info] = sale.node.sales.list();
  if (info?.state !== 'proving') throw new Error('The slot was not filled');
  return { ...sale, info };
}

const outcomes = async (node: Node) => (await node.sales.history(100)).map(({ outcome }) => outcome?.code);

function expectAllBack(node: Node, world: World, slotId: SlotId): void {
  expect(node.reservations.reservations()).toEqual([]);
  expect(node.reservations.quota.used).toBe(0n);
  expect(node.reservations.availabilities()).toMatchObject([
    { freeSize: someTerms.totalSize, totalRemainingCollateral: someTerms.totalCollateral },
  ]);
  expect(world.host.stored.has(slotId)).toBe(false);
}

describe('after a restart', () => {
  it('a filled slot is proven on, with its reservation and its account', async () => {
    const { world, node, info, slotId, rate } = await filled();
    const reservations = node.reservations.reservations();
    await stop(node);
    world.clock.advance(60);
    const again = await start(world);
    expect(statesOf(again.events, slotId)).toEqual(['unknown', 'filled', 'proving']);
    expect(again.reservations.reservations()).toEqual(reservations);
    const [sale] = again.sales.list();
    expect(sale).toMatchObject({
      startedAt: info.startedAt,
      filledAt: info.filledAt,
      collateral: info.collateral,
      gasCost: expect.any(BigInt),
    });
    expect(sale?.proofs.sent).toBeGreaterThanOrEqual(info.proofs.sent);
    expect(again.queue.workers.busy).toBe(0);
    await pass(world.clock, 3600);
    const [ended] = await again.sales.history(1);
    expect(ended).toMatchObject({ outcome: { code: 'paid' } });
    expect(ended?.payout).toBe(rate * BigInt((ended?.requestEndsAt ?? 0) - (ended?.filledAt ?? 0)));
    expectAllBack(again, world, slotId);
  });

  it('every slot that is ours is taken up, each once and under its own index', async () => {
    const { world, node, requestId } = await posted({ slots: 5n });
    await pass(world.clock, 180);
    await stop(node);
    world.database.records.clear();
    const again = await start(world);
    await settled();
    const taken = again.sales.list().toSorted((a, b) => a.slotIndex - b.slotIndex);
    expect(taken.map(({ slotIndex, state }) => [slotIndex, state])).toEqual(
      [0, 1, 2, 3, 4].map((index) => [index, 'proving']),
    );
    expect(taken.map(({ slotId }) => slotId)).toEqual([0, 1, 2, 3, 4].map((i) => slotIdOf(requestId, i)));
  });

  it('a download goes on where it stopped, with the same reservation', async () => {
    const { world, slotId } = await interrupted();
    const fetched: bigint[] = [];
    world.host.beforeChunk = async (_, done) => void fetched.push(done);
    const node = await start(world);
    expect(fetched).toEqual([262_144n, 524_288n, 786_432n]);
    expect(world.market.count('reserveSlot')).toBe(1);
    expectSoundBooks(node.reservations);
    await pass(world.clock, 60);
    expect(node.sales.list()).toMatchObject([{ slotId, state: 'proving' }]);
    expect(node.reservations.quota.used).toBe(1_048_576n);
  });

  it('bytes that were durable and not yet booked are booked, and deleted ones are not', async () => {
    const { world, slotId } = await interrupted();
    const gate = new Gate();
    world.host.beforeChunk = () => gate.pass();
    world.host.stored.set(slotId, 524_288n);
    const node = await start(world);
    expect(node.reservations.quota.used).toBe(524_288n);
    expectSoundBooks(node.reservations);
    await stop(node);
    world.host.stored.delete(slotId);
    const again = await start(world);
    expect(again.reservations.quota.used).toBe(0n);
    expectSoundBooks(again.reservations);
  });

  it('a slot that another took meanwhile is given back', async () => {
    const { world, requestId, slotId } = await interrupted();
    world.market.fillAsOther(requestId, 0);
    const node = await start(world);
    expect(statesOf(node.events)).toEqual(['unknown', 'ignored']);
    expect(await outcomes(node)).toEqual(['slotTaken']);
    expectAllBack(node, world, slotId);
  });

  it('a slot whose request expired meanwhile is given back', async () => {
    const { world, slotId } = await interrupted();
    world.clock.advance(700);
    const node = await start(world);
    expect(await outcomes(node)).toEqual(['requestExpired']);
    expectAllBack(node, world, slotId);
    expect(world.market.count('freeSlot')).toBe(0);
  });

  // A process killed between the reservation and the first record of the sale (crash-random, seed 18).
  it('a sale that was reserved and whose beginning was not noted is one for the history', async () => {
    const { world, slotId } = await interrupted();
    for (const key of world.database.records.keys())
      if (key.includes('/running/')) world.database.records.delete(key);
    world.clock.advance(700);
    const node = await start(world);
    expect(await outcomes(node)).toEqual(['requestExpired']);
    expect([...world.database.records.keys()].filter((key) => key.includes('/running/'))).toEqual([]);
    expectAllBack(node, world, slotId);
  });

  it('a slot whose time ran out meanwhile is collected', async () => {
    const { world, node, slotId } = await filled();
    await stop(node);
    world.clock.advance(4000);
    const again = await start(world);
    await pass(world.clock, 70);
    expect(statesOf(again.events)).toEqual(['unknown', 'payout', 'finished']);
    expectAllBack(again, world, slotId);
  });

  it('a slot that was paid before the books were closed is only closed', async () => {
    const { world, node, slotId, rate, info } = await filled();
    await stop(node);
    world.clock.advance(4000);
    await world.market.freeSlot(slotId, { signal: new AbortController().signal });
    const again = await start(world);
    expect(statesOf(again.events)).toEqual(['unknown', 'finished']);
    expect(world.market.count('freeSlot')).toBe(1);
    const [sale] = await again.sales.history(1);
    expect(sale?.payout).toBe(rate * BigInt((sale?.requestEndsAt ?? 0) - (info.filledAt ?? 0)));
    expectAllBack(again, world, slotId);
  });

  it('a slot that was taken away meanwhile is booked as lost', async () => {
    const { world, node, requestId, slotId } = await filled();
    await stop(node);
    await world.market.freeSlot(slotId, { signal: new AbortController().signal });
    const again = await start(world);
    // It is asked a second time before that is believed.
    await pass(world.clock, 20);
    expect(await outcomes(again)).toEqual([expect.stringMatching(/slotLost|requestFailed/)]);
    expect(again.reservations.availabilities()[0]?.totalCollateral).toBeLessThan(someTerms.totalCollateral);
    expect(again.reservations.availabilities()[0]?.freeSize).toBe(someTerms.totalSize);
    expect(requestId).toBeDefined();
  });

  it('a slot on chain of which the node knows nothing is proven and collected all the same', async () => {
    const { world, node, slotId } = await filled();
    await stop(node);
    world.database.records.clear();
    const again = await start(world);
    expect(again.sales.list()).toMatchObject([{ slotId, state: 'proving' }]);
    await pass(world.clock, 3700);
    expect(await outcomes(again)).toEqual(['paid']);
    expect(world.host.stored.has(slotId)).toBe(false);
  });

  it('a sale whose end was not noted is found in the history', async () => {
    const { world, node, slotId } = await filled();
    await stop(node);
    const key = `/meta/sales/running/${slotId.slice(2)}`;
    const left = world.database.records.get(key);
    const again = await start(world);
    await pass(world.clock, 3700);
    await stop(again);
    for (const name of world.database.records.keys())
      if (name.includes('/history/')) world.database.records.delete(name);
    world.database.records.set(key, left ?? '');
    const third = await start(world);
    expect(await outcomes(third)).toEqual(['paid']);
    expect(third.sales.list()).toEqual([]);
    expect(world.database.records.has(key)).toBe(false);
  });

  it('a download whose reservation cannot be read is ended, and its bytes are deleted', async () => {
    const { world, slotId } = await interrupted();
    const reservation = ([key]: [string, string]) =>
      key.split('/').length === 6 && key.includes('reservations');
    const [key = ''] = [...world.database.records].find(reservation) ?? [];
    world.database.records.set(key, '{"id":');
    // Too late to take it anew.
    world.clock.advance(700);
    const node = await start(world);
    expect(await outcomes(node)).toEqual(['error']);
    expect(world.host.cleared).toEqual([slotId]);
    expectAllBack(node, world, slotId);
  });

  it('a filled slot whose reservation cannot be read is proven and collected all the same', async () => {
    const { world, node, slotId } = await filled();
    await stop(node);
    const reservation = ([key]: [string, string]) =>
      key.split('/').length === 6 && key.includes('reservations');
    const [key = ''] = [...world.database.records].find(reservation) ?? [];
    world.database.records.set(key, '{"id":');
    world.market.answerNext('mySlots', []);
    const again = await start(world);
    expect(again.sales.list()).toMatchObject([{ slotId, state: 'proving' }]);
    await pass(world.clock, 3700);
    expect(await outcomes(again)).toEqual(['paid']);
    expect(world.host.stored.has(slotId)).toBe(false);
  });

  it('a filled slot whose request a lagging server does not know yet is kept', async () => {
    const { world, node, slotId } = await filled();
    await stop(node);
    for (let i = 0; i < 3; i++) {
      world.market.answerNext('slotState', 'free');
      world.market.answerNext('requestState', undefined);
    }
    const again = await start(world);
    expect(statesOf(again.events)).toEqual(['unknown', 'filled', 'proving']);
    expect(world.host.cleared).toEqual([]);
    await pass(world.clock, 3700);
    expect(await outcomes(again)).toEqual(['paid']);
    expectAllBack(again, world, slotId);
  });

  it('a filled slot of a chain that went back is given back when its time is over, and not called lost', async () => {
    const { world, node, slotId, info } = await filled();
    await stop(node);
    const wentBack = { ...world, market: new FakeMarket({ clock: world.clock }) };
    const again = await start(wentBack);
    await pass(world.clock, 600, 60);
    expect(again.sales.list()).toMatchObject([{ slotId, state: 'unknown' }]);
    expect(again.queue.workers.busy).toBe(0);
    world.clock.set((info.requestEndsAt ?? 0) + 1);
    await settled();
    expect(await outcomes(again)).toEqual(['requestUnknown']);
    expectAllBack(again, world, slotId);
  });

  it('a download for a request that the chain does not know any more is given back at once', async () => {
    const { world, slotId } = await interrupted();
    const again = await start({ ...world, market: new FakeMarket({ clock: world.clock }) });
    expect(await outcomes(again)).toEqual(['requestUnknown']);
    expectAllBack(again, world, slotId);
  });

  it('the chain may be away for a while', async () => {
    const { world, node, slotId } = await filled();
    await stop(node);
    world.market.failNext('mySlots', new Error('away'), { times: 3 });
    world.market.failNext('slotState', new Error('away'), { times: 3 });
    world.market.failNext('pastStorageRequests', new Error('away'), { times: 3 });
    const again = await start(world);
    expect(again.sales.list()).toMatchObject([{ slotId, state: 'proving' }]);
  });
});

describe('the history of sales', () => {
  it('is told newest first, as many as asked for', async () => {
    const { world, node } = await posted({ slots: 3n });
    await pass(world.clock, 3900);
    world.market.requestStorage({ ask: { slots: 1n, maxSlotLoss: 0n } });
    await pass(world.clock, 3900);
    const ends = (await node.sales.history(Infinity)).map(({ endedAt }) => endedAt ?? 0);
    expect(ends).toHaveLength(4);
    expect(ends).toEqual(ends.toSorted((a, b) => b - a));
    expect(await node.sales.history(2)).toHaveLength(2);
    expect([...world.database.records.keys()].filter((key) => key.includes('/running/'))).toEqual([]);
  });
});

describe('stopping', () => {
  const moments: Record<string, (world: World) => void> = {
    'while reading the request': ({ market }) => void market.delayNext('getRequest'),
    'while reserving': ({ market }) => void market.delayNext('reserveSlot'),
    'in the download': ({ host }) => void (host.beforeChunk = () => new Gate().pass()),
    'in the first proof': ({ host }) => void (host.beforeProof = () => new Gate().pass()),
    'before the fill is sent': ({ market }) => void market.delayNext('fillSlot'),
    'while asking who filled it': ({ market }) => void market.delayNext('getHost'),
    'while proving': () => {},
  };

  it.each(Object.keys(moments))('%s leaves nothing running, and nothing lost', async (moment) => {
    const noLeaks = watchLeaks();
    const { world, node, slotId } = await posted();
    moments[moment]?.(world);
    await pass(world.clock, 120);
    await stop(node);
    expect(world.clock.waiting).toBe(0);
    expect(node.reservations.onChange.size).toBe(0);
    expect(node.sales.list()).toEqual([]);
    expect(node.queue.isRunning).toBe(false);
    const calls = world.market.calls.length;
    world.market.emit({
      name: 'SlotFreed',
      requestId: world.market.requestStorage().requestId,
      slotIndex: 0,
    });
    await pass(world.clock, 120);
    expect(world.market.calls.length).toBe(calls);
    await noLeaks();
    Object.assign(world.host, { beforeChunk: async () => {}, beforeProof: async () => {} });
    const again = await start(world);
    expectSoundBooks(again.reservations);
    await pass(world.clock, 120);
    expect(again.sales.list().some((sale) => sale.slotId === slotId && sale.state === 'proving')).toBe(true);
  });

  it('waits for a transaction that is on its way', async () => {
    const { world, node, slotId } = await posted();
    const gate = world.market.delayNext('fillSlot', { after: true });
    await pass(world.clock, 60);
    await gate.reached;
    let stopped = false;
    const stopping = stop(node).then(() => (stopped = true));
    await settled();
    expect(stopped).toBe(false);
    gate.release();
    await stopping;
    const again = await start(world);
    expect(again.sales.list()).toMatchObject([{ slotId, state: 'proving' }]);
  });

  it('does not begin a start that was called off before', async () => {
    const world = aWorld();
    const node = await aNode(world);
    await expect(node.sales.start({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(world.market.calls).toEqual([]);
    expect(node.queue.isRunning).toBe(false);
  });

  it('calls a proof that is no longer waited for no failure', async () => {
    const { logger, lines } = recordingLogger();
    const world = aWorld();
    const node = await aNode(world, { logger });
    nodes.push(node);
    await node.sales.start();
    await node.reservations.createAvailability(someTerms);
    world.market.requestStorage({ ask: { slots: 1n, maxSlotLoss: 0n } });
    const gate = new Gate();
    world.market.submitProof = async () => {
      await gate.pass();
      throw new MarketError('TRANSACTION_LOST', {});
    };
    await pass(world.clock, 120);
    await gate.reached;
    const stopping = stop(node);
    gate.open();
    await stopping;
    expect(lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it('ends a start that waits for the chain', async () => {
    const world = aWorld();
    const node = await aNode(world);
    world.market.delayNext('mySlots');
    const controller = new AbortController();
    const starting = node.sales.start({ signal: controller.signal });
    await settled();
    controller.abort();
    await expect(starting).rejects.toMatchObject({ name: 'AbortError' });
    await node.sales.stop();
  });

  it('leaves nothing on the signal of the start', async () => {
    const node = await aNode(aWorld());
    const { controller, listeners } = countingSignal();
    await node.sales.start({ signal: controller.signal });
    expect(listeners()).toBe(0);
    await node.sales.stop();
  });

  it('may be followed by another start of the same object', async () => {
    const { world, node, slotId } = await filled();
    await node.sales.stop();
    await node.sales.stop();
    await node.sales.start();
    await pass(world.clock, 10);
    expect(node.sales.list()).toMatchObject([{ slotId, state: 'proving' }]);
  });
});
