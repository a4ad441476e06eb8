import { describe, expect, it } from 'vitest';
import type { SlotId } from '../../../../src/main/engine/contracts/ids.ts';
import { MarketError } from '../../../../src/main/engine/market/errors.ts';
import { FakeClock } from '../../../support/fakeclock.ts';
import { FakeMarket } from '../../../support/fakemarket.ts';
import { MemoryDatabase } from '../../../support/memorydatabase.ts';
import { word } from '../../../support/requests.ts';
import { settled } from '../../../support/salesfixtures.ts';
import { aWatch, type WatchOptions } from '../../../support/watchfixtures.ts';

const DAY = 86_400;
const START = 1_700_000_000;

function aWorld() {
  const clock = new FakeClock(START);
  return { clock, market: new FakeMarket({ clock }), database: new MemoryDatabase() };
}

/** A run of the node, over when it answers; and how long ago the past began that it read. */
async function run(world: ReturnType<typeof aWorld>, options: WatchOptions = {}, during = () => {}) {
  const made = aWatch({ ...world, ...options });
  const asked = world.market.calls.length;
  await made.start();
  const reaches = world.market.calls
    .slice(asked)
    .flatMap(({ method, args: [range] }) =>
      method === 'pastStorageRequests' ? [world.clock.now() - (range as { from: number }).from] : [],
    );
  during();
  await settled();
  await made.stop();
  return { ...made, reaches };
}

describe('the past that is read at the start', () => {
  it('is a day at first', async () => {
    expect((await run(aWorld())).reaches).toEqual([DAY]);
  });

  it('reaches a look-back beyond when the node last followed the market', async () => {
    const world = aWorld();
    await run(world);
    world.clock.advance(5 * DAY);
    expect((await run(world)).reaches).toEqual([6 * DAY]);
    expect((await run(world)).reaches).toEqual([DAY]);
  });

  it('reaches back to a request that the last run heard of and that is open still', async () => {
    const world = aWorld();
    let requestId = '';
    await run(
      world,
      {},
      () =>
        ({ requestId } = world.market.requestStorage({
          expiry: 9n * 86_400n,
          ask: { duration: 10n * 86_400n },
        })),
    );
    for (let day = 0; day < 5; day++) {
      world.clock.advance(DAY);
      const { requests, reaches } = await run(world);
      expect([requests.map((request) => request.requestId), reaches]).toEqual([
        [requestId],
        [(day + 2) * DAY],
      ]);
    }
  });

  it('is noted once a minute at most while events come', async () => {
    const world = aWorld();
    const { batches } = world.database;
    await run(world, {}, () => {
      const before = batches.length;
      for (let i = 0; i < 10; i++) world.market.mine();
      for (let i = 0; i < 10; i++) world.market.emit({ name: 'ProofSubmitted', slotId: word<SlotId>(1) });
      expect(batches.length).toBe(before);
      world.clock.advance(60);
      for (let i = 0; i < 10; i++) world.market.emit({ name: 'ProofSubmitted', slotId: word<SlotId>(1) });
      expect(batches.length).toBe(before + 1);
    });
    expect([...world.database.records.values()]).toEqual([String(START + 60)]);
  });

  it('is no longer than a request may last', async () => {
    const world = aWorld();
    await run(world);
    world.clock.advance(400 * DAY);
    expect((await run(world)).reaches).toEqual([world.market.config.requestDurationLimitSeconds]);
  });

  it('begins with time itself on a chain younger than the look-back', async () => {
    const clock = new FakeClock(100);
    const world = { clock, market: new FakeMarket({ clock }), database: new MemoryDatabase() };
    expect((await run(world)).reaches).toEqual([100]);
  });

  it('grows shorter while a server goes on refusing what is long ago', async () => {
    const world = aWorld();
    world.market.failNext('pastStorageRequests', new MarketError('RPC_REFUSED', {}), { times: 6 });
    expect((await run(world)).reaches).toEqual([DAY, DAY, DAY, DAY, DAY / 2, DAY / 4, DAY / 8]);
  });

  it('stays as long while the chain is away', async () => {
    const world = aWorld();
    world.market.failNext('pastStorageRequests', new MarketError('CHAIN_UNREACHABLE', {}), { times: 6 });
    expect((await run(world)).reaches).toEqual(Array.from({ length: 7 }, () => DAY));
  });

  it.each(['', 'yesterday', '-5', '1e9', '9'.repeat(16)])(
    'is a day when the note reads "%s"',
    async (note) => {
      const world = aWorld();
      await world.database.batch([{ type: 'put', key: '/meta/market/watchedSince', value: note }]);
      expect((await run(world)).reaches).toEqual([DAY]);
    },
  );

  it('is a day when the note cannot be read, and is read all the same when none can be written', async () => {
    const world = aWorld();
    await run(world);
    world.clock.advance(5 * DAY);
    world.database.get = () => Promise.reject(new Error('The disk is gone'));
    world.database.failNextBatch();
    const { reaches, faults, lines } = await run(world);
    expect([reaches, faults.length]).toEqual([[DAY], 1]);
    expect(lines.map(({ message }) => message)).toContain(
      'When the market was last followed could not be read',
    );
  });
});
