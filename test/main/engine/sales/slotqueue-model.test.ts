import fc from 'fast-check';
import { expect, it } from 'vitest';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import type { Availability } from '../../../../src/main/engine/sales/availability.ts';
import { SlotQueue, type DroppedItem } from '../../../../src/main/engine/sales/slotqueue.ts';
import type { SlotQueueItem } from '../../../../src/main/engine/sales/slotqueueitem.ts';
import { FakeClock } from '../../../support/fakeclock.ts';
import { exampleOffer } from '../../../support/ledgerfixtures.ts';
import { NaiveQueue } from '../../../support/naivequeue.ts';
import { anItem, FakeGenerations } from '../../../support/queuefixtures.ts';

const START = 1_700_000_000;
const few = fc.bigInt({ min: 0n, max: 3n });
const item = fc
  .record({
    request: fc.nat(1),
    slot: fc.nat(4),
    profit: few,
    collateral: few,
    slotSize: fc.bigInt({ min: 1n, max: 4n }),
    expiresAt: fc.integer({ min: START, max: START + 60 }),
    draw: fc.nat(2),
  })
  .map((changes) => anItem(changes));
const inFlight = fc.nat(12);

/** What may happen to a queue. Flights are named by their place in what was taken. */
const happening = fc.oneof(
  { weight: 8, arbitrary: fc.record({ what: fc.constant('push'), item, freed: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('end'), inFlight, waits: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('freeWorker'), inFlight }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('deleteSlot'), item }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('deleteRequest'), item }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('occupy'), item }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('loosen') }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('clearSeenFlags') }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('setWorkers'), workers: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('pass'), seconds: fc.integer({ min: 1, max: 3 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('measure'), speed: fc.option(fc.integer({ min: 1, max: 4 })) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('room'), room: fc.bigInt({ min: 0n, max: 4n }) }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('start') }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('stop') }) },
) as fc.Arbitrary<Happening>;

interface Happening {
  readonly what: string;
  readonly item: SlotQueueItem;
  readonly freed: boolean;
  readonly inFlight: number;
  readonly waits: boolean;
  readonly workers: number;
  readonly seconds: number;
  readonly speed: number | null;
  readonly room: bigint;
}

it('is what a sorted array would be, whatever is pushed, taken, put back, evicted and deleted', () => {
  fc.assert(
    fc.property(
      fc.array(happening, { maxLength: 120, size: 'max' }),
      fc.integer({ min: 4, max: 6 }),
      (happenings, capacity) => {
        const both = aPair(capacity);
        for (const each of happenings) {
          both.let(each);
          both.expectEqual();
        }
      },
    ),
    { numRuns: 200 },
  );
});

/** Takes whatever has room in it. */
const wideOffer: Availability = {
  ...exampleOffer,
  totalSize: 10n,
  duration: 10n,
  minPricePerBytePerSecond: 1n,
  totalCollateral: 1000n,
  totalRemainingCollateral: 1000n,
  enabled: true,
  isDraining: false,
  until: 0,
};

/** A queue and its model, to which the same happens. */
function aPair(capacity: number) {
  const clock = new FakeClock(START);
  const ledger = new FakeGenerations();
  const naive = new NaiveQueue({ capacity, workers: 2, now: START });
  const speed = {
    secondsFor: (bytes: bigint) =>
      naive.bytesPerSecond === undefined ? undefined : Number(bytes) / naive.bytesPerSecond,
  };
  const reservations = {
    onChange: ledger.onChange,
    get generation() {
      return ledger.generation;
    },
    availabilities: () => [{ ...wideOffer, freeSize: naive.room }],
  };
  const modules = { reservations, clock, speed, logger: silentLogger };
  const queue = new SlotQueue(modules, { capacity, workers: 2 });
  const taken: SlotQueueItem[] = [];
  const dropped: DroppedItem[] = [];
  queue.onDropped.subscribe((drop) => dropped.push(drop));

  const steps: Record<string, (happening: Happening) => void> = {
    push: ({ item: pushed, freed }) => {
      queue.push([pushed], { freed });
      naive.push(pushed, freed);
    },
    end: ({ inFlight: place, waits }) => {
      const slotId = taken[place]?.slotId;
      if (slotId === undefined) return;
      queue.end(slotId, waits ? { waitingFor: 'room' } : {});
      naive.end(slotId, waits ? 'room' : undefined);
    },
    freeWorker: ({ inFlight: place }) => {
      const slotId = taken[place]?.slotId;
      if (slotId === undefined) return;
      queue.freeWorker(slotId);
      naive.freeWorker(slotId);
    },
    deleteSlot: ({ item: { slotId } }) => {
      queue.deleteSlot(slotId);
      naive.deleteSlot(slotId);
    },
    deleteRequest: ({ item: { requestId } }) => {
      queue.deleteRequest(requestId);
      naive.deleteRequest(requestId);
    },
    occupy: ({ item: occupied }) => {
      queue.occupy(occupied);
      naive.occupy(occupied);
    },
    loosen: () => {
      ledger.loosen();
      naive.loosen();
    },
    clearSeenFlags: () => {
      queue.clearSeenFlags();
      naive.lookAgain();
    },
    setWorkers: ({ workers }) => {
      queue.setWorkers(workers);
      naive.setWorkers(workers);
    },
    pass: ({ seconds }) => {
      clock.advance(seconds);
      naive.now += seconds;
    },
    measure: ({ speed: measured }) => (naive.bytesPerSecond = measured ?? undefined),
    // It grows tighter without a word; that it is looser the ledger tells by itself.
    room: ({ room }) => (naive.room = room),
    start: () => {
      queue.start((each) => void taken.push(each));
      naive.start();
    },
    stop: () => {
      queue.stop();
      naive.stop();
    },
  };

  return {
    let: (each: Happening) => steps[each.what]?.(each),
    expectEqual: () => {
      expect(queue.items()).toEqual(naive.items());
      expect(taken).toEqual(naive.taken);
      expect(dropped).toEqual(naive.dropped);
      expect(queue.workers).toEqual({ max: naive.workers, busy: naive.busy });
      expect(queue.paused).toBe(!queue.items().some(({ seen }) => !seen));
      expect(queue.length).toBeLessThanOrEqual(capacity);
    },
  };
}
