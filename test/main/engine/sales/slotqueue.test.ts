import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DownloadSpeed } from '../../../../src/main/engine/sales/downloadspeed.ts';
import {
  SlotQueue,
  type DroppedItem,
  type SlotQueueOptions,
} from '../../../../src/main/engine/sales/slotqueue.ts';
import { compareItems, type SlotQueueItem } from '../../../../src/main/engine/sales/slotqueueitem.ts';
import { FakeClock } from '../../../support/fakeclock.ts';
import { recordingLogger } from '../../../support/recordinglogger.ts';
import { exampleOffer } from '../../../support/ledgerfixtures.ts';
import { anItem, FakeGenerations } from '../../../support/queuefixtures.ts';

function aQueue(options: SlotQueueOptions = {}) {
  const clock = new FakeClock();
  const ledger = new FakeGenerations();
  const speed = new DownloadSpeed({ clock });
  const { logger, lines } = recordingLogger();
  const queue = new SlotQueue({ reservations: ledger, clock, speed, logger }, options);
  const taken: SlotQueueItem[] = [];
  const dropped: DroppedItem[] = [];
  queue.onDropped.subscribe((drop) => dropped.push(drop));
  const start = () => queue.start((item) => void taken.push(item));
  return { clock, ledger, speed, queue, taken, dropped, lines, start };
}

const slots = (items: readonly SlotQueueItem[]) => items.map(({ slotIndex }) => slotIndex);
const queued = (queue: SlotQueue) => queue.items().map(({ item }) => item);

describe('SlotQueue', () => {
  it.each([
    [{ workers: 0 }, 'WORKERS_OUT_OF_RANGE'],
    [{ workers: 5, capacity: 4 }, 'WORKERS_OUT_OF_RANGE'],
    [{ workers: 1.5 }, 'WORKERS_OUT_OF_RANGE'],
    [{ capacity: 0 }, 'CAPACITY_OUT_OF_RANGE'],
    [{ capacity: 65_536 }, 'CAPACITY_OUT_OF_RANGE'],
  ])('cannot be made with %o', (options, code) => {
    expect(() => aQueue(options)).toThrow(expect.objectContaining({ code }));
  });

  it('is empty at first, with three workers and room for 128', () => {
    const { queue } = aQueue();
    expect(queue).toMatchObject({ length: 0, capacity: 128, isRunning: false, workers: { max: 3, busy: 0 } });
    expect(queue.items()).toEqual([]);
  });

  it('hands out nothing before it is started, and then the best first, as many as there are workers', () => {
    const { queue, taken, start } = aQueue({ workers: 2 });
    queue.push([1n, 3n, 2n].map((profit, slot) => anItem({ slot, profit })));
    expect(taken).toEqual([]);
    start();
    expect(slots(taken)).toEqual([1, 2]);
    expect(queue.workers).toEqual({ max: 2, busy: 2 });
    expect(slots(queued(queue))).toEqual([0]);
  });

  it('frees the worker of a filled slot while its sale goes on', () => {
    const { queue, taken, start } = aQueue({ workers: 1 });
    start();
    queue.push([anItem({ slot: 0, profit: 2n }), anItem({ slot: 1 }), anItem({ slot: 2, profit: 0n })]);
    expect(slots(taken)).toEqual([0]);
    queue.freeWorker(anItem({ slot: 0 }).slotId);
    expect(slots(taken)).toEqual([0, 1]);
    expect(queue.push([anItem({ slot: 0 })])).toEqual(['inFlight']);
    queue.end(anItem({ slot: 0 }).slotId);
    expect(queue.workers.busy).toBe(1);
    queue.end(anItem({ slot: 1 }).slotId);
    expect(slots(taken)).toEqual([0, 1, 2]);
  });

  it('has a slot once', () => {
    const { queue } = aQueue();
    expect(queue.push([anItem(), anItem({ profit: 9n })])).toEqual(['queued', 'alreadyQueued']);
    expect(queue.length).toBe(1);
  });

  it('puts back what no offer fits, and looks again when the ledger loosens', () => {
    const { queue, taken, ledger, start } = aQueue();
    start();
    queue.push([anItem()]);
    queue.end(anItem().slotId, { waitingFor: 'no room' });
    expect(queue.items()).toEqual([{ item: anItem(), seen: true, waitingFor: 'no room' }]);
    queue.push([anItem({ slot: 1 })]);
    expect(slots(taken)).toEqual([0, 1]);
    ledger.loosen();
    expect(slots(taken)).toEqual([0, 1, 0]);
  });

  it('looks again at once when the ledger loosened while it was looked at', () => {
    const { queue, taken, ledger, start } = aQueue();
    start();
    queue.push([anItem()]);
    ledger.loosen();
    queue.end(anItem().slotId, { waitingFor: 'no room' });
    expect(slots(taken)).toEqual([0, 0]);
  });

  it('does not put back what was deleted while it was looked at', () => {
    const { queue, start } = aQueue();
    start();
    queue.push([anItem(), anItem({ request: 2 })]);
    queue.deleteSlot(anItem().slotId);
    queue.deleteRequest(anItem({ request: 2 }).requestId);
    queue.end(anItem().slotId, { waitingFor: 'no room' });
    queue.end(anItem({ request: 2 }).slotId, { waitingFor: 'no room' });
    expect(queue.length).toBe(0);
  });

  it('keeps a slot that was freed while it was in flight, for when the flight has ended', () => {
    const { queue, taken, start } = aQueue();
    start();
    queue.push([anItem()]);
    expect(queue.push([anItem({ collateral: 7n })], { freed: true })).toEqual(['inFlight']);
    expect(taken).toHaveLength(1);
    queue.end(anItem().slotId);
    expect(taken.map(({ collateral }) => collateral)).toEqual([1n, 7n]);
  });

  it('lets a slot that is ours already take a worker without having been queued', () => {
    const { queue, taken, start } = aQueue({ workers: 1 });
    queue.push([anItem({ slot: 0 }), anItem({ slot: 1 })]);
    queue.occupy(anItem({ slot: 0 }));
    start();
    expect(slots(taken)).toEqual([]);
    expect(slots(queued(queue))).toEqual([1]);
    queue.end(anItem({ slot: 0 }).slotId, { waitingFor: 'nothing to put back' });
    expect(slots(taken)).toEqual([1]);
    expect(queue.length).toBe(0);
  });

  it('drops what has expired when it would be taken', () => {
    const { queue, taken, dropped, clock, start } = aQueue();
    const now = clock.now();
    queue.push([anItem({ slot: 0, profit: 9n, expiresAt: now - 1 }), anItem({ slot: 1, expiresAt: now })]);
    start();
    expect(slots(taken)).toEqual([1]);
    expect(dropped).toMatchObject([{ reason: 'expired', item: { slotIndex: 0 } }]);
  });

  it('drops what expired while it waited in vain when the next comes', () => {
    const { queue, dropped, clock, start } = aQueue();
    start();
    queue.push([anItem({ expiresAt: clock.now() + 10 })]);
    queue.end(anItem().slotId, { waitingFor: 'no room' });
    clock.advance(11);
    queue.push([anItem({ slot: 1 })]);
    expect(dropped).toMatchObject([{ reason: 'expired', item: { slotIndex: 0 } }]);
    expect(queue.length).toBe(0);
  });

  it('drops what cannot be here in time at the speed measured, when it would be taken', () => {
    const { queue, taken, dropped, speed, clock, start } = aQueue();
    speed.note({ bytes: 1000n, seconds: 10 });
    const expiresAt = clock.now() + 60;
    queue.push([
      anItem({ slot: 0, profit: 9n, slotSize: 6001n, expiresAt }),
      anItem({ slot: 1, slotSize: 6000n, expiresAt }),
    ]);
    start();
    expect(slots(taken)).toEqual([1]);
    expect(dropped).toMatchObject([{ reason: 'tooSlow', item: { slotIndex: 0 } }]);
  });

  it('drops what has become too slow while it waited in vain, and nothing once the measure is old', () => {
    const { queue, dropped, speed, clock, start } = aQueue();
    start();
    const expiresAt = clock.now() + 10_000;
    queue.push([
      anItem({ slot: 0, slotSize: 100n, expiresAt }),
      anItem({ slot: 1, slotSize: 9n, expiresAt }),
    ]);
    for (const slot of [0, 1]) queue.end(anItem({ slot }).slotId, { waitingFor: 'no room' });
    speed.note({ bytes: 1n, seconds: 500 });
    clock.advance(1);
    queue.push([anItem({ slot: 2 })]);
    expect(dropped).toMatchObject([{ reason: 'tooSlow', item: { slotIndex: 0 } }]);
    clock.advance(3600);
    queue.push([anItem({ slot: 3, slotSize: 10n ** 15n, expiresAt })]);
    expect(dropped).toHaveLength(1);
  });

  it('evicts the last in order when it is full, be it the new one', () => {
    const { queue, dropped } = aQueue({ capacity: 3, workers: 1 });
    queue.push([3n, 1n, 2n].map((profit, slot) => anItem({ slot, profit })));
    expect(queue.push([anItem({ slot: 3, profit: 4n })])).toEqual(['queued']);
    expect(queue.push([anItem({ slot: 4, profit: 1n })])).toEqual(['evicted']);
    expect(slots(queued(queue))).toEqual([3, 0, 2]);
    expect(dropped.map(({ reason, item }) => [reason, item.slotIndex])).toEqual([
      ['evicted', 1],
      ['evicted', 4],
    ]);
  });

  it('evicts what waits in vain before what was not looked at', () => {
    const { queue, start } = aQueue({ capacity: 2, workers: 2 });
    start();
    queue.push([anItem({ slot: 0, profit: 100n })]);
    queue.end(anItem({ slot: 0 }).slotId, { waitingFor: 'no room' });
    queue.occupy(anItem({ slot: 8 }));
    queue.occupy(anItem({ slot: 9 }));
    queue.push([anItem({ slot: 1 }), anItem({ slot: 2 })]);
    expect(new Set(slots(queued(queue)))).toEqual(new Set([1, 2]));
  });

  it('forgets all when it is stopped, and can be started again', () => {
    const { queue, taken, ledger, start } = aQueue({ workers: 1 });
    start();
    queue.push([anItem({ slot: 0, profit: 2n }), anItem({ slot: 1 })]);
    queue.stop();
    queue.stop();
    expect(queue).toMatchObject({ length: 0, isRunning: false, workers: { busy: 0 } });
    expect(ledger.onChange.size).toBe(0);
    queue.end(anItem({ slot: 0 }).slotId, { waitingFor: 'late' });
    expect(queue.length).toBe(0);
    start();
    queue.push([anItem({ slot: 0 })]);
    expect(slots(taken)).toEqual([0, 0]);
  });

  it('can be stopped before it was started', () => {
    const { queue } = aQueue();
    queue.stop();
    queue.stop();
    expect(queue.isRunning).toBe(false);
  });

  it('is started once, however often it is told', () => {
    const { queue, taken, ledger, start } = aQueue();
    start();
    queue.start(() => expect.fail('The first to process is the one'));
    expect([queue.isRunning, ledger.onChange.size]).toEqual([true, 1]);
    queue.push([anItem()]);
    expect(taken).toHaveLength(1);
  });

  it('tells of every change', () => {
    const { queue, start } = aQueue();
    let changes = 0;
    queue.onChange.subscribe(() => changes++);
    const counts = [
      () => queue.push([anItem(), anItem({ slot: 1 })]),
      () => start(),
      () => queue.freeWorker(anItem().slotId),
      () => queue.end(anItem().slotId),
      () => queue.deleteSlot(anItem({ slot: 1 }).slotId),
    ].map((act) => {
      changes = 0;
      act();
      return changes;
    });
    expect(counts).toEqual([1, 1, 1, 1, 1]);
  });

  it('does not lose a worker to a slot that cannot be taken', () => {
    const { queue, lines } = aQueue({ workers: 1 });
    const taken: number[] = [];
    queue.start(({ slotIndex }) => {
      taken.push(slotIndex);
      if (slotIndex === 0) throw new Error('No');
    });
    queue.push([anItem({ slot: 0, profit: 2n }), anItem({ slot: 1 })]);
    expect([taken, queue.workers.busy]).toEqual([[0, 1], 1]);
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'A slot could not be taken' }),
    );
  });
});

describe('the workers of the queue', () => {
  const four = [0, 1, 2, 3].map((slot) => anItem({ slot, profit: BigInt(9 - slot) }));

  it('are idle before it is started, and all busy with more slots than there are workers', () => {
    const { queue, start } = aQueue({ workers: 3 });
    queue.push(four);
    expect(queue.workers).toEqual({ max: 3, busy: 0 });
    start();
    expect(queue.workers).toEqual({ max: 3, busy: 3 });
  });

  it('let four slots through a queue for four, two at a time, and are idle again', () => {
    const { queue, taken, start } = aQueue({ workers: 2, capacity: 4 });
    start();
    queue.push(four);
    for (const [done, { slotId }] of four.entries()) {
      expect(taken).toHaveLength(Math.min(4, done + 2));
      queue.end(slotId);
    }
    expect([slots(taken), queue.workers.busy, queue.length]).toEqual([[0, 1, 2, 3], 0, 0]);
  });

  it('become more at once', () => {
    const { queue, taken, start } = aQueue({ workers: 1 });
    start();
    queue.push(four);
    queue.setWorkers(3);
    expect([slots(taken), queue.workers]).toEqual([[0, 1, 2], { max: 3, busy: 3 }]);
  });

  it('become fewer as they finish', () => {
    const { queue, taken, start } = aQueue({ workers: 3 });
    start();
    queue.push(four);
    queue.setWorkers(1);
    expect(queue.workers).toEqual({ max: 1, busy: 3 });
    queue.end(anItem({ slot: 0 }).slotId);
    queue.freeWorker(anItem({ slot: 1 }).slotId);
    expect(taken).toHaveLength(3);
    queue.end(anItem({ slot: 2 }).slotId);
    expect([slots(taken), queue.workers]).toEqual([[0, 1, 2, 3], { max: 1, busy: 1 }]);
  });

  it.each([0, -1, 1.5, 9, Number.NaN])('cannot be %d of a queue for 8', (workers) => {
    const { queue } = aQueue({ capacity: 8 });
    expect(() => queue.setWorkers(workers)).toThrow(
      expect.objectContaining({ code: 'WORKERS_OUT_OF_RANGE' }),
    );
    expect(queue.workers.max).toBe(3);
  });

  it('take a slot once that was taken up twice', () => {
    const { queue } = aQueue();
    queue.occupy(anItem());
    queue.occupy(anItem());
    expect(queue.workers.busy).toBe(1);
    queue.end(anItem().slotId);
    expect(queue.workers.busy).toBe(0);
  });
});

describe('a queue that knows the offers', () => {
  function aQueueWithAnOffer({ freeSize = 100n, ...options }: SlotQueueOptions & { freeSize?: bigint } = {}) {
    const ledger = new FakeGenerations();
    const offer = {
      ...exampleOffer,
      totalSize: 1000n,
      freeSize,
      duration: 10n,
      minPricePerBytePerSecond: 1n,
    };
    const offers = [{ ...offer, totalRemainingCollateral: 1000n, enabled: true, until: 0 }];
    const reservations = {
      onChange: ledger.onChange,
      get generation() {
        return ledger.generation;
      },
      availabilities: () => offers,
    };
    const { logger } = recordingLogger();
    const queue = new SlotQueue({ reservations, clock: new FakeClock(), logger }, options);
    const resize = (bytes: bigint) =>
      offers.splice(0, 1, { ...offers[0], freeSize: bytes } as (typeof offers)[0]);
    return { queue, ledger, resize };
  }

  it('takes what an offer would take before what none would, however much more that pays', () => {
    const { queue } = aQueueWithAnOffer();
    queue.push([
      anItem({ slot: 0, slotSize: 101n, profit: 10n ** 40n }),
      anItem({ slot: 1, duration: 11n, profit: 10n ** 30n }),
      anItem({ slot: 2, slotSize: 100n }),
      anItem({ slot: 3, slotSize: 100n, collateral: 10n ** 6n, profit: 9n }),
      anItem({ slot: 4, pricePerBytePerSecond: 0n, profit: 8n }),
      anItem({ slot: 5, slotSize: 0n, profit: 7n }),
    ]);
    expect(slots(queued(queue))).toEqual([2, 0, 1, 3, 4, 5]);
  });

  it('loses nothing it could sell to a flood of what it could not', () => {
    const { queue } = aQueueWithAnOffer({ capacity: 3 });
    queue.push([anItem({ slot: 0 })]);
    queue.push(
      Array.from({ length: 50 }, (_, slot) => anItem({ request: 2, slot, slotSize: 999n, profit: 99n })),
    );
    expect(queued(queue)[0]).toEqual(anItem({ slot: 0 }));
    expect(queue.push([anItem({ slot: 1 })])).toEqual(['queued']);
    expect(queue.length).toBe(3);
  });

  it('sees once an offer is loosened which slots it would take now', () => {
    const { queue, ledger, resize } = aQueueWithAnOffer({ workers: 1 });
    queue.occupy(anItem({ slot: 9 }));
    queue.start(() => {});
    queue.push([anItem({ slot: 0, slotSize: 200n }), anItem({ slot: 1, slotSize: 300n, profit: 9n })]);
    expect(slots(queued(queue))).toEqual([1, 0]);
    resize(200n);
    expect(slots(queued(queue))).toEqual([1, 0]);
    ledger.loosen();
    expect(slots(queued(queue))).toEqual([0, 1]);
  });
});

describe('the account of the queue', () => {
  it('may be of the first so many, whether they were seen or not', () => {
    const { queue, start } = aQueue({ workers: 1 });
    start();
    queue.push([anItem({ slot: 0 })]);
    queue.end(anItem({ slot: 0 }).slotId, { waitingFor: 'no room' });
    queue.occupy(anItem({ slot: 9 }));
    queue.push([anItem({ slot: 1, profit: 3n }), anItem({ slot: 2, profit: 2n })]);
    const seen = (limit: number) => queue.items({ limit }).map((entry) => [entry.item.slotIndex, entry.seen]);
    expect([seen(0), seen(1), seen(2)]).toEqual([
      [],
      [[1, false]],
      [
        [1, false],
        [2, false],
      ],
    ]);
    expect([seen(3), seen(99)]).toEqual(
      Array.from({ length: 2 }, () => [
        [1, false],
        [2, false],
        [0, true],
      ]),
    );
  });
});

describe('what the queue has seen', () => {
  /** One that looked at a slot in vain. */
  function aQueueWithASeenSlot(slot = 0, profit = 9n) {
    const made = aQueue({ workers: 1 });
    made.start();
    made.queue.push([anItem({ slot, profit })]);
    made.queue.end(anItem({ slot }).slotId, { waitingFor: 'no room' });
    return made;
  }

  it('is nothing at first: it is paused as nothing is there', () => {
    expect(aQueue().queue.paused).toBe(true);
  });

  it('stays paused when a seen slot is put back', () => {
    const { queue, taken } = aQueueWithASeenSlot();
    expect([queue.paused, queue.length, taken.length]).toEqual([true, 1, 1]);
  });

  it('goes on with the next that is pushed', () => {
    const { queue, taken } = aQueueWithASeenSlot();
    queue.push([anItem({ slot: 1, profit: 2n }), anItem({ slot: 2 })]);
    expect([slots(taken), queue.paused]).toEqual([[0, 1], false]);
    queue.end(anItem({ slot: 1 }).slotId);
    expect([slots(taken), queue.paused]).toEqual([[0, 1, 2], true]);
  });

  it('comes after what it has not seen, however much more it pays', () => {
    const { queue } = aQueueWithASeenSlot();
    queue.occupy(anItem({ slot: 8 }));
    queue.push([anItem({ slot: 1, profit: 1n })]);
    expect(queue.items().map(({ item, seen }) => [item.slotIndex, seen])).toEqual([
      [1, false],
      [0, true],
    ]);
  });

  it('is looked at again when the flags are cleared, the best first', () => {
    const { queue, taken } = aQueueWithASeenSlot();
    queue.push([anItem({ slot: 1, profit: 99n })]);
    queue.end(anItem({ slot: 1 }).slotId, { waitingFor: 'no room' });
    queue.clearSeenFlags();
    expect(slots(taken)).toEqual([0, 1, 1]);
    expect(queue.items()).toEqual([{ item: anItem({ slot: 0, profit: 9n }), seen: false }]);
  });

  it('keeps its order among thousands when the flags are cleared', () => {
    const { queue, start } = aQueue({ capacity: 5000, workers: 5000 });
    start();
    const items = Array.from({ length: 5000 }, (_, slot) =>
      anItem({ slot, profit: BigInt((slot * 7919) % 5000) }),
    );
    queue.push(items);
    for (const { slotId } of items) queue.end(slotId, { waitingFor: 'no room' });
    expect([queue.length, queue.paused]).toEqual([5000, true]);
    for (let i = 0; i < 5000; i++) queue.occupy(anItem({ request: 2, slot: i }));
    queue.clearSeenFlags();
    expect(queue.paused).toBe(false);
    expect(queued(queue)).toEqual(items.toSorted(compareItems));
  });
});

describe('a slot in the queue', () => {
  it('is there from its push to its taking', () => {
    const { queue, start } = aQueue();
    expect(queue.has(anItem().slotId)).toBe(false);
    queue.push([anItem()]);
    expect(queue.has(anItem().slotId)).toBe(true);
    start();
    expect(queue.has(anItem().slotId)).toBe(false);
  });

  it('is taken once, at the moment it is pushed to an idle worker', () => {
    const { queue, taken, start } = aQueue();
    start();
    queue.push([anItem({ slot: 4 })]);
    expect(slots(taken)).toEqual([4]);
    queue.push([anItem({ slot: 4 })]);
    queue.clearSeenFlags();
    expect(slots(taken)).toEqual([4]);
  });

  it('is taken in the order of the pushes when they come one at a time', () => {
    const { queue, taken, start } = aQueue({ workers: 1 });
    start();
    for (const [slot, profit] of [1n, 9n, 5n].entries()) {
      queue.push([anItem({ slot, profit })]);
      queue.end(anItem({ slot }).slotId);
    }
    expect(slots(taken)).toEqual([0, 1, 2]);
  });

  it('is taken by what it pays when they are pushed together', () => {
    const { queue, taken, start } = aQueue({ workers: 1 });
    start();
    queue.push([1n, 9n, 5n].map((profit, slot) => anItem({ slot, profit })));
    for (const slot of [1, 2]) queue.end(anItem({ slot }).slotId);
    expect(slots(taken)).toEqual([1, 2, 0]);
  });

  it('is never taken when it was deleted', () => {
    const { queue, taken, start } = aQueue();
    queue.push([0, 1, 2].map((slot) => anItem({ slot })));
    queue.deleteSlot(anItem({ slot: 1 }).slotId);
    queue.deleteSlot(anItem({ slot: 7 }).slotId);
    start();
    expect(new Set(slots(taken))).toEqual(new Set([0, 2]));
  });

  it('is never taken when its request was deleted', () => {
    const { queue, taken, start } = aQueue();
    queue.push([0, 1].flatMap((slot) => [anItem({ slot }), anItem({ slot, request: 2 })]));
    queue.deleteRequest(anItem().requestId);
    queue.deleteRequest(anItem({ request: 3 }).requestId);
    start();
    expect(taken.map(({ requestId }) => requestId)).toEqual(
      Array.from({ length: 2 }, () => anItem({ request: 2 }).requestId),
    );
  });

  it('takes the terms of its repair when it was freed while it waited', () => {
    const { queue } = aQueue();
    queue.push([anItem({ collateral: 10n }), anItem({ slot: 1, collateral: 10n })]);
    expect(queue.push([anItem({ collateral: 9n })], { freed: true })).toEqual(['queued']);
    expect(queued(queue).map(({ slotIndex, collateral }) => [slotIndex, collateral])).toEqual([
      [0, 9n],
      [1, 10n],
    ]);
  });

  it('that was freed during its flight and filled since does not come back', () => {
    const { queue, taken, start } = aQueue();
    start();
    queue.push([anItem(), anItem({ request: 2 })]);
    queue.push([anItem(), anItem({ request: 2 })], { freed: true });
    queue.deleteSlot(anItem().slotId);
    queue.deleteRequest(anItem({ request: 2 }).requestId);
    for (const request of [1, 2]) queue.end(anItem({ request }).slotId);
    expect([taken.length, queue.length]).toEqual([2, 0]);
  });
});

describe('a full queue', () => {
  it('holds the best that were pushed and not deleted, in order, whatever comes', () => {
    const few = fc.bigInt({ min: 0n, max: 3n });
    const item = fc
      .record({
        request: fc.nat(3),
        slot: fc.nat(5),
        profit: few,
        collateral: few,
        expiresAt: fc.integer({ min: 1_900_000_000, max: 1_900_000_002 }),
      })
      .map(anItem);
    const operation = fc.oneof(
      { weight: 4, arbitrary: item.map((pushed) => ({ do: 'push' as const, pushed })) },
      item.map(({ slotId }) => ({ do: 'deleteSlot' as const, slotId })),
      item.map(({ requestId }) => ({ do: 'deleteRequest' as const, requestId })),
    );
    fc.assert(
      fc.property(
        fc.array(operation, { maxLength: 60 }),
        fc.integer({ min: 1, max: 8 }),
        (operations, capacity) => {
          const { queue } = aQueue({ capacity, workers: 1 });
          let model: SlotQueueItem[] = [];
          for (const op of operations) {
            if (op.do === 'push') {
              queue.push([op.pushed]);
              if (!model.some(({ slotId }) => slotId === op.pushed.slotId)) {
                model = [...model, op.pushed].sort(compareItems).slice(0, capacity);
              }
            } else if (op.do === 'deleteSlot') {
              queue.deleteSlot(op.slotId);
              model = model.filter(({ slotId }) => slotId !== op.slotId);
            } else {
              queue.deleteRequest(op.requestId);
              model = model.filter(({ requestId }) => requestId !== op.requestId);
            }
            expect(queued(queue)).toEqual(model);
          }
        },
      ),
    );
  });
});
