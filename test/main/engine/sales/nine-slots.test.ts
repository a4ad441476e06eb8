import { afterEach, describe, expect, it } from 'vitest';
import { RoundCounter } from '../../../../src/main/demo/rounds.ts';
import { expectAllowedEdges } from '../../../support/saleedges.ts';
import {
  aNode,
  aWorld,
  expectSoundBooks,
  pass,
  settled,
  someTerms,
  type Node,
  type World,
} from '../../../support/salesfixtures.ts';

const UNIT_SECONDS = 600;
const SLOTS = 9;

const nodes: Node[] = [];
afterEach(async () => {
  for (const { sales, events } of nodes.splice(0)) {
    await sales.stop();
    expectAllowedEdges(events);
  }
});

/** A node with one offer before a request of nine equal slots, each a download of one unit of time. */
async function nineSlots({ workers }: { workers: number }): Promise<{ world: World; node: Node }> {
  const world = aWorld();
  const { clock, host } = world;
  host.chunks = 1n;
  host.beforeChunk = async () => {
    await clock.waitUntil(clock.now() + UNIT_SECONDS, { signal: new AbortController().signal });
  };
  const node = await aNode(world, { workers });
  nodes.push(node);
  await node.sales.start();
  await node.reservations.createAvailability(someTerms);
  world.market.requestStorage({
    expiry: 20_000n,
    ask: { slots: BigInt(SLOTS), duration: 40_000n, maxSlotLoss: 0n },
  });
  await settled();
  return { world, node };
}

const downloading = ({ sales }: Node) => sales.list().filter(({ state }) => state === 'downloading').length;
const filled = ({ sales }: Node) => sales.list().filter(({ state }) => state === 'proving').length;

function phases({ reservations }: Node): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { phase } of reservations.reservations()) counts[phase] = (counts[phase] ?? 0) + 1;
  return counts;
}

describe('nine equal slots, one offer, downloads of one unit', () => {
  it('are done in three units by three workers, with three reservations being downloaded at once', async () => {
    const { world, node } = await nineSlots({ workers: 3 });
    const seen: Record<string, number>[] = [];
    for (let unit = 1; unit <= 3; unit++) {
      seen.push(phases(node));
      expect(downloading(node)).toBe(3);
      world.clock.advance(UNIT_SECONDS);
      await settled();
      expect(phases(node)).toMatchObject({ proving: 3 });
      // What is downloaded is proven at the beginning of the next period, filled, and its worker begins the next.
      world.clock.advance(world.market.config.periodSeconds);
      await settled();
      expect(filled(node)).toBe(3 * unit);
      expectSoundBooks(node.reservations);
    }
    expect(seen).toEqual([{ downloading: 3 }, { downloading: 3, filled: 3 }, { downloading: 3, filled: 6 }]);
    expect(phases(node)).toEqual({ filled: SLOTS });
    expect(node.reservations.availabilities()).toHaveLength(1);
    expect(new Set(node.reservations.reservations().map(({ slotId }) => slotId)).size).toBe(SLOTS);
    expect(node.queue.workers.busy).toBe(0);
    expect(node.queue.length).toBe(0);
  });

  it.each([
    [1, 9],
    [2, 5],
    [3, 3],
    [4, 3],
    [5, 2],
    [9, 1],
  ])('with %i workers take %i rounds, measured from what the sales tell', async (workers, rounds) => {
    const { world, node } = await nineSlots({ workers });
    const start = world.clock.now();
    const unit = UNIT_SECONDS + world.market.config.periodSeconds;
    while (filled(node) < SLOTS && world.clock.now() < start + 20_000) await pass(world.clock, 60, 60);
    expect(world.clock.now() - start).toBeLessThanOrEqual(rounds * unit);
    expect(world.clock.now() - start).toBeGreaterThan((rounds - 1) * unit);
    const counter = new RoundCounter();
    for (const event of node.events) counter.saw(event);
    expect(counter.best).toEqual({ slots: SLOTS, of: SLOTS, atOnce: Math.min(workers, SLOTS), rounds });
  });

  it('are all paid, and the offer is whole again', async () => {
    const { world, node } = await nineSlots({ workers: 3 });
    await pass(world.clock, 3000, 60);
    expect(filled(node)).toBe(SLOTS);
    await pass(world.clock, 40_000, 300);
    const ended = await node.sales.history(100);
    expect(ended.map(({ outcome }) => outcome?.code)).toEqual(Array.from({ length: SLOTS }, () => 'paid'));
    const slashed = ended.reduce(
      (sum, { collateral = 0n, currentCollateral = 0n }) => sum + collateral - currentCollateral,
      0n,
    );
    expect(slashed).toBe(0n);
    expect(node.reservations.availabilities()).toMatchObject([
      { freeSize: someTerms.totalSize, totalRemainingCollateral: someTerms.totalCollateral },
    ]);
    expect(node.reservations.quota.used).toBe(0n);
  });
});
