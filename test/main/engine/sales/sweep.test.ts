import { onTestFinished, expect, it } from 'vitest';
import { slotIdOf, type SlotId } from '../../../../src/main/engine/contracts/ids.ts';
import { MarketError } from '../../../../src/main/engine/market/errors.ts';
import { word } from '../../../support/requests.ts';
import { aNode, aWorld, settled, someTerms, type World } from '../../../support/salesfixtures.ts';

const orphan = word<SlotId>(0xdead);

async function start(world: World) {
  const node = await aNode(world);
  onTestFinished(() => node.sales.stop());
  await node.sales.start();
  await settled();
  return node;
}

/** Bytes of a slot that nobody speaks of, of one in its download, and of one that is ours on chain and nowhere else. */
async function aDisk() {
  const world = aWorld();
  const { host, market } = world;
  const node = await start(world);
  await node.reservations.createAvailability(someTerms);
  host.beforeChunk = (_, done) => (done === 0n ? Promise.resolve() : new Promise(() => {}));
  const { requestId } = market.requestStorage({ ask: { slots: 1n, maxSlotLoss: 0n } });
  await settled();
  const downloading = slotIdOf(requestId, 0);
  await node.sales.stop();
  const other = market.requestStorage({ ask: { slots: 1n, maxSlotLoss: 0n } });
  market.fillAsOther(other.requestId, 0, market.signer);
  const ours = slotIdOf(other.requestId, 0);
  host.stored.set(ours, other.request.ask.slotSize).set(orphan, 65_536n);
  expect([...host.stored.keys()]).toEqual([downloading, ours, orphan]);
  return { world, downloading, ours };
}

it('deletes at its start the bytes of slots that nobody speaks of, and no others', async () => {
  const { world, downloading, ours } = await aDisk();
  await start(world);
  expect([...world.host.stored.keys()]).toEqual([downloading, ours]);
});

it('keeps the bytes of a slot that is ours on chain also when a server that lags does not know it', async () => {
  const { world, downloading, ours } = await aDisk();
  world.market.answerNext('getActiveSlot', undefined);
  await start(world);
  expect([...world.host.stored.keys()]).toEqual([downloading, ours]);
});

it('deletes nothing when the chain cannot be asked once more what is ours, and starts all the same', async () => {
  const { world, downloading, ours } = await aDisk();
  const before = world.market.calls.length;
  world.market.delayNext('mySlots', { after: true }).release();
  world.market.failNext('mySlots', new MarketError('CHAIN_UNREACHABLE', {}));
  const node = await start(world);
  expect(world.market.calls.slice(before).filter(({ method }) => method === 'mySlots')).toHaveLength(2);
  expect([...world.host.stored.keys()]).toEqual([downloading, ours, orphan]);
  expect(node.sales.list().map(({ slotId }) => slotId)).toContain(ours);
});
