import { describe, expect, it } from 'vitest';
import type { AvailabilityId, RequestId } from '../../../../src/main/engine/contracts/ids.ts';
import { DailyCounts, dayOf } from '../../../../src/main/engine/insight/dailycounts.ts';
import { EarlyFates } from '../../../../src/main/engine/insight/earlyfates.ts';
import { SeenRequests } from '../../../../src/main/engine/insight/seenrequests.ts';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import { MemoryDatabase } from '../../../support/memorydatabase.ts';
import { word } from '../../../support/requests.ts';

const DAY = 86_400;
const noon = 1_700_049_600;
const offer = word<AvailabilityId>(1);
const one = { requests: 1, slots: 4 };

async function someCounts(database = new MemoryDatabase(), options: { maxDays?: number } = {}) {
  const counts = new DailyCounts({ database, logger: silentLogger }, options);
  await counts.load();
  return { database, counts };
}

describe('Counts by day', () => {
  it('are kept by day in UTC, offer and rule', async () => {
    const { counts } = await someCounts();
    counts.add(noon, { availabilityId: offer, rule: 'price' }, one);
    counts.add(noon, { availabilityId: offer, rule: 'price' }, { requests: 0, slots: 1 });
    counts.add(noon, { availabilityId: offer, rule: 'matched' }, one);
    counts.add(noon, { rule: 'noOffer' }, one);
    counts.add(noon + DAY / 2, { availabilityId: offer, rule: 'price' }, one);
    expect(counts.list({})).toEqual([
      { day: '2023-11-15', availabilityId: offer, rule: 'price', requests: 1, slots: 5 },
      { day: '2023-11-15', availabilityId: offer, rule: 'matched', requests: 1, slots: 4 },
      { day: '2023-11-15', rule: 'noOffer', requests: 1, slots: 4 },
      { day: '2023-11-16', availabilityId: offer, rule: 'price', requests: 1, slots: 4 },
    ]);
  });

  it('change the day at midnight in UTC', () => {
    expect([dayOf(noon + DAY / 2 - 1), dayOf(noon + DAY / 2)]).toEqual(['2023-11-15', '2023-11-16']);
  });

  it('are listed for a range of days, both included, oldest first', async () => {
    const { counts } = await someCounts();
    for (const days of [3, 1, 2, 0]) counts.add(noon + days * DAY, { rule: 'noOffer' }, one);
    const days = counts.list({ from: '2023-11-16', to: '2023-11-17' }).map(({ day }) => day);
    expect(days).toEqual(['2023-11-16', '2023-11-17']);
  });

  it('are there again after a restart, one record a day', async () => {
    const { database, counts } = await someCounts();
    counts.add(noon, { availabilityId: offer, rule: 'price' }, one);
    counts.add(noon + DAY, { rule: 'noOffer' }, one);
    await counts.save();
    expect([...database.records.keys()]).toEqual([
      '/meta/insight/whynot/2023-11-15',
      '/meta/insight/whynot/2023-11-16',
    ]);
    const again = await someCounts(database);
    expect(again.counts.list({})).toEqual(counts.list({}));
    again.counts.add(noon, { availabilityId: offer, rule: 'price' }, one);
    expect(again.counts.list({})[0]).toMatchObject({ requests: 2, slots: 8 });
  });

  it('write only the days that changed, and nothing when none did', async () => {
    const { database, counts } = await someCounts();
    counts.add(noon, { rule: 'noOffer' }, one);
    await counts.save();
    await counts.save();
    counts.add(noon + DAY, { rule: 'noOffer' }, one);
    await counts.save();
    expect(database.batches.map((batch) => batch.map(({ key }) => key.slice(-10)))).toEqual([
      ['2023-11-15'],
      ['2023-11-16'],
    ]);
  });

  it('are written by the next save when one failed', async () => {
    const { database, counts } = await someCounts();
    counts.add(noon, { rule: 'noOffer' }, one);
    database.failNextBatch();
    await expect(counts.save()).rejects.toThrow();
    await counts.save();
    expect((await someCounts(database)).counts.list({})).toHaveLength(1);
  });

  it('forget the oldest of more than 400 days', async () => {
    const { database, counts } = await someCounts();
    for (let day = 0; day < 405; day++) counts.add(noon + day * DAY, { rule: 'noOffer' }, one);
    await counts.save();
    counts.add(noon + 405 * DAY, { rule: 'noOffer' }, one);
    await counts.save();
    expect(counts.list({})).toHaveLength(400);
    expect(counts.list({})[0]?.day).toBe(dayOf(noon + 6 * DAY));
    expect(database.records.size).toBe(400);
  });

  it('go on without a record that cannot be read', async () => {
    const { database, counts } = await someCounts();
    counts.add(noon, { rule: 'noOffer' }, one);
    await counts.save();
    await database.batch([{ type: 'put', key: '/meta/insight/whynot/2023-11-14', value: '{"day":1}' }]);
    expect((await someCounts(database)).counts.list({})).toHaveLength(1);
  });
});

describe('The requests that were counted', () => {
  const id = (n: number) => word<RequestId>(BigInt(n) * 2n ** 224n);
  const opened = async (database: MemoryDatabase, options: { limit?: number } = {}) => {
    const seen = new SeenRequests({ database, logger: silentLogger }, options);
    await seen.load();
    return seen;
  };

  it('are new once, also after a restart', async () => {
    const database = new MemoryDatabase();
    const seen = await opened(database);
    expect([seen.add(id(1)), seen.add(id(2)), seen.add(id(1))]).toEqual([true, true, false]);
    await seen.save();
    await seen.save();
    expect(database.batches).toHaveLength(1);
    expect((await opened(database)).add(id(2))).toBe(false);
  });

  it('are forgotten oldest first', async () => {
    const seen = await opened(new MemoryDatabase(), { limit: 2 });
    for (const n of [1, 2, 3]) seen.add(id(n));
    expect([seen.add(id(3)), seen.add(id(2)), seen.add(id(1))]).toEqual([false, false, true]);
  });

  it('are written by the next save when one failed', async () => {
    const database = new MemoryDatabase();
    const seen = await opened(database);
    seen.add(id(1));
    database.failNextBatch();
    await expect(seen.save()).rejects.toThrow();
    await seen.save();
    expect((await opened(database)).add(id(1))).toBe(false);
  });
});

describe('What was told of slots before their request', () => {
  const id = (n: number) => word<RequestId>(n);

  it('is taken once, in its order', () => {
    const early = new EarlyFates();
    early.add(id(1), { slotIndex: 3, rule: 'lostRace' });
    early.add(id(1), { slotIndex: 1, rule: 'reservationsFull' });
    expect(early.take(id(1))).toEqual([
      { slotIndex: 3, rule: 'lostRace' },
      { slotIndex: 1, rule: 'reservationsFull' },
    ]);
    expect(early.take(id(1))).toEqual([]);
  });

  it('is kept for few requests, and for few slots of each', () => {
    const early = new EarlyFates({ limit: 2 });
    for (const n of [1, 2, 3]) early.add(id(n), { slotIndex: 0, rule: 'lostRace' });
    for (let slotIndex = 1; slotIndex < 5000; slotIndex++) early.add(id(3), { slotIndex, rule: 'lostRace' });
    expect([1, 2, 3].map((n) => early.take(id(n)).length)).toEqual([0, 1, 1024]);
  });
});
