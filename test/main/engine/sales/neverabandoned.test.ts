import { describe, expect, it } from 'vitest';
import type { RequestId } from '../../../../src/main/engine/contracts/ids.ts';
import { revertError } from '../../../../src/main/engine/market/errors.ts';
import { StoreError } from '../../../../src/main/engine/stores/errors.ts';
import { someProof } from '../../../support/fakemarket.ts';
import { account } from '../../../support/requests.ts';
import { expectSoundBooks, pass, settled, statesOf } from '../../../support/salesfixtures.ts';
import {
  expectAllBack,
  filledByUs,
  oneSlot,
  outcomes,
  post,
  scenes,
  toPeriodEnd,
  unreachable,
} from '../../../support/salesscenes.ts';

/** Once the chain says that a slot is ours, only the chain ends its sale (engine.md 13-S2). */

const { start, provider, hosting, stop } = scenes();
const { signal } = new AbortController();

describe('a slot that is ours', () => {
  it.each(['free', 'repair', 'filled by another'] as const)(
    'is not given up when a server that lags says once that it is %s',
    async (lie) => {
      const { world, node, untouched, slotId } = await hosting();
      if (lie === 'filled by another') world.market.answerNext('getHost', account(0xb0b));
      else {
        world.market.answerNext('slotState', lie);
        world.market.answerNext('getHost', undefined);
      }
      await pass(world.clock, 120);
      expect(statesOf(node.events, slotId).at(-1)).toBe('proving');
      expect(node.sales.list()[0]?.proofs).toMatchObject({ missed: 0 });
      await pass(world.clock, 3700);
      expect(await outcomes(node)).toEqual(['paid']);
      expectAllBack(node, world, untouched, slotId);
    },
  );

  it('is not given up when nobody seems to have it just after the fill', async () => {
    const { world, node } = await provider();
    const { slotId } = post(world);
    await settled();
    world.market.answerNext('getHost', undefined);
    world.market.answerNext('getHost', undefined);
    await pass(world.clock, 120);
    expect(statesOf(node.events, slotId).slice(-2)).toEqual(['filled', 'proving']);
  });

  it('is never freed on the word of a server that is ahead of the chain', async () => {
    const { world, node, slotId } = await hosting();
    world.market.setSlotState(slotId, 'finished');
    await pass(world.clock, 60);
    expect(world.market.count('freeSlot')).toBe(0);
    world.market.setSlotState(slotId, undefined);
    await pass(world.clock, 120);
    expect(node.sales.list()).toMatchObject([{ state: 'proving' }]);
    expect(filledByUs(world, slotId)).toBe(true);
  });

  it('is collected only some seconds after its end, so that no block is too early', async () => {
    const { world, node } = await hosting();
    const endsAt = node.sales.list()[0]?.requestEndsAt ?? 0;
    world.clock.set(endsAt + 1);
    await settled();
    world.clock.advance(3);
    await settled();
    expect(world.market.count('freeSlot')).toBe(0);
    await pass(world.clock, 5);
    expect(world.market.count('freeSlot')).toBe(1);
  });

  it('is proven though the database can write nothing when it is filled, and booked once it can', async () => {
    const { world, node, untouched } = await provider();
    const { slotId } = post(world);
    await settled();
    const batch = world.database.batch.bind(world.database);
    const gate = world.market.delayNext('fillSlot', { after: true });
    await pass(world.clock, 60);
    await gate.reached;
    world.database.batch = () => Promise.reject(new StoreError('DISK_FULL', {}));
    gate.release();
    await pass(world.clock, 60);
    expect(filledByUs(world, slotId)).toBe(true);
    expect(node.sales.list()).toMatchObject([{ state: 'proving' }]);
    expect(node.sales.list()[0]?.proofs.sent).toBeGreaterThan(0);
    expect(node.queue.workers.busy).toBe(0);
    expect(node.reservations.reservationOfSlot(slotId)?.phase).toBe('filling');
    world.database.batch = batch;
    await settled();
    expect(node.reservations.reservationOfSlot(slotId)?.phase).toBe('filled');
    const reserved = [...world.database.records.keys()].filter((key) => key.includes('/chainreservations/'));
    expect(reserved).toEqual([]);
    await pass(world.clock, 3700);
    expect(await outcomes(node)).toEqual(['paid']);
    expectAllBack(node, world, untouched, slotId);
  });

  it('is collected though the disk can neither be written nor cleaned up for a while', async () => {
    const { world, node, untouched, slotId } = await hosting();
    const clear = world.host.clear.bind(world.host);
    world.host.clear = () => Promise.reject(new StoreError('DISK_FULL', {}));
    await pass(world.clock, 3700);
    expect(filledByUs(world, slotId)).toBe(true);
    expect(node.sales.list()).toMatchObject([{ state: 'finished', outcome: { code: 'paid' } }]);
    expect(node.queue.workers.busy).toBe(0);
    world.host.clear = clear;
    await settled();
    expect(await outcomes(node)).toEqual(['paid']);
    expectAllBack(node, world, untouched, slotId);
  });

  it('is taken up again after an error that nobody expected', async () => {
    const { world, node, slotId } = await hosting();
    world.market.slotState = () => {
      Reflect.deleteProperty(world.market, 'slotState');
      throw new TypeError('a fault of ours');
    };
    await pass(world.clock, 120);
    expect(statesOf(node.events, slotId).at(-1)).toBe('proving');
  });

  it('is taken up when its fill comes through after its sale was given up', async () => {
    const { world, node } = await provider();
    world.market.failNext('fillSlot', revertError('Marketplace_InvalidSlot'));
    const { requestId, request, slotId } = post(world);
    await pass(world.clock, 60);
    expect(await outcomes(node)).toEqual(['error']);
    expect(node.sales.list()).toEqual([]);
    // As if a transaction of an attempt before had been under way all the time.
    await world.market.reserveSlot(requestId, 0, { signal }).catch(() => {});
    const collateral = request.ask.collateralPerByte * request.ask.slotSize;
    await world.market.fillSlot(requestId, 0, someProof, collateral, { signal });
    await settled();
    expect(node.sales.list().some((sale) => sale.slotId === slotId)).toBe(true);
    await pass(world.clock, 3800);
    expect((await outcomes(node)).filter((code) => code === 'paid')).toHaveLength(1);
    expectSoundBooks(node.reservations);
  });

  it('is found when a lost fill comes through while a new first proof is being made', async () => {
    const { world, node } = await provider();
    const { requestId, request, slotId } = post(world);
    world.market.failNext('fillSlot', revertError('Proofs_ProofAlreadySubmitted'));
    await pass(world.clock, 60);
    expect(node.sales.list()[0]?.state).toBe('initialProving');
    const collateral = request.ask.collateralPerByte * request.ask.slotSize;
    await world.market.fillSlot(requestId, 0, someProof, collateral, { signal });
    await settled();
    expect(statesOf(node.events, slotId).slice(-2)).toEqual(['filled', 'proving']);
    expect(world.host.cleared).toEqual([]);
  });

  it('that somebody else filled is not asked for twice when nothing of ours is in it', async () => {
    const { world, node, untouched } = await provider();
    const gate = world.market.delayNext('getRequest');
    const { requestId, slotId } = post(world);
    await gate.reached;
    world.market.fillAsOther(requestId, 0);
    gate.release();
    await settled();
    expect(statesOf(node.events, slotId)).toEqual(['preparing', 'filled', 'ignored']);
    expectAllBack(node, world, untouched, slotId);
  });

  it('keeps its account over restarts: the path, the bytes, the proofs', async () => {
    const { world, node, slotId } = await hosting();
    await toPeriodEnd(world);
    await stop(node);
    const again = await start(world);
    await settled();
    await stop(again);
    const third = await start(world);
    await settled();
    const [sale] = third.sales.list();
    expect(sale?.path.map(({ state }) => state)).toEqual([
      'preparing',
      'slotReserving',
      'downloading',
      'initialProving',
      'filling',
      'filled',
      'proving',
      'unknown',
      'filled',
      'proving',
      'unknown',
      'filled',
      'proving',
    ]);
    expect(sale).toMatchObject({ slotId, downloadedBytes: 1_048_576n });
    expect(sale?.proofs.sent).toBeGreaterThan(0);
  });
});

describe('an expiry', () => {
  it('that a server which lags does not know of yet is noticed later', async () => {
    const { world, node, untouched } = await provider();
    world.host.beforeChunk = () => new Promise(() => {});
    const { slotId } = post(world);
    await settled();
    for (const state of ['new', undefined, 'new'] as const) world.market.answerNext('requestState', state);
    await pass(world.clock, 601, 601);
    expect(node.sales.list()).toHaveLength(1);
    await pass(world.clock, 20, 1);
    expect(await outcomes(node)).toEqual(['requestExpired']);
    expectAllBack(node, world, untouched, slotId);
  });

  it('is noticed though the chain did not answer when it came', async () => {
    const { world, node } = await provider();
    world.host.beforeChunk = () => new Promise(() => {});
    world.market.failNext('requestExpiresAt', unreachable(), { times: 3 });
    post(world);
    await settled();
    world.market.failNext('requestState', unreachable(), { times: 5 });
    await pass(world.clock, 610);
    expect(await outcomes(node)).toEqual(['requestExpired']);
  });

  it('is no matter of a request that has started', async () => {
    const { world, node, slotId } = await hosting(oneSlot);
    const asked = world.market.count('requestState');
    await pass(world.clock, 900);
    expect(world.market.count('requestState')).toBe(asked);
    expect(node.sales.list()).toMatchObject([{ slotId, state: 'proving' }]);
  });

  it('that somebody only spoke of ends nothing', async () => {
    const { world, node, requestId } = await hosting({ ask: { slots: 2n } }, { alone: true });
    world.market.emit({ name: 'RequestCancelled', requestId: requestId as RequestId });
    await settled();
    expect(node.sales.list().some(({ state }) => state === 'proving')).toBe(true);
  });
});
