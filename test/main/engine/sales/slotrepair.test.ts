import { describe, expect, it } from 'vitest';
import { word } from '../../../support/requests.ts';
import { Gate } from '../../../support/fakeslothost.ts';
import { recordingLogger } from '../../../support/recordinglogger.ts';
import {
  expectSoundBooks,
  pass,
  settled,
  someTerms,
  statesOf,
  type Node,
  type World,
} from '../../../support/salesfixtures.ts';
import { expectAllBack, oneSlot, outcomes, post, scenes, toPeriodEnd } from '../../../support/salesscenes.ts';
import type { Challenge, SlotId } from '../../../../src/main/engine/contracts/ids.ts';
import { collateralPerSlot } from '../../../../src/main/engine/contracts/requests.ts';
import { StoreError } from '../../../../src/main/engine/stores/errors.ts';

const { start, hosting, stop } = scenes();

/** All proofs look at the end of the slot. */
const lastByte = word<Challenge>(1_048_575);

/** Hosted, stopped, and harmed on the disk meanwhile: the last quarter is gone. */
async function harmed() {
  const hosted = await hosting();
  await stop(hosted.node);
  hosted.world.host.damage(hosted.slotId, 262_144n);
  return hosted;
}

const proofsOf = (node: Node) => node.sales.list()[0]?.proofs;
const bytesOf = ({ host }: World, slotId: SlotId) => host.stored.get(slotId);

describe('the data of a slot that is ours', () => {
  it('is looked over after a restart, and what is missing is fetched again while the slot is proven', async () => {
    const { world, untouched, slotId } = await harmed();
    const gate = new Gate();
    world.host.beforeChunk = () => gate.pass();
    world.market.setChallenge(word<Challenge>(0));
    const node = await start(world);
    await gate.reached;
    expect(node.sales.list()).toMatchObject([{ state: 'proving', missingBytes: 262_144n }]);
    expect(node.reservations.quota.used).toBe(786_432n);
    expectSoundBooks(node.reservations);
    const sent = proofsOf(node)?.sent ?? 0;
    await pass(world.clock, 120);
    expect(proofsOf(node)).toMatchObject({ sent: sent + 2, failed: 0 });
    gate.open();
    await settled();
    expect(bytesOf(world, slotId)).toBe(1_048_576n);
    expect(node.reservations.quota.used).toBe(1_048_576n);
    const [sale] = node.sales.list();
    expect(sale).not.toHaveProperty('missingBytes');
    expect(sale).not.toHaveProperty('progress');
    expect(sale?.downloadedBytes).toBe(1_048_576n + 262_144n);
    const told = node.events.flatMap((event) => (event.type === 'data' ? [event.result] : []));
    expect(told).toEqual(['missing', 'whole']);
    await pass(world.clock, 3700);
    expect(await outcomes(node)).toEqual(['paid']);
    expectAllBack(node, world, untouched, slotId);
  });

  it('is not looked over when it was just downloaded, nor spoken of when it is all there', async () => {
    const { world, node } = await hosting();
    expect(world.host.verified).toEqual([]);
    await stop(node);
    const again = await start(world);
    await settled();
    expect(world.host.verified).toHaveLength(1);
    expect(again.events.filter(({ type }) => type === 'data')).toEqual([]);
  });

  it('is fetched again in the middle of proving when a proof finds it missing, and then proven', async () => {
    const { world, node, slotId } = await hosting();
    world.market.setChallenge(lastByte);
    world.host.damage(slotId);
    await toPeriodEnd(world);
    await pass(world.clock, 50);
    expect(bytesOf(world, slotId)).toBe(1_048_576n);
    expect(proofsOf(node)).toMatchObject({ missed: 0, late: 1, lastFailure: { cause: 'dataMissing' } });
    expect(proofsOf(node)?.failed).toBeGreaterThan(0);
    await toPeriodEnd(world);
    expect(() => world.market.markProofAsMissing(slotId)).toThrow('NotMissing');
  });

  it('is asked for as long as it takes, while the slot stays ours', async () => {
    const { world, slotId } = await harmed();
    let attempts = 0;
    world.host.beforeChunk = () => {
      attempts++;
      return attempts < 400 ? Promise.reject(new Error('no peer has it')) : Promise.resolve();
    };
    world.market.setChallenge(word<Challenge>(0));
    const node = await start(world);
    await pass(world.clock, 600);
    expect(attempts).toBeGreaterThanOrEqual(400);
    expect(statesOf(node.events)).toEqual(['unknown', 'filled', 'proving']);
    expect(bytesOf(world, slotId)).toBe(1_048_576n);
    expectSoundBooks(node.reservations);
  });

  it('is fetched again when the disk harms what was just written, after a pause', async () => {
    const { world, slotId } = await harmed();
    const verify = world.host.verify.bind(world.host);
    let looks = 0;
    world.host.verify = async (slot, options) => {
      if (looks++ === 1) world.host.damage(slotId, 262_144n);
      return verify(slot, options);
    };
    const node = await start(world);
    await settled();
    expect(looks).toBe(3);
    expect(bytesOf(world, slotId)).toBe(1_048_576n);
    expect(node.reservations.quota.used).toBe(1_048_576n);
    expect(node.sales.list()[0]?.downloadedBytes).toBe(1_048_576n + 2n * 262_144n);
  });

  it('is fetched when the disk has room again', async () => {
    const { world, slotId } = await harmed();
    let isFull = true;
    world.host.beforeWrite = () =>
      isFull ? Promise.reject(new StoreError('DISK_FULL', {})) : Promise.resolve();
    world.market.setChallenge(word<Challenge>(0));
    const node = await start(world);
    await pass(world.clock, 120);
    expect(node.sales.list()).toMatchObject([{ state: 'proving', missingBytes: 262_144n }]);
    isFull = false;
    await pass(world.clock, 20);
    expect(bytesOf(world, slotId)).toBe(1_048_576n);
    expectSoundBooks(node.reservations);
    expect(node.reservations.quota.used).toBe(1_048_576n);
  });

  it('is fetched without a charge when the books know nothing of the slot, and proven all the same', async () => {
    const { world, node, slotId } = await hosting();
    await stop(node);
    world.database.records.clear();
    world.host.stored.delete(slotId);
    const { logger, lines } = recordingLogger();
    const again = await start(world, { logger });
    await settled();
    expect(bytesOf(world, slotId)).toBe(1_048_576n);
    expect(again.reservations.quota.used).toBe(0n);
    expect(lines.find(({ fields }) => fields.missingBytes)?.fields).toMatchObject({
      missingBytes: 1_048_576n,
      isCharged: false,
    });
    await pass(world.clock, 3700);
    expect(await outcomes(again)).toEqual(['paid']);
    expect(bytesOf(world, slotId)).toBeUndefined();
  });

  it('is looked for no longer once the slot is not ours, and not before that search has ended', async () => {
    const { world, slotId } = await harmed();
    const gate = new Gate();
    world.host.beforeChunk = () => gate.pass();
    const node = await start(world);
    await gate.reached;
    await pass(world.clock, 3700);
    expect(await outcomes(node)).toEqual(['paid']);
    expect(bytesOf(world, slotId)).toBeUndefined();
    gate.open();
    await settled();
    expect(bytesOf(world, slotId)).toBeUndefined();
  });

  it('does not keep a stop waiting', async () => {
    const { world } = await harmed();
    const gate = new Gate();
    world.host.beforeVerify = () => gate.pass();
    const node = await start(world);
    await gate.reached;
    await stop(node);
    expect(world.clock.waiting).toBe(0);
  });

  it('is missed in the end when nobody has it any more: the cost is told, and so is the cause', async () => {
    const { world, slotId, request } = await harmed();
    world.host.beforeChunk = () => Promise.reject(new Error('no peer has it'));
    world.market.setChallenge(lastByte);
    const { logger, lines } = recordingLogger();
    const node = await start(world, { logger });
    await toPeriodEnd(world);
    for (let miss = 0; miss < 2; miss++) {
      await toPeriodEnd(world);
      world.market.markProofAsMissing(slotId);
      await pass(world.clock, 5);
    }
    const slash = collateralPerSlot(request.ask) / 5n;
    const costs = lines.filter(({ message }) => message === 'A proof was not given in its period');
    expect(costs.map(({ fields }) => fields)).toMatchObject([
      { cause: 'dataMissing', slash, losesSlot: false },
      { cause: 'dataMissing', slash, losesSlot: false },
      ...costs.slice(2).map(() => ({ slash, losesSlot: true })),
    ]);
    for (const { id } of node.reservations.availabilities()) await node.reservations.setEnabled(id, false);
    await pass(world.clock, 60);
    expect(await outcomes(node)).toEqual(['slotLost']);
    expect(node.reservations.availabilities()[0]?.totalCollateral).toBe(
      someTerms.totalCollateral - collateralPerSlot(request.ask),
    );
  });
});

describe('bytes on the disk', () => {
  it('that no sale speaks of are deleted at the start; those of ours never', async () => {
    const { world, node, slotId } = await hosting();
    await stop(node);
    world.host.stored.set(word<SlotId>(77), 100n);
    await start(world);
    expect(bytesOf(world, word<SlotId>(77))).toBeUndefined();
    expect(bytesOf(world, slotId)).toBe(1_048_576n);
  });

  it('that an earlier sale left behind are booked before more is fetched', async () => {
    const { world, node } = await hosting();
    const { slotId } = post(world, oneSlot);
    world.host.stored.set(slotId, 524_288n);
    await settled();
    expect(bytesOf(world, slotId)).toBe(1_048_576n);
    expect(node.reservations.quota.used).toBe(2n * 1_048_576n);
    expectSoundBooks(node.reservations);
  });
});
