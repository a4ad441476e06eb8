import { writtenBytes } from '../../../src/main/engine/sales/availability.ts';
import type { QueueEntry } from '../../../src/main/engine/sales/slotqueue.ts';
import { compareItems } from '../../../src/main/engine/sales/slotqueueitem.ts';
import type { Engine, Life } from './life.ts';
import type { Tenancy } from './tenancies.ts';
import { demand } from './violation.ts';
import { PERIOD, type World } from './world.ts';
import { periodStart } from '../../../src/main/engine/contracts/periods.ts';
import type { SlotId } from '../../../src/main/engine/contracts/ids.ts';

/** What holds after every step, whatever was done. @throws Violation */
export function checkStep(world: World, life: Life | undefined): void {
  checkDisk(world);
  const engine = life?.engine;
  if (!life || !engine || life.state === 'over') return;
  checkQueue(engine);
  if (life.state === 'running') checkAgents(world, engine);
}

/** All bytes on the disk are charged to a reservation, and none has more than its slot. */
function checkDisk(world: World): void {
  const { host, books } = world;
  for (const [slotId, stored] of host.stored) {
    if (stored === 0n) continue;
    const reservation = books.reservationOf(slotId);
    // What was filled after its sale was given up has no reservation any more; it is fetched all the same.
    const isOnceMore = ({ slotId: id, reservationId }: Tenancy) =>
      id === slotId && reservationId === undefined;
    if (!reservation && world.tenancies.all.some(isOnceMore)) continue;
    const charged = reservation ? writtenBytes(reservation) : 0n;
    demand(stored <= charged, 'There is more on the disk than was charged', () => ({
      slotId,
      stored,
      charged,
    }));
  }
}

function checkQueue({ queue, sales }: Engine): void {
  const { busy, max } = queue.workers;
  demand(busy >= 0, 'Fewer than no workers are busy', () => ({ busy }));
  demand(queue.length <= queue.capacity, 'The queue is over its capacity', () => ({ length: queue.length }));
  demand(!queue.isRunning || queue.paused || busy >= max, 'A slot could be taken, and a worker is idle');
  const entries = queue.items();
  const agents = new Set(sales.list().map(({ slotId }) => slotId));
  const seen = new Set<SlotId>();
  for (const { item } of entries) {
    const { slotId } = item;
    demand(!seen.has(slotId), 'A slot is in the queue twice', () => ({ slotId }));
    demand(!agents.has(slotId), 'A slot is in the queue and in flight', () => ({ slotId }));
    seen.add(slotId);
  }
  // Those that were not looked at are of two kinds: what an offer would take now comes first.
  const seenFrom = entries.findIndex((entry) => entry.seen);
  const [fresh, old] = seenFrom < 0 ? [entries, []] : [entries.slice(0, seenFrom), entries.slice(seenFrom)];
  const inOrder = breaks(fresh) <= 1 && breaks(old) === 0 && old.every((entry) => entry.seen);
  demand(inOrder, 'The queue is out of order', () => ({ entries }));
}

/** How often an item stands behind one that should come after it. */
const breaks = (entries: readonly QueueEntry[]): number =>
  entries.filter(({ item }, index) => {
    const before = entries[index - 1];
    return before !== undefined && compareItems(before.item, item) >= 0;
  }).length;

function checkAgents(world: World, { sales }: Engine): void {
  const agents = sales.list().map(({ slotId }) => slotId);
  demand(new Set(agents).size === agents.length, 'A slot has two agents');
  const orphans = world.filledByUs().filter((slotId) => !agents.includes(slotId));
  for (const slotId of world.orphanSince.keys())
    if (!orphans.includes(slotId)) world.orphanSince.delete(slotId);
  for (const slotId of orphans) {
    const since = world.orphanSince.get(slotId) ?? world.now;
    world.orphanSince.set(slotId, since);
    const fairSince = Math.max(since, world.faults.unfairUntil);
    demand(world.now <= fairSince + ORPHAN_SECONDS, 'A slot that is filled by us has no agent', () => ({
      slotId,
    }));
  }
}

/** A fill that was lost from sight may come through when its sale is over; then the event has to be heard first. */
const ORPHAN_SECONDS = 30;

/**
 * To be asked when a proof of ours is found missing. That may be when the slot was filled in that period, or when the node
 * was down or was done a fault to so late in it that too little was left to try again.
 */
export function checkMiss(world: World, life: Life | undefined, slotId: SlotId, period: number): void {
  const fairFrom = periodStart(period + 1, PERIOD) - ENOUGH_SECONDS;
  const since = world.tenancies.open(slotId)?.from ?? Infinity;
  const isFair =
    life?.state === 'running' &&
    life.runningSince < fairFrom &&
    world.faults.unfairUntil < fairFrom &&
    since < periodStart(period, PERIOD);
  demand(!isFair, 'A proof was missed although nothing was in the way', () => ({ slotId, period, fairFrom }));
}

/** In which a node at peace gives the proofs of all its slots, counted from its last pause before trying again. */
const ENOUGH_SECONDS = 85;
