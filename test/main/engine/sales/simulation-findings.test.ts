import { afterEach, describe, expect, it } from 'vitest';
import { slotIdOf, type RequestId, type SlotId } from '../../../../src/main/engine/contracts/ids.ts';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import { MarketError } from '../../../../src/main/engine/market/errors.ts';
import { newSale } from '../../../../src/main/engine/sales/salerecord.ts';
import { SaleStore } from '../../../../src/main/engine/sales/salestore.ts';
import { MemoryDatabase } from '../../../support/memorydatabase.ts';
import { word } from '../../../support/requests.ts';
import {
  aNode,
  aWorld,
  pass,
  settled,
  someTerms,
  statesOf,
  type Node,
} from '../../../support/salesfixtures.ts';

/** What the simulation found, each in its smallest form. */
const nodes: Node[] = [];
afterEach(async () => {
  for (const { sales } of nodes.splice(0)) await sales.stop();
});

async function posted({ expiry = 600n } = {}) {
  const world = aWorld();
  const node = await aNode(world);
  nodes.push(node);
  await node.sales.start();
  await node.reservations.createAvailability(someTerms);
  const { requestId } = world.market.requestStorage({ ask: { slots: 1n, maxSlotLoss: 0n }, expiry });
  await settled();
  return { world, node, slotId: slotIdOf(requestId, 0) };
}

const outcomes = async (node: Node) => (await node.sales.history(10)).map(({ outcome }) => outcome?.code);

describe('what schedules of chance found', () => {
  it('no fill is sent that may be mined after the request expired, where its collateral would be stuck', async () => {
    const { world, node, slotId } = await posted({ expiry: 60n });
    await pass(world.clock, 50);
    expect(statesOf(node.events, slotId)).toContain('filling');
    expect(world.market.count('fillSlot')).toBe(0);
    expect(await outcomes(node)).toEqual(['tooLate']);
    expect(node.reservations.reservations()).toEqual([]);
  });

  it('a fill that came through unseen is not given up when the next first proof fails', async () => {
    const { world, node, slotId } = await posted();
    world.market.failNext('fillSlot', new MarketError('TRANSACTION_LOST', {}), { after: true });
    let proofs = 0;
    world.host.beforeProof = async () => {
      // The server lags: it does not know the fill yet when it is asked what became of it.
      world.market.setSlotState(slotId, ++proofs === 1 ? 'free' : undefined);
      if (proofs === 2) throw new Error('The prover crashed');
    };
    await pass(world.clock, 180);
    expect(proofs).toBeGreaterThanOrEqual(2);
    expect(node.sales.list()).toMatchObject([{ slotId, state: 'proving' }]);
    expect(world.host.cleared).toEqual([]);
    expect(world.host.stored.get(slotId)).toBe(1_048_576n);
    expect(await outcomes(node)).toEqual([]);
  });

  it('an ended sale that the full disk kept from the history gets there before its slot is sold again', async () => {
    const database = new MemoryDatabase();
    const store = new SaleStore({ database, logger: silentLogger });
    const ref = { slotId: word<SlotId>(1), requestId: word<RequestId>(2), slotIndex: 0 };
    const first = { ...newSale(ref, 100), gasCost: 1n, endedAt: 200 };
    const second = { ...newSale(ref, 300), gasCost: 2n };
    await store.save(first);
    database.failNextBatch();
    await expect(store.close(first)).rejects.toMatchObject({ code: 'DISK_FULL' });
    await store.save(second);
    expect(await store.history(10)).toEqual([first]);
    await store.close({ ...second, endedAt: 200 });
    expect(await store.history(10)).toEqual([{ ...second, endedAt: 200 }, first]);
    expect(await store.running()).toEqual([]);
  });
});
