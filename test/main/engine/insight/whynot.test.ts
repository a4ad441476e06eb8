import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { slotIdOf, type RequestId } from '../../../../src/main/engine/contracts/ids.ts';
import { WhyNot, type WhyNotOptions } from '../../../../src/main/engine/insight/whynot.ts';
import { Emitter } from '../../../../src/main/engine/lib/emitter.ts';
import type { StorageRequested } from '../../../../src/main/engine/market/market.ts';
import type { Terms } from '../../../../src/main/engine/sales/offers.ts';
import { Reservations } from '../../../../src/main/engine/sales/reservations.ts';
import type { OutcomeCode, SaleInfo, SalesEvent } from '../../../../src/main/engine/sales/saleinfo.ts';
import { newSale } from '../../../../src/main/engine/sales/salerecord.ts';
import type { DroppedItem } from '../../../../src/main/engine/sales/slotqueue.ts';
import { slotQueueItem } from '../../../../src/main/engine/sales/slotqueueitem.ts';
import { FakeClock } from '../../../support/fakeclock.ts';
import { FakeMarket } from '../../../support/fakemarket.ts';
import { aRequested } from '../../../support/insightfixtures.ts';
import { MemoryDatabase } from '../../../support/memorydatabase.ts';
import { anItem } from '../../../support/queuefixtures.ts';
import { recordingLogger } from '../../../support/recordinglogger.ts';
import { exampleAsk } from '../../../support/requests.ts';
import { aNode, aWorld, pass, settled, someTerms } from '../../../support/salesfixtures.ts';

const { slotSize } = exampleAsk;
const QUOTA = 64n * slotSize;

/** Room and collateral for eight slots of the example request. */
const terms: Terms = {
  name: 'Spare disk',
  totalSize: 8n * slotSize,
  duration: 3600n,
  minPricePerBytePerSecond: 7n,
  totalCollateral: 800n * slotSize,
};

const stopping: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stopping.splice(0).toReversed()) await stop();
});

/** The reasons over a true ledger; requests, sales and drops are told by hand. */
async function someReasons({
  database = new MemoryDatabase(),
  offers = [terms],
  balance,
  speed,
  ...options
}: WhyNotOptions & {
  database?: MemoryDatabase;
  offers?: readonly Terms[];
  balance?: bigint;
  speed?: { secondsFor(bytes: bigint): number };
} = {}) {
  const { logger, lines } = recordingLogger();
  const clock = new FakeClock();
  const market = new FakeMarket({ clock });
  const reservations = await Reservations.open({ database, logger }, { quotaMax: QUOTA });
  for (const offer of offers) await reservations.createAvailability(offer);
  const running: SaleInfo[] = [];
  const sales = {
    onRequest: new Emitter<StorageRequested>(),
    onEvent: new Emitter<SalesEvent>(),
    list: () => running,
  };
  const queue = { onDropped: new Emitter<DroppedItem>() };
  const whyNot = new WhyNot(
    { market, sales, queue, reservations, clock, database, logger, speed, balance: () => balance },
    options,
  );
  await whyNot.start();
  stopping.push(() => whyNot.stop());

  const tell = (request: StorageRequested) => sales.onRequest.emit(request);
  const sale = (request: StorageRequested, slotIndex: number, changes: Partial<SaleInfo> = {}): SaleInfo => {
    const { requestId } = request;
    const ref = { requestId, slotIndex, slotId: slotIdOf(requestId, slotIndex) };
    return { ...newSale(ref, clock.now()), ...changes };
  };
  const end = (
    request: StorageRequested,
    slotIndex: number,
    code: OutcomeCode,
    changes: Partial<SaleInfo> = {},
  ) => {
    const outcome = { code, text: `Ended by ${code}.` };
    sales.onEvent.emit({ type: 'ended', sale: sale(request, slotIndex, { outcome, ...changes }) });
  };
  const drop = (request: StorageRequested, slotIndex: number, reason: DroppedItem['reason']) => {
    const { requestId, ask, expiresAt } = request;
    queue.onDropped.emit({
      item: slotQueueItem({ requestId, ask, collateral: 1n, expiresAt }, slotIndex),
      reason,
    });
  };
  const fill = (
    request: StorageRequested,
    slotIndex: number,
    name: 'SlotFilled' | 'SlotReservationsFull' = 'SlotFilled',
  ) => market.emit({ name, requestId: request.requestId, slotIndex });
  const obstacles = ({ requestId }: StorageRequested) =>
    whyNot.explain(requestId)?.offers.map((offer) => offer.obstacles.map(({ rule, slots }) => [rule, slots]));
  const counts = () => whyNot.counts().map(({ rule, requests, slots }) => [rule, requests, slots] as const);
  /** In the order of their names: which offer is asked first is left to chance. */
  const sortedCounts = () => counts().toSorted(([a], [b]) => (a < b ? -1 : 1));
  const emitters = { sales, queue };
  return {
    whyNot,
    clock,
    market,
    database,
    reservations,
    running,
    emitters,
    lines,
    tell,
    sale,
    end,
    drop,
    fill,
    obstacles,
    counts,
    sortedCounts,
  };
}

describe('Why not', () => {
  it('says of each request what each offer has against it, with the smallest change', async () => {
    const { whyNot, reservations, tell } = await someReasons({
      offers: [terms, { ...terms, name: 'Dear', minPricePerBytePerSecond: 70n }],
    });
    const request = aRequested();
    tell(request);
    const [fits, dear] = reservations.availabilities();
    expect(whyNot.explain(request.requestId)).toEqual({
      requestId: request.requestId,
      seenAt: 1_700_000_000,
      slots: 4n,
      slotSizeBytes: slotSize,
      durationSeconds: 3600n,
      pricePerBytePerSecond: 7n,
      collateralPerByte: 100n,
      expiresAt: 1_700_000_600,
      sold: 0,
      offers: expect.toSatisfy((offers: readonly object[]) => offers.length === 2),
    });
    const judged = new Map(
      whyNot.explain(request.requestId)?.offers.map((offer) => [offer.availabilityId, offer]),
    );
    const byName = (name: string) => [fits, dear].find((offer) => offer?.name === name)?.id ?? '';
    expect(judged.get(byName('Spare disk'))).toMatchObject({ name: 'Spare disk', obstacles: [] });
    expect(judged.get(byName('Dear'))?.obstacles).toEqual([
      {
        rule: 'price',
        text: expect.stringContaining('your lowest'),
        details: { asked: 7n, yours: 70n },
        slots: 4,
        smallestChange: { kind: 'change', changes: { minPricePerBytePerSecond: 7n } },
      },
    ]);
  });

  it('counts each offer once for a request, in requests and slots', async () => {
    const { tell, sortedCounts } = await someReasons({ offers: [terms, { ...terms, duration: 1n }] });
    for (const request of [1, 2]) {
      tell(aRequested({ request }));
      tell(aRequested({ request }));
    }
    expect(sortedCounts()).toEqual([
      ['duration', 2, 8],
      ['matched', 2, 8],
    ]);
  });

  it('says that nothing was offered', async () => {
    const { whyNot, tell, counts } = await someReasons({ offers: [] });
    tell(aRequested());
    expect(whyNot.recent(1)).toMatchObject([{ obstacle: { rule: 'noOffer' }, offers: [] }]);
    expect(counts()).toEqual([['noOffer', 1, 4]]);
  });

  it('asks no offer about a request with more slots than can be told apart', async () => {
    const { whyNot, tell, counts } = await someReasons();
    tell(aRequested({ slots: 2n ** 64n - 1n }));
    expect(whyNot.recent(1)).toMatchObject([{ obstacle: { rule: 'tooManySlots' }, offers: [] }]);
    expect(counts()).toEqual([['tooManySlots', 1, 65_535]]);
  });

  it('knows the wallet and the speed of downloads', async () => {
    const poor = await someReasons({ balance: 0n });
    poor.tell(aRequested());
    expect(poor.obstacles(aRequested())).toEqual([[['balance', 4]]]);
    const slow = await someReasons({ speed: { secondsFor: (bytes) => (bytes === slotSize ? 601 : 0) } });
    slow.tell(aRequested());
    expect(slow.obstacles(aRequested())).toEqual([[['tooSlow', 4]]]);
  });

  it('asks an offer that is made later about the requests that are still open', async () => {
    const { reservations, tell, obstacles, clock, whyNot } = await someReasons({ offers: [] });
    const [over, open] = [aRequested({ request: 1, expiresAt: 1_700_000_001 }), aRequested({ request: 2 })];
    tell(over);
    tell(open);
    clock.advance(2);
    const { id } = await reservations.createAvailability({ ...terms, duration: 1n });
    await reservations.setEnabled(id, false);
    await reservations.setEnabled(id, true);
    expect([obstacles(over), obstacles(open)]).toEqual([[], [[['duration', 4]]]]);
    expect(whyNot.explain(open.requestId)?.obstacle?.rule).toBe('noOffer');
  });
});

describe('What comes in the way of a slot later', () => {
  it.each<[OutcomeCode, string]>([
    ['slotTaken', 'lostRace'],
    ['reservationsFull', 'reservationsFull'],
    ['requestExpired', 'expired'],
    ['balanceTooLow', 'balance'],
    ['downloadFailed', 'failed'],
    ['proofFailed', 'failed'],
    ['requestFailed', 'failed'],
    ['requestUnknown', 'failed'],
    ['requestRefused', 'failed'],
    ['error', 'failed'],
  ])('is told of a sale that ended by %s', async (code, rule) => {
    const { whyNot, tell, end, counts } = await someReasons();
    const request = aRequested();
    tell(request);
    end(request, 0, code);
    end(request, 1, code);
    expect(whyNot.explain(request.requestId)?.offers[0]?.obstacles).toEqual([
      {
        rule,
        text: `Ended by ${code}.`,
        slots: 2,
        smallestChange: { kind: 'none', rule, text: expect.any(String) },
      },
    ]);
    expect(counts()).toEqual([
      ['matched', 1, 4],
      [rule, 1, 2],
    ]);
  });

  it.each<[DroppedItem['reason'], string]>([
    ['evicted', 'queueFull'],
    ['expired', 'expired'],
    ['tooSlow', 'tooSlow'],
  ])('is told of a slot that the queue dropped as %s', async (reason, rule) => {
    const { tell, drop, obstacles } = await someReasons();
    const request = aRequested();
    tell(request);
    drop(request, 3, reason);
    expect(obstacles(request)).toEqual([[[rule, 1]]]);
  });

  it.each([
    ['SlotFilled', 'lostRace'],
    ['SlotReservationsFull', 'reservationsFull'],
  ] as const)('is told of a slot that waited when the market said %s', async (name, rule) => {
    const { tell, fill, obstacles } = await someReasons();
    const request = aRequested();
    tell(request);
    fill(request, 2, name);
    expect(obstacles(request)).toEqual([[[rule, 1]]]);
  });

  it('is also told when the market told of the slot before the request', async () => {
    const { tell, fill, obstacles } = await someReasons();
    const request = aRequested();
    fill(request, 2);
    tell(request);
    expect(obstacles(request)).toEqual([[['lostRace', 1]]]);
  });

  it('is not told of a slot that is being sold: that ends by itself', async () => {
    const { running, tell, sale, fill, obstacles } = await someReasons();
    const request = aRequested();
    tell(request);
    running.push(sale(request, 2));
    fill(request, 2);
    expect(obstacles(request)).toEqual([[]]);
  });

  it('is the first thing that happened to the slot', async () => {
    const { tell, drop, end, obstacles, counts } = await someReasons();
    const request = aRequested();
    tell(request);
    end(request, 0, 'reservationsFull');
    drop(request, 0, 'expired');
    end(request, 0, 'slotTaken');
    expect(obstacles(request)).toEqual([[['reservationsFull', 1]]]);
    expect(counts()).toEqual([
      ['matched', 1, 4],
      ['reservationsFull', 1, 1],
    ]);
  });

  it('is what the offer lacks by then, when no offer fits any more', async () => {
    const { whyNot, reservations, tell, end, obstacles } = await someReasons();
    const [request, before] = [aRequested(), aRequested({ request: 9 })];
    tell(request);
    for (let slotIndex = 0; slotIndex < 8; slotIndex++) {
      await reservations.findAndReserve({
        requestId: before.requestId,
        slotIndex,
        slotId: slotIdOf(before.requestId, slotIndex),
        slotSize,
        duration: 3600n,
        pricePerBytePerSecond: 7n,
        collateralPerByte: 100n,
        collateral: 100n * slotSize,
        requestEndsAt: 1_700_003_600,
      });
    }
    end(request, 0, 'noMatchingAvailability');
    end(request, 0, 'noMatchingAvailability');
    end(request, 1, 'noMatchingAvailability');
    expect(obstacles(request)).toEqual([[['freeSpace', 2]]]);
    expect(whyNot.explain(request.requestId)?.offers[0]?.obstacles[0]?.smallestChange).toEqual({
      kind: 'change',
      changes: { totalSize: 9n * slotSize, totalCollateral: 900n * slotSize },
    });
  });

  it('concerns only the offer that the slot was for', async () => {
    const { whyNot, reservations, tell, end } = await someReasons({
      offers: [terms, { ...terms, name: 'Other' }],
    });
    const request = aRequested();
    tell(request);
    const other = reservations.availabilities().find(({ name }) => name === 'Other');
    end(request, 0, 'slotTaken', other && { availabilityId: other.id });
    const blocked = whyNot.explain(request.requestId)?.offers.filter(({ obstacles }) => obstacles.length > 0);
    expect(blocked?.map(({ name }) => name)).toEqual(['Other']);
  });

  it('concerns no offer that had something against the request itself', async () => {
    const { tell, end, obstacles } = await someReasons({ offers: [{ ...terms, duration: 1n }] });
    const request = aRequested();
    tell(request);
    end(request, 0, 'noMatchingAvailability');
    end(request, 1, 'slotTaken');
    expect(obstacles(request)).toEqual([[['duration', 4]]]);
  });

  it('is nothing when the slot was sold, whatever became of the sale', async () => {
    const { whyNot, emitters, tell, sale, end, obstacles } = await someReasons();
    const request = aRequested();
    tell(request);
    const sold = sale(request, 0, { state: 'proving', filledAt: 1_700_000_010 });
    emitters.sales.onEvent.emit({ type: 'entered', sale: sold, from: 'filled' });
    emitters.sales.onEvent.emit({ type: 'entered', sale: sold, from: 'unknown' });
    end(request, 0, 'slotLost', { filledAt: 1_700_000_010 });
    end(request, 1, 'paid', { filledAt: 1_700_000_010 });
    expect(obstacles(request)).toEqual([[]]);
    expect(whyNot.explain(request.requestId)?.sold).toBe(1);
  });

  it('is not told of requests that were never seen', async () => {
    const { end, drop, counts } = await someReasons();
    end(aRequested(), 0, 'slotTaken');
    drop(aRequested(), 0, 'expired');
    expect(counts()).toEqual([]);
  });
});

describe('What is kept of it', () => {
  it('is the newest requests, newest first', async () => {
    const { whyNot, tell } = await someReasons({ limit: 3 });
    for (let request = 1; request <= 5; request++) tell(aRequested({ request }));
    expect(whyNot.recent(2).map(({ requestId }) => requestId)).toEqual(
      [5, 4].map((request) => aRequested({ request }).requestId),
    );
    expect(whyNot.recent(100)).toHaveLength(3);
    expect(whyNot.explain(aRequested({ request: 2 }).requestId)).toBeUndefined();
  });

  it('is written at once, then once a minute at most, also when nothing more happens', async () => {
    const { database, clock, tell } = await someReasons();
    const written = () => database.batches.filter((batch) => batch[0]?.key.includes('whynot')).length;
    tell(aRequested({ request: 1 }));
    await settled();
    expect(written()).toBe(1);
    tell(aRequested({ request: 2 }));
    tell(aRequested({ request: 3 }));
    await settled();
    clock.advance(59);
    await settled();
    expect(written()).toBe(1);
    clock.advance(1);
    await settled();
    expect(written()).toBe(2);
    clock.advance(600);
    await settled();
    expect(written()).toBe(2);
  });

  it('is written at the end, and a request that is seen again after a restart is told of and not counted', async () => {
    const first = await someReasons();
    first.tell(aRequested());
    await settled();
    first.tell(aRequested({ request: 2, pricePerBytePerSecond: 1n }));
    await first.whyNot.stop();
    await first.whyNot.stop();

    const second = await someReasons({ database: first.database, offers: [] });
    expect(second.counts()).toEqual(first.counts());
    second.tell(aRequested());
    second.end(aRequested(), 0, 'slotTaken');
    expect(second.counts()).toEqual(first.counts());
    expect(second.obstacles(aRequested())).toEqual([[['lostRace', 1]]]);
    second.tell(aRequested({ request: 3 }));
    expect(second.counts()).not.toEqual(first.counts());
  });

  it('is logged and tried again when it cannot be written', async () => {
    const { database, clock, lines, tell, counts } = await someReasons();
    database.failNextBatch();
    tell(aRequested({ request: 1 }));
    await settled();
    expect(lines.filter(({ level }) => level === 'error')).toMatchObject([
      { message: 'The reasons could not be saved' },
    ]);
    tell(aRequested({ request: 2 }));
    clock.advance(60);
    await settled();
    expect(JSON.parse(database.records.get('/meta/insight/whynot/2023-11-14') ?? '{}')).toMatchObject({
      counts: [{ rule: 'matched', requests: 2 }],
    });
    expect(counts()).toEqual([['matched', 2, 8]]);
  });

  it('holds up no stop when it cannot be written', async () => {
    const { whyNot, database, lines, tell } = await someReasons();
    tell(aRequested({ request: 1 }));
    await settled();
    tell(aRequested({ request: 2 }));
    database.failNextBatch();
    await whyNot.stop();
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it('listens to nobody and waits for nothing once it is stopped', async () => {
    const { whyNot, clock, market, reservations, emitters, tell } = await someReasons();
    tell(aRequested({ request: 1 }));
    await settled();
    tell(aRequested({ request: 2 }));
    await whyNot.stop();
    const { sales, queue } = emitters;
    expect([
      sales.onRequest.size,
      sales.onEvent.size,
      queue.onDropped.size,
      reservations.onChange.size,
    ]).toEqual([0, 0, 0, 0]);
    expect(clock.waiting).toBe(0);
    market.emit({ name: 'SlotFilled', requestId: aRequested().requestId, slotIndex: 0 });
    expect(whyNot.explain(aRequested().requestId)?.offers[0]?.obstacles).toEqual([]);
  });

  it('does not grow over 100,000 requests', { timeout: 60_000 }, async () => {
    const { whyNot, tell, emitters, sortedCounts, database } = await someReasons({
      offers: [terms, { ...terms, duration: 1n }],
    });
    const item = anItem();
    const see = (from: number, to: number) => {
      for (let n = from; n < to; n++) {
        const request = aRequested({ request: n });
        tell(request);
        emitters.queue.onDropped.emit({ item: { ...item, requestId: request.requestId }, reason: 'evicted' });
      }
      return heapUsed();
    };
    const half = see(0, 50_000);
    const whole = see(50_000, 100_000);
    expect(whole - half).toBeLessThan(4_000_000);
    expect(whyNot.recent(100_000)).toHaveLength(1000);
    expect(sortedCounts()).toEqual([
      ['duration', 100_000, 400_000],
      ['matched', 100_000, 400_000],
      ['queueFull', 100_000, 100_000],
    ]);
    await whyNot.stop();
    const bytes = [...database.records.values()].reduce((sum, text) => sum + text.length, 0);
    expect(bytes).toBeLessThan(50_000);
  });
});

describe('Why not, over a node that sells', () => {
  it('tells of four slots of which two are sold, one is lost in the race and one finds no room', async () => {
    const world = aWorld();
    const { clock, market, database } = world;
    const node = await aNode(world);
    const { reservations, queue, sales } = node;
    const { logger } = recordingLogger();
    await reservations.createAvailability({
      ...someTerms,
      totalSize: 2n * slotSize,
      totalCollateral: 200n * slotSize,
    });
    const whyNot = new WhyNot({ market, sales, queue, reservations, clock, database, logger });
    await whyNot.start();
    stopping.push(
      () => sales.stop(),
      () => whyNot.stop(),
    );
    await sales.start({ signal: new AbortController().signal });

    const { requestId } = market.requestStorage();
    await settled();
    await pass(clock, 120);
    const held = new Set(reservations.reservations().map(({ slotIndex }) => slotIndex));
    const waiting = [0, 1, 2, 3].filter((slotIndex) => !held.has(slotIndex));
    expect(waiting).toHaveLength(2);
    market.fillAsOther(requestId, waiting[0] ?? 0);
    await settled();

    expect(whyNot.explain(requestId as RequestId)).toMatchObject({
      sold: 2,
      offers: [{ obstacles: [{ rule: 'freeSpace', slots: 2 }] }],
    });
  });

  it('tells of slots that were filled by others while all workers were busy', async () => {
    const world = aWorld();
    const { clock, market, database, host } = world;
    const { reservations, queue, sales } = await aNode(world, { workers: 1 });
    const { logger } = recordingLogger();
    await reservations.createAvailability(someTerms);
    const whyNot = new WhyNot({ market, sales, queue, reservations, clock, database, logger });
    await whyNot.start();
    stopping.push(
      () => sales.stop(),
      () => whyNot.stop(),
    );
    await sales.start({ signal: new AbortController().signal });
    expect(host).toBeDefined();

    const { requestId } = market.requestStorage({ ask: { slots: 3n } });
    const waiting = queue.items().map(({ item }) => item.slotIndex);
    for (const slotIndex of waiting) market.fillAsOther(requestId, slotIndex);
    await settled();
    expect(whyNot.explain(requestId)?.offers[0]?.obstacles).toMatchObject([
      { rule: 'lostRace', slots: waiting.length },
    ]);
    expect(waiting).toHaveLength(2);
  });
});

/** After everything that nobody holds was collected. */
function heapUsed(): number {
  setFlagsFromString('--expose_gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}
