import { describe, expect, it } from 'vitest';
import { slotIdOf, type SlotId } from '../../../../src/main/engine/contracts/ids.ts';
import { account } from '../../../support/requests.ts';
import { pass, settled, someTerms, statesOf, type Node, type World } from '../../../support/salesfixtures.ts';
import {
  expectAllBack,
  filledByUs,
  oneSlot,
  outcomes,
  post,
  scenes,
  toPeriodStart,
} from '../../../support/salesscenes.ts';

/** What becomes of a sale when blocks are replaced by others, and what they told is not so. */

const { provider, hosting } = scenes();
const { signal } = new AbortController();
const other = account(0xb0b);
const nothing = { keep: () => false };

const saleOf = async (node: Node, slotId: SlotId) =>
  (await node.sales.history(10)).find((sale) => sale.slotId === slotId);

const tokensOf = ({ market }: World) => market.chain.marketplace.tokens.get(market.signer) ?? 0n;

/** How many of the newest blocks hold all since one that a test remembers by its number. */
const since = ({ market }: World, block: number) => market.chain.blockNumber - block;

describe('a request that is taken back', () => {
  it('costs nothing when it comes again with the next blocks: its download goes on', async () => {
    const { world, node } = await provider();
    const before = world.market.chain.blockNumber;
    const { requestId, slotId } = post(world);
    await settled();
    const [request] = world.market.chain.reorg(since(world, before), nothing);
    await settled();
    expect(node.sales.list().map(({ slotId: id, state }) => [id, state])).toEqual([[slotId, 'unknown']]);
    await pass(world.clock, 5);
    request?.mineAgain();
    await pass(world.clock, 130);
    expect(filledByUs(world, slotId)).toBe(true);
    expect(statesOf(node.events, slotId)).not.toContain('errored');
    expect(node.sales.list()[0]?.downloadedBytes).toBe(1_048_576n);
    expect(await world.market.requestState(requestId, { signal })).toBe('started');
  });

  it('ends a sale of it when it does not come again, with nothing lost', async () => {
    const { world, node, untouched } = await provider();
    const before = world.market.chain.blockNumber;
    const { slotId } = post(world);
    await settled();
    world.market.chain.reorg(since(world, before), nothing);
    await pass(world.clock, 90);
    expect(await outcomes(node)).toEqual(['requestUnknown']);
    expectAllBack(node, world, untouched, slotId);
    expect(node.queue.length).toBe(0);
  });

  it('ends a sale of it that was about to fill', async () => {
    const { world, node, untouched } = await provider();
    const before = world.market.chain.blockNumber;
    const { slotId } = post(world);
    await pass(world.clock, 40);
    const gate = world.market.delayNext('fillSlot');
    await pass(world.clock, 20);
    await gate.reached;
    world.market.chain.reorg(since(world, before), nothing);
    gate.release();
    // A fill was sent, so all of the request's time goes by before it is given up.
    await pass(world.clock, 3700, 60);
    expect(await outcomes(node)).toEqual(['requestUnknown']);
    expectAllBack(node, world, untouched, slotId);
  });
});

describe('a fill of ours that is taken back', () => {
  it('and mined again goes on as if nothing had been, with the time of its new block', async () => {
    const { world, node, slotId } = await hosting();
    const before = node.sales.list()[0]?.filledAt ?? 0;
    await pass(world.clock, 3);
    const [fill] = world.market.chain.reorg(1, nothing);
    await settled();
    expect(filledByUs(world, slotId)).toBe(false);
    await pass(world.clock, 20);
    fill?.mineAgain();
    await pass(world.clock, 30);
    const [sale] = node.sales.list();
    expect(sale?.state).toBe('proving');
    expect(sale?.filledAt).toBeGreaterThan(before);
    await pass(world.clock, 3700);
    const ended = await saleOf(node, slotId);
    expect(ended?.outcome?.code).toBe('paid');
    expect(ended?.payout).toBe(
      BigInt((ended?.requestEndsAt ?? 0) - (ended?.filledAt ?? 0)) * 7n * 1_048_576n,
    );
  });

  it('and kept by the new block is nothing to hear of', async () => {
    const { world, node, slotId } = await hosting();
    const states = statesOf(node.events, slotId).length;
    world.market.chain.reorg(1);
    await settled();
    expect(statesOf(node.events, slotId)).toHaveLength(states);
    expect(filledByUs(world, slotId)).toBe(true);
  });

  it('and never mined again is made anew, with the bytes that are there', async () => {
    const { world, node, slotId } = await hosting();
    const [fill] = world.market.chain.reorg(1, nothing);
    fill?.forget();
    await pass(world.clock, 200);
    expect(filledByUs(world, slotId)).toBe(true);
    expect(node.sales.list()).toMatchObject([{ slotId, state: 'proving' }]);
    expect(node.sales.list()[0]?.downloadedBytes).toBe(1_048_576n);
    await pass(world.clock, 3700);
    expect(await outcomes(node)).toEqual(['paid']);
    expect(node.reservations.availabilities()[0]?.totalCollateral).toBe(someTerms.totalCollateral);
  });

  it('and overtaken by another’s is not lost: nothing was put in', async () => {
    const { world, node, untouched, slotId, requestId } = await hosting();
    const tokens = tokensOf(world) + 104_857_600n;
    const [fill] = world.market.chain.reorg(1, nothing);
    world.market.fillAsOther(requestId, 0, other);
    fill?.mineAgain();
    await pass(world.clock, 200);
    expect(await outcomes(node)).toEqual(['slotTaken']);
    expect(tokensOf(world)).toBe(tokens);
    expectAllBack(node, world, untouched, slotId);
  });

  it('is not counted as lost when its request expires without it', async () => {
    const { world, node, slotId } = await hosting({ ...oneSlot, expiry: 150n });
    const [fill] = world.market.chain.reorg(1, nothing);
    world.host.beforeProof = () => Promise.reject(new Error('the prover is broken'));
    fill?.forget();
    await pass(world.clock, 300);
    expect(filledByUs(world, slotId)).toBe(false);
    expect(node.reservations.availabilities()[0]?.totalCollateral).toBe(someTerms.totalCollateral);
    expect(node.reservations.reservations()).toEqual([]);
  });
});

describe('a fill of another that is taken back', () => {
  it('puts the slot back into the queue', async () => {
    const { world, node } = await provider();
    world.host.beforeChunk = () => Promise.reject(new Error('nobody has it'));
    const { requestId } = post(world, { ask: { slots: 1n, maxSlotLoss: 0n } });
    await settled();
    expect(node.queue.length).toBe(0);
    world.market.fillAsOther(requestId, 0, other);
    await settled();
    world.host.beforeChunk = async () => {};
    world.market.chain.reorg(1, nothing);
    await pass(world.clock, 70);
    expect(filledByUs(world, slotIdOf(requestId, 0))).toBe(true);
  });
});

describe('a loss that is taken back', () => {
  it('brings the slot back to a sale that runs', async () => {
    const { world, node, slotId } = await hosting();
    await pass(world.clock, 60);
    world.market.chain.mine();
    await world.market.freeSlot(slotId, { signal });
    world.market.chain.reorg(1, nothing);
    await pass(world.clock, 130);
    expect(node.sales.list()).toMatchObject([{ slotId, state: 'proving' }]);
  });

  it('takes a slot up again whose sale had ended for it', async () => {
    const { world, node, slotId } = await hosting();
    await pass(world.clock, 180);
    await world.market.freeSlot(slotId, { signal });
    const block = world.market.chain.blockNumber - 1;
    await toPeriodStart(world);
    await pass(world.clock, 90);
    expect(await outcomes(node)).toEqual(['slotLost']);
    world.market.chain.reorg(since(world, block), nothing);
    await pass(world.clock, 60);
    expect(node.sales.list()).toMatchObject([{ slotId, state: 'proving' }]);
    await pass(world.clock, 3700);
    expect((await node.sales.history(10)).map(({ outcome }) => outcome?.code)).toEqual(['paid', 'slotLost']);
  });

  it('lets a request go on that had failed: no slot of it is given away', async () => {
    const { world, node, slotId, requestId } = await hosting({ ask: { slots: 2n, maxSlotLoss: 0n } });
    await pass(world.clock, 60);
    const lost = slotIdOf(requestId, 1);
    await world.market.freeSlot(lost, { signal });
    await settled();
    expect(node.sales.list().find((sale) => sale.slotId === slotId)?.state).toBe('failed');
    await pass(world.clock, 5);
    world.market.chain.reorg(1, nothing);
    await pass(world.clock, 130);
    expect(filledByUs(world, slotId)).toBe(true);
    expect(filledByUs(world, lost)).toBe(true);
    await pass(world.clock, 3700);
    expect(await outcomes(node)).toEqual(['paid', 'paid']);
  });
});

describe('a start that is taken back', () => {
  it('lets the request expire, and the slot be paid for the time until then', async () => {
    const { world, node, slotId, requestId } = await hosting({ ask: { slots: 2n } }, { alone: true });
    world.market.fillAsOther(requestId, 1, other);
    await settled();
    world.market.chain.reorg(1, nothing);
    await pass(world.clock, 700);
    expect((await saleOf(node, slotId))?.outcome?.code).toBe('partlyPaid');
  });
});

describe('a proof of ours that is taken back', () => {
  it('is given again in the same period', async () => {
    const { world, node, slotId } = await hosting();
    world.market.setProofNeed(slotId, 'now');
    await toPeriodStart(world);
    await pass(world.clock, 3, 1);
    const sent = node.sales.list()[0]?.proofs.sent ?? 0;
    world.market.chain.reorg(1, nothing);
    await pass(world.clock, 10, 1);
    expect(node.sales.list()[0]?.proofs.sent).toBe(sent + 1);
    await toPeriodStart(world);
    await pass(world.clock, 5);
    expect(() => world.market.markProofAsMissing(slotId)).toThrow('Proofs_ProofNotMissing');
  });
});

describe('a payout that is taken back', () => {
  it('is collected again, and told once', async () => {
    const { world, node, untouched, slotId, rate } = await hosting();
    const before = tokensOf(world);
    const endsAt = node.sales.list()[0]?.requestEndsAt ?? 0;
    await pass(world.clock, endsAt - world.clock.now() + 15);
    expect(world.market.count('freeSlot')).toBe(1);
    expect(await outcomes(node)).toEqual([]);
    world.market.chain.reorg(1, nothing);
    expect(tokensOf(world)).toBe(before);
    await pass(world.clock, 150);
    const sale = await saleOf(node, slotId);
    expect(sale?.payout).toBe(BigInt(endsAt - (sale?.filledAt ?? 0)) * rate);
    expect(tokensOf(world) - before).toBe((sale?.payout ?? 0n) + 104_857_600n);
    expect(await outcomes(node)).toEqual(['paid']);
    expectAllBack(node, world, untouched, slotId);
  });
});
