import { queryObjects } from 'node:v8';
import { expect, it } from 'vitest';
import { SalesAgent } from '../../../../src/main/engine/sales/salesagent.ts';
import { Crowd, crowdKinds } from '../../../support/crowd.ts';
import { watchLeaks } from '../../../support/noleaks.ts';
import { aNode, aWorld, expectSoundBooks, settled, someTerms } from '../../../support/salesfixtures.ts';

const REQUESTS = 1200;
const BATCH = 24;

it(`after ${REQUESTS} requests nothing is left of them but their history`, { timeout: 120_000 }, async () => {
  const noLeaks = watchLeaks();
  // Files share a process, and the simulation leaves some: processes that it killed never end.
  const agents = () => queryObjects(SalesAgent, { format: 'count' });
  const agentsAtFirst = agents();
  const world = aWorld();
  const node = await aNode(world, { workers: 24 });
  const { reservations, sales, queue } = node;
  await sales.start();
  const untouched = await reservations.createAvailability(someTerms);
  await settled();
  const sizes = () => ({
    running: sales.list().length,
    queued: queue.length,
    busy: queue.workers.busy,
    onQueue: queue.onChange.size,
    onDropped: queue.onDropped.size,
    onSales: sales.onEvent.size,
    onRequest: sales.onRequest.size,
    onLedger: reservations.onChange.size,
    waiting: world.clock.waiting,
    proofs: sales.proofQueue.waiting + sales.proofQueue.running,
    reservations: reservations.reservations().length,
    bytes: world.host.stored.size,
    records: [...world.database.records.keys()].filter((key) => !key.includes('/history/')).length,
  });
  const atFirst = sizes();

  const crowd = new Crowd(world);
  while (crowd.posted < REQUESTS) await crowd.batch(BATCH);
  expect(crowd.posted).toBe(REQUESTS);

  // Something became of all kinds.
  const codes = new Map<string, number>();
  for (const event of node.events) {
    const code = event.type === 'ended' ? (event.sale.outcome?.code ?? 'none') : undefined;
    if (code !== undefined) codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  const ofEachKind = REQUESTS / crowdKinds.length;
  expect(codes.get('paid')).toBe(ofEachKind);
  expect(codes.get('partlyPaid')).toBe(ofEachKind);
  expect(codes.get('slotTaken')).toBeGreaterThanOrEqual(ofEachKind);
  expect(codes.get('downloadFailed')).toBeGreaterThanOrEqual(2 * ofEachKind);
  expect(codes.get('noMatchingAvailability')).toBeGreaterThanOrEqual(2 * ofEachKind);

  // The last that waited for a better offer have expired; the next that comes sweeps them out.
  await crowd.batch(1);
  await crowd.batch(1);
  expect(sizes()).toEqual({ ...atFirst, records: expect.any(Number) });
  expect(sizes().records).toBeLessThan(atFirst.records + 4);
  expectSoundBooks(reservations);
  expect(reservations.availabilities()).toEqual([untouched]);

  node.events.length = 0;
  expect(agents()).toBeLessThanOrEqual(agentsAtFirst);
  await sales.stop();
  await noLeaks();
});
