import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import {
  SlotQueue,
  type DroppedItem,
  type SlotQueueOptions,
} from '../../../../src/main/engine/sales/slotqueue.ts';
import { compareItems, type SlotQueueItem } from '../../../../src/main/engine/sales/slotqueueitem.ts';
import { FakeClock } from '../../../support/fakeclock.ts';
import { anItem, FakeGenerations } from '../../../support/queuefixtures.ts';

function aQueue(options: SlotQueueOptions = {}) {
  const clock = new FakeClock();
  const ledger = new FakeGenerations();
  const queue = new SlotQueue({ reservations: ledger, clock, logger: silentLogger }, options);
  const taken: SlotQueueItem[] = [];
  const dropped: DroppedItem[] = [];
  queue.onDropped.subscribe((drop) => dropped.push(drop));
  return { clock, ledger, queue, taken, dropped, start: () => queue.start((item) => void taken.push(item)) };
}

const slots = (items: readonly SlotQueueItem[]) => items.map(({ slotIndex }) => slotIndex);
const queued = (queue: SlotQueue) => queue.items().map(({ item }) => item);

describe('SlotQueue', () => {
  it.each([
    [{ workers: 0 }, 'WORKERS_OUT_OF_RANGE'],
    [{ workers: 5, capacity: 4 }, 'WORKERS_OUT_OF_RANGE'],
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
    expect(queue.items()).toEqual([{ item: anItem(), waitingFor: 'no room' }]);
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
