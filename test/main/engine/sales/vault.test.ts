import { describe, expect, it } from 'vitest';
import { slotIdOf, type RequestId, type SlotId } from '../../../../src/main/engine/contracts/ids.ts';
import { collateralPerSlot } from '../../../../src/main/engine/contracts/requests.ts';
import { account } from '../../../support/requests.ts';
import { pass, settled, someTerms, type Node, type World } from '../../../support/salesfixtures.ts';
import { expectAllBack, filledByUs, outcomes, post, scenes } from '../../../support/salesscenes.ts';

/** Sales where a vault holds the tokens: what is paid otherwise than where the marketplace holds them. */

const { start, stop, provider, hosting } = scenes();
const { signal } = new AbortController();
const vault = { family: 'vault' } as const;
const other = account(0xb0b);

const saleOf = async (node: Node, slotId: SlotId) =>
  (await node.sales.history(10)).find((sale) => sale.slotId === slotId);

const tokensOf = ({ market }: World) => market.chain.marketplace.tokens.get(market.signer) ?? 0n;

/** Slot 0 is ours, slot 1 is another's, who loses it, so that the request fails. */
async function failing() {
  const { world, node, untouched } = await provider(vault);
  const before = tokensOf(world);
  world.host.beforeChunk = async ({ slotIndex }) => {
    if (slotIndex === 1) throw new Error('nobody has it');
  };
  const posted = post(world, { ask: { slots: 2n, maxSlotLoss: 0n } });
  await settled();
  await pass(world.clock, 60);
  expect(filledByUs(world, posted.slotId)).toBe(true);
  world.market.fillAsOther(posted.requestId, 1, other);
  await pass(world.clock, 120);
  const filledAt = node.sales.list()[0]?.filledAt ?? 0;
  await world.market.as(other).freeSlot(slotIdOf(posted.requestId, 1), { signal });
  const failedAt = world.clock.now();
  const pay = BigInt(failedAt - filledAt) * posted.rate;
  return { world, node, untouched, before, failedAt, pay, ...posted };
}

const plannedEnd = ({ market }: World, requestId: RequestId) =>
  market.chain.marketplace.request(requestId).endsAt;

describe('a slot of a failed request', () => {
  it('is collected at the end that was planned, with the pay until the failure; its bytes go at once', async () => {
    const { world, node, untouched, before, pay, requestId, slotId } = await failing();
    await pass(world.clock, 70);
    expect(node.sales.list()).toMatchObject([{ slotId, state: 'failed' }]);
    expect(world.host.stored.has(slotId)).toBe(false);
    expect(node.queue.workers.busy).toBe(0);
    const [offer] = node.reservations.availabilities();
    expect(offer).toMatchObject({
      freeSize: someTerms.totalSize,
      totalRemainingCollateral: someTerms.totalCollateral - 104_857_600n,
    });
    expect(node.reservations.quota.used).toBe(0n);
    expect(world.market.count('freeSlot')).toBe(0);

    await pass(world.clock, plannedEnd(world, requestId) - world.clock.now() + 80, 60);
    expect(await saleOf(node, slotId)).toMatchObject({
      outcome: { code: 'partlyPaid' },
      payout: pay,
      collateral: 104_857_600n,
      currentCollateral: 104_857_600n,
    });
    expect(tokensOf(world) - before).toBe(pay);
    expectAllBack(node, world, untouched, slotId);
  });

  it.each(['at once', 'after the bytes were given back', 'after the planned end'] as const)(
    'is not forgotten by a node that is started anew %s',
    async (when) => {
      const { world, node, before, pay, requestId, slotId } = await failing();
      if (when !== 'at once') await pass(world.clock, 70);
      await stop(node);
      const left = plannedEnd(world, requestId) - world.clock.now();
      if (when === 'after the planned end') world.clock.advance(left + 1);
      const again = await start(world);
      await pass(world.clock, left + 150, 60);
      expect(await saleOf(again, slotId)).toMatchObject({ outcome: { code: 'partlyPaid' }, payout: pay });
      expect(tokensOf(world) - before).toBe(pay);
      expect(again.reservations.reservations()).toEqual([]);
      expect(world.market.count('freeSlot')).toBe(1);
    },
  );

  it('brings the same when the payout was mined, and the process ended before that was noted', async () => {
    const { world, node, before, pay, requestId, slotId } = await failing();
    await stop(node);
    world.clock.set(plannedEnd(world, requestId) + 10);
    await world.market.freeSlot(slotId, { signal });
    const again = await start(world);
    await pass(world.clock, 30);
    expect(await saleOf(again, slotId)).toMatchObject({ outcome: { code: 'partlyPaid' }, payout: pay });
    expect(tokensOf(world) - before).toBe(pay);
    expect(world.market.count('freeSlot')).toBe(1);
  });
});

describe('a slot whose request ran to its end', () => {
  it('is paid once, and booked as it was paid, though it was freed twice', async () => {
    const { world, node, slotId, rate } = await hosting(undefined, vault);
    const before = tokensOf(world);
    const endsAt = node.sales.list()[0]?.requestEndsAt ?? 0;
    world.clock.set(endsAt + 1);
    // A server that lags still calls it finished when it was paid already.
    const freeSlot = world.market.freeSlot.bind(world.market);
    let frees = 0;
    world.market.freeSlot = async (...args) => {
      if (frees++ === 0) await freeSlot(...args);
      return freeSlot(...args);
    };
    await pass(world.clock, 150);
    const sale = await saleOf(node, slotId);
    expect(sale?.payout).toBe(BigInt(endsAt - (sale?.filledAt ?? 0)) * rate);
    expect(sale).toMatchObject({ outcome: { code: 'paid' }, currentCollateral: 104_857_600n });
    expect(tokensOf(world) - before).toBe((sale?.payout ?? 0n) + 104_857_600n);
    expect(node.reservations.availabilities()[0]?.totalCollateral).toBe(someTerms.totalCollateral);
  });

  it('that was slashed brings what was left, though the contract keeps no account of it after the payout', async () => {
    const { world, node, slotId } = await hosting(undefined, vault);
    await pass(world.clock, 60);
    world.host.beforeProof = () => Promise.reject(new Error('the prover is broken'));
    world.market.setProofNeed(slotId, 'now');
    await pass(world.clock, 61 - (world.clock.now() % 60));
    await pass(world.clock, 61);
    world.market.markProofAsMissing(slotId);
    world.host.beforeProof = async () => {};
    await pass(world.clock, 3700);
    const sale = await saleOf(node, slotId);
    expect(sale).toMatchObject({ outcome: { code: 'paid' }, currentCollateral: 83_886_080n });
    expect(node.reservations.availabilities()[0]?.totalCollateral).toBe(
      someTerms.totalCollateral - 20_971_520n,
    );
  });
});

describe('a slot in repair', () => {
  it('takes the full collateral, and brings the reward with the payout', async () => {
    const { world, node, untouched } = await provider(vault);
    world.host.beforeChunk = () => Promise.reject(new Error('nobody has it'));
    const { requestId, request, rate } = post(world, { ask: { slots: 2n } });
    await settled();
    for (const slotIndex of [0, 1]) world.market.fillAsOther(requestId, slotIndex, other);
    await pass(world.clock, 700, 50);
    world.host.beforeChunk = async () => {};
    const slotId = slotIdOf(requestId, 1);
    await world.market.as(other).freeSlot(slotId, { signal });
    await pass(world.clock, 65);
    const full = collateralPerSlot(request.ask);
    const [sale] = node.sales.list();
    expect(sale).toMatchObject({ slotIndex: 1, state: 'proving', collateral: full });
    const earned = BigInt(plannedEnd(world, requestId) - (sale?.filledAt ?? 0)) * rate;
    await pass(world.clock, 3700, 60);
    expect((await saleOf(node, slotId))?.payout).toBe(earned + full / 10n);
    expectAllBack(node, world, untouched, slotId);
  });
});

describe('a slot of a request that expires', () => {
  it('is paid until then, though nobody tells a cancellation', async () => {
    const { world, node, slotId, requestId, rate } = await hosting(
      { ask: { slots: 2n } },
      { alone: true, ...vault },
    );
    await pass(world.clock, 700);
    const sale = await saleOf(node, slotId);
    expect(sale?.outcome?.code).toBe('partlyPaid');
    const { expiresAt } = world.market.chain.marketplace.request(requestId);
    expect(sale?.payout).toBe(BigInt(expiresAt - (sale?.filledAt ?? 0)) * rate);
  });

  it('takes no fill in the second of its expiry: it is too late, and nothing is lost', async () => {
    const { world, node, untouched } = await provider(vault);
    const { slotId, requestId } = post(world);
    await settled();
    const { expiresAt } = world.market.chain.marketplace.request(requestId);
    const gate = world.market.delayNext('fillSlot');
    await pass(world.clock, 60);
    await gate.reached;
    // It hangs for so long, whatever deadline it has.
    const fill = world.market.chain.marketplace.fillSlot.bind(world.market.chain.marketplace);
    world.market.chain.marketplace.fillSlot = (sender, filling) => fill(sender, filling, expiresAt);
    gate.release();
    await pass(world.clock, 40);
    expect(await outcomes(node)).toEqual(['tooLate']);
    expectAllBack(node, world, untouched, slotId);
  });
});
