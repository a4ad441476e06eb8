import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SlotId } from '../../../../src/main/engine/contracts/ids.ts';
import { silentLogger as logger } from '../../../../src/main/engine/logger.ts';
import { verifyBlocks } from '../../../../src/main/engine/slots/verification.ts';
import { SlotMove, type MoveProgress } from '../../../../src/main/engine/stores/moveslots.ts';
import { SlotStore } from '../../../../src/main/engine/stores/slotstore.ts';
import { loadPlace, savePlace } from '../../../../src/main/engine/stores/storageplace.ts';
import { aHost, flipBlock, onPackRead } from '../../../support/hostfixtures.ts';
import { recordingLogger } from '../../../support/recordinglogger.ts';
import { RecordingDisk } from '../../../support/recordingdisk.ts';
import { aDataset, aSlot } from '../../../support/slotfixtures.ts';
import { tempFolder } from '../../../support/tempfolder.ts';

const { signal } = new AbortController();
const dataset = aDataset();
const room = { freeBytes: 2n ** 40n, totalBytes: 2n ** 41n };
const hosted = [aSlot(dataset, 0), aSlot(dataset, 1)];
let stored: Promise<string>;

beforeAll(() => {
  stored = storeAll();
});
afterAll(async () => {
  await rm(await stored, { recursive: true });
});

async function storeAll(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slotkeeper-test-'));
  const { host } = await aHost({ dataset, folder });
  for (const slot of hosted) await host.store(slot, { charge: async () => {}, signal });
  return folder;
}

/** A data folder with two whole slots of 5 blocks, and an empty place for them. */
async function aDataFolder() {
  const root = await tempFolder();
  const dataDir = join(root, 'data');
  const from = join(dataDir, 'slots');
  const to = join(root, 'other disk', 'slots');
  await cp(await stored, from, { recursive: true });
  const { host } = await aHost({ dataset, folder: from });
  const slotIds = hosted.map(({ slotId }) => slotId);
  const disk = new RecordingDisk();
  const move = new SlotMove({ dataDir, logger, fs: disk });
  return { root, dataDir, from, to, host, hosted, slotIds, disk, move };
}

type DataFolder = Awaited<ReturnType<typeof aDataFolder>>;

/** As a node finds them at its start; every block is read and compared. */
async function wholeBlocks(folder: string, slotIds: readonly SlotId[]): Promise<number[]> {
  const store = new SlotStore({ folder, logger }, { mayMakeFolder: false });
  const blocks: number[] = [];
  for (const slotId of slotIds) {
    const slot = await store.open(slotId);
    if (slot) await verifyBlocks(slot, { sampleAll: true, signal });
    blocks.push(Number(slot?.storedBytes ?? 0n) / 65_536);
    await slot?.close();
  }
  return blocks;
}

const slotsIn = async (folder: string) => (await readdir(folder).catch((): string[] => [])).sort();

/** All that is done in a move, from whatever point on. */
async function moveOn({ dataDir, to }: DataFolder, move: SlotMove): Promise<void> {
  const place = await loadPlace(dataDir);
  if (place.folder !== to) await move.copy(to, { signal });
  await move.finish({ signal });
}

async function expectMoved({ dataDir, from, to, slotIds }: DataFolder): Promise<void> {
  expect(await loadPlace(dataDir)).toEqual({ folder: to });
  expect(await wholeBlocks(to, slotIds)).toEqual([5, 5]);
  expect([await slotsIn(from), await slotsIn(to)]).toEqual([[], [...slotIds].sort()]);
}

/** Nothing is done any more from the change with this number on: the process was killed. Answers whether it came so far. */
function killAt(disk: RecordingDisk, number: number): () => boolean {
  let count = 0;
  disk.failOn = ({ kind }) => {
    const isChange = kind !== 'open' && kind !== 'read' && kind !== 'list' && kind !== 'hasFolder';
    if (count > number || (isChange && count++ >= number)) {
      count = number + 1;
      throw Object.assign(new Error('killed'), { code: 'EIO' });
    }
  };
  return () => count > number;
}

describe('SlotMove', () => {
  it('copies the slots, goes over to the copies at the next start, and deletes the old ones', async () => {
    const folder = await aDataFolder();
    const { move, from, to, slotIds } = folder;
    const seen: MoveProgress[] = [];
    await move.copy(to, { signal, onProgress: (progress) => seen.push(progress) });
    expect(await move.place()).toEqual({ folder: from, move: { to, isCopied: true } });
    expect(await wholeBlocks(from, slotIds)).toEqual([5, 5]);
    expect(seen[0]).toMatchObject({ doneBytes: 0 });
    expect(seen.at(-1)?.doneBytes).toBeGreaterThan(10 * 65_536);
    expect(seen.at(-1)?.doneBytes).toBeLessThanOrEqual(seen.at(-1)?.totalBytes ?? 0);
    expect(await move.finish({ signal })).toBe(to);
    await expectMoved(folder);
    expect(await move.finish({ signal })).toBe(to);
  });

  it('tells how long it will take', async () => {
    const { dataDir, to } = await aDataFolder();
    let nowMs = 0;
    const move = new SlotMove({ dataDir, logger, nowMs: () => (nowMs += 1000) });
    const seen: (number | undefined)[] = [];
    await move.copy(to, { signal, onProgress: ({ remainingSeconds }) => seen.push(remainingSeconds) });
    expect(seen[0]).toBeUndefined();
    expect(seen[1]).toBeGreaterThan(0);
    expect(seen.at(-1)).toBe(0);
  });

  it('takes with it what has changed since it was copied', async () => {
    const folder = await aDataFolder();
    const { move, from, to, host, hosted } = folder;
    await move.copy(to, { signal });
    const [first, second] = hosted;
    if (!first || !second) throw new Error('There are two');
    await flipBlock(join(from, first.slotId), 2);
    await host.verify(first, { sampleAll: true, signal });
    await host.clear(second.slotId);
    const third = aSlot(dataset, 1);
    await host.store(third, { charge: async () => {}, signal });
    const fetched = await host.verify(first, { signal });
    expect(fetched.missingBytes).toBe(65_536n);
    expect(await move.finish({ signal })).toBe(to);
    expect(await wholeBlocks(to, [first.slotId, third.slotId])).toEqual([4, 5]);
    expect(await slotsIn(from)).toEqual([]);
  });

  it('never claims more than it copied of a slot that is being written meanwhile', async () => {
    const { dataDir, from, to, hosted, slotIds } = await aDataFolder();
    const [first] = hosted;
    if (!first) throw new Error('There are two');
    await rm(join(from, first.slotId), { recursive: true });
    const { host } = await aHost({ dataset, folder: from });
    const disk = new RecordingDisk();
    const move = new SlotMove({ dataDir, logger, fs: disk });
    const stop = new AbortController();
    const half = host.store(first, {
      charge: async () => stop.abort(),
      signal: stop.signal,
    });
    await half.catch(() => {});
    let storing: Promise<void> | undefined;
    onPackRead(disk, () => {
      storing ??= host.store(first, { charge: async () => {}, signal });
    });
    await move.copy(to, { signal });
    await storing;
    const [copied] = await wholeBlocks(to, [first.slotId]);
    const claimed = await new SlotStore({ folder: to, logger }).storedBytes(first.slotId);
    expect(Number(claimed) / 65_536).toBe(copied);
    expect(await move.finish({ signal })).toBe(to);
    expect(await wholeBlocks(to, slotIds)).toEqual([5, 5]);
  });

  it('is gone on with after a kill at any point: the slots are whole where the record says, always', async () => {
    let kills = 0;
    for (let number = 0; ; number += 1) {
      const folder = await aDataFolder();
      const { dataDir, disk, move, slotIds, root } = folder;
      const didKill = killAt(disk, number);
      await moveOn(folder, move).catch(() => {});
      if (didKill()) kills++;
      const place = await loadPlace(dataDir);
      expect(await wholeBlocks(place.folder, slotIds)).toEqual([5, 5]);
      await moveOn(folder, new SlotMove({ dataDir, logger }));
      await expectMoved(folder);
      await rm(root, { recursive: true });
      if (!didKill()) break;
    }
    expect(kills).toBeGreaterThan(40);
  }, 120_000);

  it('can be called off, and goes on without copying again what was copied', async () => {
    const folder = await aDataFolder();
    const { move, to, disk, slotIds } = folder;
    const stop = new AbortController();
    let told = 0;
    const run = { signal: stop.signal, onProgress: () => ++told === 6 && stop.abort() };
    await expect(move.copy(to, run)).rejects.toMatchObject({ name: 'AbortError' });
    expect(await move.finish({ signal })).not.toBe(to);
    const whole = (await slotsIn(to)).filter((name) => slotIds.includes(name as SlotId));
    expect(whole).toHaveLength(1);
    const before = disk.operations.length;
    await move.copy(to, { signal });
    const renamed = disk.operations.slice(before).filter(({ kind }) => kind === 'rename');
    expect(
      renamed.filter((operation) => operation.kind === 'rename' && whole.includes(operation.to)),
    ).toEqual([]);
    await move.finish({ signal });
    await expectMoved(folder);
  });

  it.each([
    ['before', false],
    ['after', true],
  ])(
    'deletes the copies when it is cancelled %s all was copied, also when that is killed',
    async (_, isWhole) => {
      for (let number = 0, isKilled = true; isKilled; number++) {
        const folder = await aDataFolder();
        const { dataDir, move, from, to, slotIds, disk, root } = folder;
        const stop = new AbortController();
        let told = 0;
        const onProgress = () => ++told === 6 && !isWhole && stop.abort();
        await move.copy(to, { signal: stop.signal, onProgress }).catch(() => {});
        const didKill = killAt(disk, number);
        await move.cancel().catch(() => {});
        isKilled = didKill();
        const restarted = new SlotMove({ dataDir, logger });
        const isUsed = (await restarted.place()).move?.isCopied;
        if (!isUsed) expect(await restarted.finish({ signal })).toBe(from);
        await restarted.cancel();
        expect(await loadPlace(dataDir)).toEqual({ folder: from });
        expect([await wholeBlocks(from, slotIds), await slotsIn(to)]).toEqual([[5, 5], []]);
        await rm(root, { recursive: true });
      }
    },
  );

  it('is used by no start of the node while it is copied to, nor after it was cancelled', async () => {
    const { dataDir, move, from, to } = await aDataFolder();
    await move.copy(to, { signal });
    const other = new SlotMove({ dataDir, logger });
    await other.begin(to);
    expect(await move.finish({ signal })).toBe(from);
    await other.copy(to, { signal });
    const disk = new RecordingDisk();
    const node = new SlotMove({ dataDir, logger, fs: disk, space: async () => (await other.cancel(), room) });
    expect(await node.finish({ signal })).toBe(from);
    expect(await loadPlace(dataDir)).toEqual({ folder: from });
    await move.copy(to, { signal });
    let hasGoneOver = false;
    const late = new SlotMove({
      dataDir,
      logger,
      space: async () => {
        if (!hasGoneOver) await savePlace(dataDir, { folder: to, leaving: from });
        hasGoneOver = true;
        return room;
      },
    });
    await late.copy(to, { signal });
    expect(await loadPlace(dataDir)).toEqual({ folder: to, leaving: from });
  });

  it('has nothing to cancel while nothing is moved', async () => {
    const { move, from, slotIds } = await aDataFolder();
    await move.cancel();
    expect([await move.place(), await wholeBlocks(from, slotIds)]).toEqual([{ folder: from }, [5, 5]]);
  });

  it.each<[string, (folder: DataFolder) => Promise<string>]>([
    [
      'a folder that is not empty',
      async ({ to }) => (await mkdir(join(to, 'photos'), { recursive: true }), to),
    ],
    ['a file', async ({ root }) => (await writeFile(join(root, 'file'), ''), join(root, 'file'))],
    ['the folder itself', async ({ from }) => from],
    ['a folder inside it', async ({ from }) => join(from, 'new')],
    ['a folder around it', async ({ root }) => root],
    [
      'a folder inside it, by a link',
      async ({ root, from }) => {
        await symlink(from, join(root, 'link'));
        return join(root, 'link', 'new');
      },
    ],
    ['a path that is not whole', async () => 'somewhere'],
  ])('refuses %s', async (_, target) => {
    const folder = await aDataFolder();
    const to = await target(folder);
    await expect(folder.move.copy(to, { signal })).rejects.toMatchObject({
      name: 'StoreError',
      code: expect.stringMatching(/^(MOVE_TARGET_UNUSABLE|SLOT_FILES_FAILED)$/) as string,
    });
    expect(await loadPlace(folder.dataDir)).toEqual({ folder: folder.from });
    expect(await wholeBlocks(folder.from, folder.slotIds)).toEqual([5, 5]);
  });

  it('refuses a disk without the space, and a second move before the first has ended', async () => {
    const { dataDir, to, root, move } = await aDataFolder();
    const space = async () => ({ freeBytes: 64n * 2n ** 20n + 10n, totalBytes: 2n ** 40n });
    const onFullDisk = new SlotMove({ dataDir, logger, space });
    await expect(onFullDisk.copy(to, { signal })).rejects.toMatchObject({ code: 'DISK_FULL' });
    const third = await mkdtemp(join(root, 'third'));
    await expect(move.copy(third, { signal })).rejects.toMatchObject({ code: 'MOVE_UNDER_WAY' });
    await move.copy(to, { signal });
    expect(await move.finish({ signal })).toBe(to);
  });

  it('lets the node start with the old folder when the new one is gone or full, and not without the old', async () => {
    const { dataDir, from, to } = await aDataFolder();
    const { logger: recording, lines } = recordingLogger();
    const move = new SlotMove({ dataDir, logger: recording });
    await move.copy(to, { signal });
    await rename(to, `${to}.away`);
    expect(await move.finish({ signal })).toBe(from);
    expect(lines).toMatchObject([{ level: 'error' }]);
    await rename(`${to}.away`, to);
    await rename(from, `${from}.away`);
    await expect(move.finish({ signal })).rejects.toMatchObject({ code: 'SLOT_FOLDER_GONE' });
    await rename(`${from}.away`, from);
    expect(await move.finish({ signal })).toBe(to);
  });

  it('deletes nothing while the new folder is not there', async () => {
    const { dataDir, from, to, slotIds, disk, move } = await aDataFolder();
    await move.copy(to, { signal });
    disk.failOn = (operation) => {
      if (operation.kind === 'remove' && slotIds.includes(operation.file as SlotId)) throw new Error('busy');
    };
    expect(await move.finish({ signal })).toBe(to);
    expect(await loadPlace(dataDir)).toEqual({ folder: to, leaving: from });
    await rename(to, `${to}.away`);
    await expect(move.finish({ signal })).rejects.toMatchObject({ code: 'SLOT_FOLDER_GONE' });
    expect(await wholeBlocks(from, slotIds)).toEqual([5, 5]);
    await rename(`${to}.away`, to);
    disk.failOn = () => {};
    expect(await move.finish({ signal })).toBe(to);
    expect(await slotsIn(from)).toEqual([]);
  });

  it('leaves what is not ours in the old folder', async () => {
    const { move, from, to } = await aDataFolder();
    await writeFile(join(from, 'mine.txt'), 'mine');
    await move.copy(to, { signal });
    await move.finish({ signal });
    expect(await slotsIn(from)).toEqual(['mine.txt']);
    expect(await readFile(join(from, 'mine.txt'), 'utf8')).toBe('mine');
  });

  it('copies what can still be read, so that only that is fetched again which is lost', async () => {
    const folder = await aDataFolder();
    const { move, disk, to, slotIds } = folder;
    onPackRead(disk, (block) => {
      // 4 KiB at its beginning.
      if (block === 0 || block === 3) throw Object.assign(new Error('i/o error'), { code: 'EIO' });
    });
    await move.copy(to, { signal });
    disk.failOn = () => {};
    await move.finish({ signal });
    expect(await wholeBlocks(to, slotIds)).toEqual([3, 3]);
  });

  it('takes no copy for true that reads differently', async () => {
    const { move, disk, to, from } = await aDataFolder();
    let reads = 0;
    disk.failOn = (operation) => {
      // The target is read back after the source; what cannot be read counts as zeros.
      if (operation.kind === 'read' && operation.file === 'data.pack' && ++reads > 1)
        throw Object.assign(new Error('i/o error'), { code: 'EIO' });
    };
    await expect(move.copy(to, { signal })).rejects.toMatchObject({ code: 'COPY_NOT_TRUE' });
    expect(await move.finish({ signal })).toBe(from);
  });

  it('refuses a record that cannot be read rather than taking all slots for lost', async () => {
    const { dataDir, move } = await aDataFolder();
    await writeFile(join(dataDir, 'storage.json'), '{');
    await expect(move.finish({ signal })).rejects.toMatchObject({ code: 'STORAGE_RECORD_DAMAGED' });
  });
});
