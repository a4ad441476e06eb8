import { describe, expect, it } from 'vitest';
import type { RequestId, SlotId } from '../../../../src/main/engine/contracts/ids.ts';
import { collateralPerSlot } from '../../../../src/main/engine/contracts/requests.ts';
import { revertError } from '../../../../src/main/engine/market/errors.ts';
import { someProof } from '../../../support/fakemarket.ts';
import { Gate } from '../../../support/fakeslothost.ts';
import { account } from '../../../support/requests.ts';
import {
  aWorld,
  pass,
  settled,
  someTerms,
  statesOf,
  type Node,
  type World,
} from '../../../support/salesfixtures.ts';
import {
  expectAllBack,
  filledByUs,
  oneSlot,
  outcomes,
  post,
  scenes,
  toPeriodStart,
} from '../../../support/salesscenes.ts';

/** What becomes of the money in a slot when its request is over, also where the chain contradicts itself. */

const { start, provider, hosting, stop } = scenes();
const { signal } = new AbortController();

/** One of two slots is ours, the other is nobody's: the request will expire. */
const doomed = () => hosting({ ask: { slots: 2n } }, { alone: true });

/** Another fills slot 0, and no event tells of it. */
function fillSilently({ market, clock }: World, requestId: RequestId): void {
  const { marketplace } = market.chain;
  const other = account(0xb0b);
  const allowance = collateralPerSlot(marketplace.request(requestId).request.ask);
  market.mint(other, allowance);
  marketplace.reserveSlot(other, requestId, 0, clock.now());
  marketplace.fillSlot(other, { requestId, slotIndex: 0, proof: someProof, allowance }, clock.now());
}

/** The request fails, and no event tells of it. */
function failSilently({ market }: World, requestId: RequestId): void {
  market.chain.marketplace.request(requestId).stored = 'failed';
}

const saleOf = async (node: Node, slotId: SlotId) =>
  (await node.sales.history(10)).find((sale) => sale.slotId === slotId);

const collateralOf = (node: Node) => node.reservations.availabilities()[0]?.totalCollateral;

describe('a slot of a request that expired', () => {
  it('is left alone when another has it, and our bytes and collateral come back', async () => {
    const { world, node, untouched } = await provider();
    world.host.beforeChunk = () => new Gate().pass();
    const { requestId, slotId } = post(world, { ask: { slots: 2n } });
    await settled();
    fillSilently(world, requestId);
    await pass(world.clock, 620, 10);
    expect(world.market.count('freeSlot')).toBe(0);
    expect(await outcomes(node)).toEqual(['requestExpired', 'requestExpired']);
    expectAllBack(node, world, untouched, slotId);
  });

  it('is paid out though the chain first called it filled', async () => {
    const { world, node, slotId, requestId } = await doomed();
    world.clock.set(world.market.chain.marketplace.request(requestId).expiresAt - 1);
    await settled();
    world.market.setSlotState(slotId, 'filled');
    await pass(world.clock, 60);
    expect(world.market.count('freeSlot')).toBe(0);
    expect(filledByUs(world, slotId)).toBe(true);
    world.market.setSlotState(slotId, undefined);
    await pass(world.clock, 120);
    expect((await saleOf(node, slotId))?.outcome?.code).toBe('partlyPaid');
  });

  it('is found by its proofs, too, when nobody asked after the request', async () => {
    const { world, node, slotId, requestId } = await doomed();
    world.clock.set(world.market.chain.marketplace.request(requestId).expiresAt - 1);
    await settled();
    const watches = [world.market.delayNext('requestState'), world.market.delayNext('requestState')];
    await pass(world.clock, 120);
    expect(statesOf(node.events, slotId).slice(-2)).toEqual(['proving', 'cancelled']);
    for (const watch of watches) watch.release();
    await pass(world.clock, 30);
    expect((await saleOf(node, slotId))?.outcome?.code).toBe('partlyPaid');
  });

  it('was paid just before a crash: that is told, and it is not paid twice', async () => {
    const { world, node, slotId, rate, requestId } = await doomed();
    await stop(node);
    const { expiresAt } = world.market.chain.marketplace.request(requestId);
    world.clock.set(expiresAt + 10);
    await world.market.freeSlot(slotId, { signal });
    // Nobody has noticed the expiry when the slot is looked at.
    world.market.answerNext('requestState', 'new');
    const again = await start(world);
    await pass(world.clock, 30);
    const sale = await saleOf(again, slotId);
    expect(sale?.outcome?.code).toBe('partlyPaid');
    expect(sale?.payout).toBe(rate * BigInt(expiresAt - (sale?.filledAt ?? 0)));
    expect(world.market.count('freeSlot')).toBe(1);
  });

  it('is given up with its collateral when the contract refuses to pay it out for good', async () => {
    const { world, node, slotId, request } = await doomed();
    world.market.failNext('freeSlot', revertError('Marketplace_StartNotBeforeExpiry'), { times: 20 });
    await pass(world.clock, 700);
    const sale = await saleOf(node, slotId);
    expect(sale?.outcome).toMatchObject({ code: 'error', text: expect.stringContaining('stuck') as unknown });
    expect(collateralOf(node)).toBe(someTerms.totalCollateral - collateralPerSlot(request.ask));
    expect(world.host.stored.has(slotId)).toBe(false);
  });
});

describe('a slot of a request that has run its time', () => {
  it('is asked for again when the chain calls it free and ours at once', async () => {
    const { world, node, untouched, slotId } = await hosting();
    const gate = world.market.delayNext('getHost');
    world.clock.set((node.sales.list()[0]?.requestEndsAt ?? 0) + 1);
    await gate.reached;
    world.market.answerNext('slotState', 'free');
    gate.release();
    await settled();
    expect(world.market.count('freeSlot')).toBe(0);
    await pass(world.clock, 120);
    expect(await outcomes(node)).toEqual(['paid']);
    expectAllBack(node, world, untouched, slotId);
  });

  it('that brings less than its collateral was given up by the contract: it is told as lost', async () => {
    const { world, node, slotId, request } = await hosting();
    const { chain, signer } = world.market;
    // The block is of a time in which the slot was still filled.
    world.market.freeSlot = async (id) =>
      chain.commit(signer, (now) => chain.marketplace.freeSlot(signer, id, now - 120));
    await pass(world.clock, 3700);
    expect((await saleOf(node, slotId))?.outcome?.code).toBe('slotLost');
    expect(collateralOf(node)).toBe(someTerms.totalCollateral - collateralPerSlot(request.ask));
  });

  it('is collected though the node knows nothing of it and the chain no longer tells the request', async () => {
    const world = aWorld();
    const { requestId, slotId } = post(world);
    world.market.fillAsOther(requestId, 0, world.market.signer);
    world.clock.advance(3700);
    const tokens = () => world.market.chain.marketplace.tokens.get(world.market.signer) ?? 0n;
    const before = tokens();
    const gate = world.market.delayNext('freeSlot', { after: true });
    const node = await start(world);
    await pass(world.clock, 10);
    await gate.reached;
    world.market.answerNext('getRequest', undefined);
    gate.release();
    await pass(world.clock, 70);
    expect(await saleOf(node, slotId)).toMatchObject({ outcome: { code: 'paid' } });
    expect(await saleOf(node, slotId)).not.toHaveProperty('filledAt');
    expect(tokens()).toBeGreaterThan(before);
  });
});

describe('a slot of a request that failed', () => {
  it('is found by its proofs when no event told of it', async () => {
    const { world, node, requestId, slotId, request } = await hosting();
    failSilently(world, requestId);
    await pass(world.clock, 120);
    expect((await saleOf(node, slotId))?.outcome?.code).toBe('requestFailed');
    expect(collateralOf(node)).toBe(someTerms.totalCollateral - collateralPerSlot(request.ask));
    expect(await world.market.mySlots({ signal })).toEqual([]);
  });

  it('is given back when it failed between two runs of the node, before anything was put in', async () => {
    const { world, node, untouched } = await provider();
    world.host.beforeChunk = () => new Gate().pass();
    const { requestId, slotId } = post(world);
    await settled();
    await stop(node);
    failSilently(world, requestId);
    const again = await start(world);
    await settled();
    expect((await saleOf(again, slotId))?.outcome?.code).toBe('requestFailed');
    expectAllBack(again, world, untouched, slotId);
  });

  it('is closed though the contract refuses to take it off our list', async () => {
    const { world, node, requestId, slotId } = await hosting();
    await toPeriodStart(world);
    failSilently(world, requestId);
    world.market.failNext('freeSlot', revertError('Marketplace_SlotIsFree'));
    world.market.emit({ name: 'RequestFailed', requestId });
    await pass(world.clock, 70);
    expect((await saleOf(node, slotId))?.outcome?.code).toBe('requestFailed');
    expect(world.host.stored.has(slotId)).toBe(false);
  });

  it('is not freed while the chain does not call it failed', async () => {
    const { world, node, requestId, slotId } = await hosting();
    await toPeriodStart(world);
    await pass(world.clock, 10);
    failSilently(world, requestId);
    world.market.answerNext('slotState', 'filled');
    world.market.emit({ name: 'RequestFailed', requestId });
    await pass(world.clock, 70);
    expect(world.market.count('freeSlot')).toBe(0);
    expect((await saleOf(node, slotId))?.outcome?.code).toBe('requestFailed');
  });
});

describe('a slot without bytes', () => {
  it('pays nothing, and is closed like any other', async () => {
    const world = aWorld();
    const { requestId, slotId } = post(world, { ...oneSlot, ask: { ...oneSlot.ask, slotSize: 0n } });
    world.market.fillAsOther(requestId, 0, world.market.signer);
    world.clock.advance(3700);
    const node = await start(world);
    await pass(world.clock, 70);
    expect(await saleOf(node, slotId)).toMatchObject({ outcome: { code: 'paid' }, payout: 0n });
  });
});
