import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Challenge, SlotId } from '../../../../src/main/engine/contracts/ids.ts';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import { decodeCid } from '../../../../src/main/engine/network/cids.ts';
import { slotPlan } from '../../../../src/main/engine/network/slotplan.ts';
import { Scrub, type ScrubOptions } from '../../../../src/main/engine/slots/scrub.ts';
import { SlotStore } from '../../../../src/main/engine/stores/slotstore.ts';
import {
  aHost,
  challengeFor,
  flip,
  flipBlock,
  onPackRead,
  type HostSetup,
} from '../../../support/hostfixtures.ts';
import { MemoryDatabase } from '../../../support/memorydatabase.ts';
import { watchLeaks } from '../../../support/noleaks.ts';
import { recordingLogger } from '../../../support/recordinglogger.ts';
import { Sleeper } from '../../../support/sleeper.ts';
import { aDataset, aSlot } from '../../../support/slotfixtures.ts';

const { signal } = new AbortController();
const BLOCK = 65_536;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

type Host = Awaited<ReturnType<typeof aHost>>;

/** A host with slots that are whole, and a scrub over it that has not started. */
async function aScrub({
  host,
  database = new MemoryDatabase(),
  logger = silentLogger,
  ...options
}: ScrubOptions & { host: Host; database?: MemoryDatabase; logger?: HostSetup['logger'] }) {
  const sleeper = new Sleeper();
  const scrub = new Scrub(
    { slotStore: host.slotStore, host: host.host, database, logger },
    { sleep: sleeper.sleep, nowMs: sleeper.nowMs, ...options },
  );
  onTestFinished(async () => {
    await scrub.stop();
    await host.host.stop();
  });
  const missing: SlotId[] = [];
  host.host.onMissing.subscribe((slotId) => missing.push(slotId));
  return { scrub, sleeper, database, missing };
}

/** Of 5 blocks, or as many as are asked for. */
async function aWholeSlot(blocks = 5, setup: HostSetup = {}) {
  const made = await aHost({ dataset: aDataset({ blocks: 2 * blocks }), ...setup });
  await made.host.store(made.hosted, { charge: made.charge, signal });
  return { ...made, slotId: made.hosted.slotId, slotFolder: join(made.folder, made.hosted.slotId) };
}

/** Notes which blocks are read from packs from now on. */
function readsOf({ disk }: Host): number[] {
  const reads: number[] = [];
  onPackRead(disk, (block) => void reads.push(block));
  return reads;
}

const upTo = (end: number) => Array.from({ length: end }, (_, i) => i);

/** What a restart would find. */
async function durableBlocks({ folder, hosted }: Host): Promise<number> {
  const bytes = await new SlotStore({ folder, logger: silentLogger }).storedBytes(hosted.slotId);
  return Number(bytes) / BLOCK;
}

describe('Scrub', () => {
  it('reads all that is held within a week, slowly, and then again', async () => {
    const slot = await aWholeSlot(20);
    const reads = readsOf(slot);
    const { scrub, sleeper } = await aScrub({ host: slot });
    scrub.start();
    await sleeper.asleep();
    expect(reads).toEqual(upTo(16));
    await sleeper.pass(5 * DAY);
    expect(reads).toEqual(upTo(16));
    await sleeper.pass(DAY);
    expect(reads).toEqual(upTo(20));
    await sleeper.pass(DAY - 1);
    expect(scrub.checks.size).toBe(0);
    await sleeper.pass(2 * HOUR);
    expect(reads).toEqual([...upTo(20), ...upTo(16)]);
    expect([...scrub.checks.values()]).toEqual([
      { slotId: slot.slotId, checkedAtMs: expect.any(Number) as number, harmedBlocks: 0 },
    ]);
  });

  it('is never faster than it may be, however much is held', async () => {
    const slot = await aWholeSlot(20);
    const reads = readsOf(slot);
    const { scrub, sleeper } = await aScrub({ host: slot, roundSeconds: 1, bytesPerSecond: BLOCK });
    scrub.start();
    expect(await sleeper.asleep()).toBe(16_000);
    await sleeper.pass(16_000);
    expect(reads).toEqual(upTo(20));
    await sleeper.pass(3_999);
    expect(reads).toHaveLength(20);
  });

  it.each([
    ['is harmed', (slot: Host & { slotFolder: string }) => flipBlock(slot.slotFolder, 3)],
    [
      'cannot be read',
      async ({ disk }: Host) => {
        onPackRead(disk, (block) => {
          if (block === 3) throw Object.assign(new Error('i/o error'), { code: 'EIO' });
        });
      },
    ],
  ])('durably strikes out a block that %s, so that nobody is served it, and tells', async (_, harm) => {
    const { logger, lines } = recordingLogger();
    const slot = await aWholeSlot();
    await harm(slot);
    const { scrub, sleeper, missing } = await aScrub({ host: slot, logger });
    scrub.start();
    await sleeper.asleep();
    expect(await durableBlocks(slot)).toBe(4);
    expect(missing).toEqual([slot.slotId]);
    expect(lines).toMatchObject([{ level: 'warn', fields: { slotId: slot.slotId, positions: [3] } }]);
    const plan = slotPlan(slot.hosted.request, slot.dataset.manifest, 1);
    expect(await slot.host.source.leaf(plan.treeCid, plan.firstIndex + 3)).toBeUndefined();
    expect(await slot.host.source.leaf(plan.treeCid, plan.firstIndex + 2)).toBeUndefined();
    const onBlock = await challengeFor(slot.hosted, (positions) => positions.includes(3));
    await expect(slot.host.prove(slot.hosted, onBlock, { signal })).rejects.toMatchObject({
      code: 'DATA_MISSING',
    });
    slot.disk.failOn = () => {};
    await slot.host.store(slot.hosted, { charge: slot.charge, signal });
    expect(slot.charged.at(-1)).toBe(BigInt(BLOCK));
    await expect(slot.host.prove(slot.hosted, onBlock, { signal })).resolves.toBeDefined();
    await sleeper.pass(8 * DAY);
    expect(scrub.checks.get(slot.slotId)?.harmedBlocks).toBe(1);
    await sleeper.pass(8 * DAY);
    expect(scrub.checks.get(slot.slotId)?.harmedBlocks).toBe(0);
  });

  it('finds harm to the paths that are kept beside the blocks, and to the manifest', async () => {
    const slot = await aWholeSlot();
    const { scrub, sleeper, missing } = await aScrub({ host: slot });
    await flip(slot.slotFolder, 'leaves', 5 * 32 + 1);
    scrub.start();
    await sleeper.pass(8 * DAY);
    expect(await durableBlocks(slot)).toBe(3);
    await slot.host.store(slot.hosted, { charge: slot.charge, signal });
    const told = missing.length;
    await sleeper.pass(8 * DAY);
    expect(missing).toHaveLength(told);
    await writeFile(join(slot.slotFolder, 'manifest'), 'nonsense');
    await sleeper.pass(7 * DAY);
    expect(missing).toHaveLength(told + 1);
    await slot.host.store(slot.hosted, { charge: slot.charge, signal });
    await sleeper.pass(8 * DAY);
    expect(missing).toHaveLength(told + 1);
    expect(await slot.host.source.block(decodeCid(slot.hosted.request.content.cid))).toBeDefined();
  });

  it('tells once a round of what is still missing', async () => {
    const slot = await aWholeSlot();
    const { scrub, sleeper, missing } = await aScrub({ host: slot });
    await flipBlock(slot.slotFolder, 1);
    scrub.start();
    await sleeper.asleep();
    expect(missing).toHaveLength(1);
    await sleeper.pass(6 * DAY);
    const told = missing.length;
    await sleeper.pass(7 * DAY);
    expect(missing.length).toBeGreaterThan(told);
    expect(new Set(missing)).toEqual(new Set([slot.slotId]));
  });

  it.each([
    ['a stop', true],
    ['a kill', false],
  ])('goes on after %s where it was', async (_, isStopped) => {
    const slot = await aWholeSlot(40);
    const reads = readsOf(slot);
    const first = await aScrub({ host: slot });
    first.scrub.start();
    await first.sleeper.pass(3 * DAY);
    expect(reads).toEqual(upTo(32));
    // A kill leaves what was stored so far.
    const database = new MemoryDatabase();
    for (const [key, value] of first.database.records) database.records.set(key, value);
    await first.scrub.stop();
    const second = await aScrub({ host: slot, database: isStopped ? first.database : database });
    second.scrub.start();
    await second.sleeper.asleep();
    expect(reads.slice(32)).toEqual(upTo(40).slice(32));
  });

  it('begins anew when its place cannot be read', async () => {
    const slot = await aWholeSlot();
    const reads = readsOf(slot);
    const { scrub, sleeper, database } = await aScrub({ host: slot });
    database.records.set('/meta/slots/scrub', 'nonsense');
    scrub.start();
    await sleeper.asleep();
    expect(reads).toEqual(upTo(5));
  });

  it('knows after a restart when a slot was checked, and forgets slots that are gone', async () => {
    const slot = await aWholeSlot();
    const first = await aScrub({ host: slot, nowMs: () => 12_345 });
    first.scrub.start();
    await first.sleeper.pass(8 * DAY);
    await first.scrub.stop();
    const { scrub, sleeper } = await aScrub({ host: slot, database: first.database, nowMs: () => 12_345 });
    scrub.start();
    await sleeper.asleep();
    expect(scrub.checks).toEqual(first.scrub.checks);
    expect(scrub.checks.size).toBe(1);
    await slot.host.clear(slot.slotId);
    await sleeper.pass(8 * DAY);
    expect(scrub.checks.size).toBe(0);
    expect([...first.database.records.keys()]).toEqual([]);
  });

  it('waits while the disk is needed, but not for longer than an hour', async () => {
    const slot = await aWholeSlot();
    const reads = readsOf(slot);
    let isBusy = true;
    const { scrub, sleeper } = await aScrub({ host: slot, isBusy: () => isBusy, roundSeconds: 60 });
    scrub.start();
    await sleeper.pass(HOUR / 2);
    expect(reads).toEqual([]);
    isBusy = false;
    await sleeper.pass(5_000);
    expect(reads).toEqual(upTo(5));
    isBusy = true;
    await sleeper.pass(HOUR / 2);
    expect(reads).toHaveLength(5);
    await sleeper.pass(HOUR);
    expect(reads.length).toBeGreaterThan(10);
  });

  it('reads all of a slot at once in which a reader met a harmed block, at full speed', async () => {
    const slot = await aWholeSlot(40);
    const { scrub, sleeper, missing } = await aScrub({ host: slot });
    scrub.start();
    await sleeper.asleep();
    for (const block of [2, 30]) await flipBlock(slot.slotFolder, block);
    const plan = slotPlan(slot.hosted.request, slot.dataset.manifest, 1);
    expect(await slot.host.source.leaf(plan.treeCid, plan.firstIndex + 2)).toBeUndefined();
    expect(missing).toEqual([slot.slotId]);
    await sleeper.pass(1_000);
    expect(await durableBlocks(slot)).toBe(38);
    expect(scrub.checks.get(slot.slotId)?.harmedBlocks).toBe(1);
  });

  it('reads all of a slot at once in which a proof met a harmed block', async () => {
    const slot = await aWholeSlot();
    const { scrub, sleeper } = await aScrub({ host: slot });
    scrub.start();
    await sleeper.asleep();
    const onBlock: Challenge = await challengeFor(
      slot.hosted,
      (positions) => positions.includes(4) && !positions.includes(0),
    );
    for (const block of [0, 4]) await flipBlock(slot.slotFolder, block);
    await expect(slot.host.prove(slot.hosted, onBlock, { signal })).rejects.toThrow();
    await sleeper.pass(1_000);
    expect(await durableBlocks(slot)).toBe(3);
  });

  it('reads all of a slot at once whose tree cannot be served', async () => {
    const slot = await aWholeSlot();
    const { scrub, sleeper } = await aScrub({ host: slot });
    scrub.start();
    await sleeper.asleep();
    await flip(slot.slotFolder, 'leaves', 2 * 32);
    const plan = slotPlan(slot.hosted.request, slot.dataset.manifest, 1);
    expect(await slot.host.source.leaf(plan.treeCid, plan.firstIndex + 4)).toBeUndefined();
    await sleeper.pass(1_000);
    expect(await durableBlocks(slot)).toBe(4);
  });

  it('goes on with the other slots when one cannot be read, and with all when the disk is back', async () => {
    const { logger, lines } = recordingLogger();
    const slot = await aWholeSlot();
    const second = aSlot(slot.dataset, 0);
    await slot.host.store(second, { charge: slot.charge, signal });
    const { scrub, sleeper } = await aScrub({ host: slot, logger, roundSeconds: 60 });
    let isGone = true;
    slot.disk.failOn = ({ kind }) => {
      if (isGone && kind === 'open') throw Object.assign(new Error('gone'), { code: 'ENODEV' });
    };
    scrub.start();
    await sleeper.pass(HOUR);
    expect(scrub.checks.size).toBe(0);
    expect(lines.length).toBeGreaterThan(0);
    isGone = false;
    await sleeper.pass(2 * HOUR);
    expect(scrub.checks.size).toBe(2);
  });

  it('waits for a folder that is gone, tells of it a few times, and harms nothing', async () => {
    const { logger, lines } = recordingLogger();
    const slot = await aWholeSlot();
    const { scrub, sleeper, missing } = await aScrub({ host: slot, logger, roundSeconds: 60 });
    await rename(slot.folder, `${slot.folder}.away`);
    scrub.start();
    await sleeper.pass(DAY);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(10);
    await rename(`${slot.folder}.away`, slot.folder);
    await sleeper.pass(2 * HOUR);
    expect([scrub.checks.size, missing, await durableBlocks(slot)]).toEqual([1, [], 5]);
  });

  it('goes on when what it found cannot be stored', async () => {
    const slot = await aWholeSlot();
    const { scrub, sleeper, database } = await aScrub({ host: slot, roundSeconds: 60 });
    database.batch = () => Promise.reject(new Error('full'));
    scrub.start();
    await sleeper.pass(HOUR);
    expect(scrub.checks.size).toBe(1);
  });

  it('keeps its pace when the clock of the computer jumps', async () => {
    const slot = await aWholeSlot();
    const reads = readsOf(slot);
    let jumpMs = DAY;
    const { scrub, sleeper } = await aScrub({ host: slot, nowMs: () => 10 * DAY + jumpMs });
    scrub.start();
    await sleeper.pass(6 * DAY);
    jumpMs = -DAY;
    await sleeper.pass(6 * DAY);
    expect(reads).toEqual([...upTo(5), ...upTo(5)]);
    expect(scrub.checks.get(slot.slotId)?.checkedAtMs).toBe(9 * DAY);
  });

  it('has nothing to do while nothing is held, and leaves nothing running', async () => {
    const made = await aHost();
    const { scrub, sleeper } = await aScrub({ host: made });
    const nothingLeaks = watchLeaks();
    scrub.start();
    await sleeper.pass(DAY);
    await made.host.store(made.hosted, { charge: made.charge, signal });
    await sleeper.pass(2 * HOUR);
    await scrub.stop();
    await scrub.stop();
    expect(sleeper.sleeping).toBe(0);
    await nothingLeaks();
  });

  it('holds no file of a slot open that is deleted meanwhile', async () => {
    const slot = await aWholeSlot(40);
    const { scrub, sleeper, missing } = await aScrub({ host: slot });
    scrub.start();
    await sleeper.asleep();
    await slot.host.clear(slot.slotId);
    await rm(slot.folder, { recursive: true, force: true });
    await sleeper.pass(3 * DAY);
    expect([missing, scrub.checks.size]).toEqual([[], 0]);
  });
});
