import { mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hex32, type SlotId } from '../../../../src/main/engine/contracts/ids.ts';
import { silentLogger as logger } from '../../../../src/main/engine/logger.ts';
import type { SlotLayout } from '../../../../src/main/engine/stores/slotstate.ts';
import { SlotStore } from '../../../../src/main/engine/stores/slotstore.ts';
import type { PlacedBlock, ReadBlock } from '../../../../src/main/engine/stores/slotblocks.ts';
import type { StoredSlot } from '../../../../src/main/engine/stores/storedslot.ts';
import { RecordingDisk } from '../../../support/recordingdisk.ts';
import { range } from '../../../support/slotfixtures.ts';
import { tempFolder } from '../../../support/tempfolder.ts';

const slotId = hex32<SlotId>(`0x${'ab'.repeat(32)}`);
const manifest = Buffer.from('manifest');
const layout: SlotLayout = {
  manifestCid: Buffer.from('m'),
  treeCid: Buffer.from('t'),
  leafCount: 20,
  treeDepth: 5,
  firstIndex: 10,
  stride: 1,
  steps: 9,
  blockSize: 64,
};

const block = (position: number): PlacedBlock => ({
  position,
  data: Buffer.alloc(64, position + 1),
  digest: Buffer.alloc(32, position + 101),
  path: range(0, 5).map((level) => Buffer.alloc(32, position * 10 + level)),
  proofDigest: Buffer.alloc(32, position + 51),
});

async function aStore() {
  const folder = await tempFolder();
  const disk = new RecordingDisk();
  return {
    folder: join(folder, slotId),
    disk,
    store: new SlotStore({ folder, logger }, { fs: disk }),
    root: folder,
  };
}

const fill = (slot: StoredSlot, positions: readonly number[]): Promise<void> =>
  slot.write(positions.map(block));

/** Stands in for the hash: a block and its digest are of the same position. */
const isWhole = ({ data, digest }: ReadBlock): boolean =>
  data.every((byte) => byte === data[0]) && data[0] === (digest[0] as number) - 100;
const anything = () => true;

async function expectHolds(slot: StoredSlot, positions: readonly number[]): Promise<void> {
  expect([...slot.missing()]).toEqual(range(0, 9).filter((position) => !positions.includes(position)));
  for (const position of positions) {
    const read = await slot.read(position, isWhole);
    expect(read && Buffer.compare(read.data, block(position).data)).toBe(0);
    expect(read && Buffer.compare(read.digest, block(position).digest)).toBe(0);
    const proofDigest = (await slot.readProofDigests()).subarray(position * 32, (position + 1) * 32);
    expect(Buffer.from(proofDigest)).toEqual(Buffer.alloc(32, position + 51));
  }
}

describe('SlotStore', () => {
  it('finds after a restart what was written', async () => {
    const { store, root } = await aStore();
    const slot = await store.create(slotId, layout, manifest);
    await fill(slot, [0, 3, 8]);
    await slot.close();
    const again = await new SlotStore({ folder: root, logger }).create(slotId, layout, manifest);
    await expectHolds(again, [0, 3, 8]);
    expect(again.storedBytes).toBe(192n);
    await again.close();
  });

  it('writes what is missing, and leaves what is there as it is', async () => {
    const { store, disk } = await aStore();
    const slot = await store.create(slotId, layout, manifest);
    await fill(slot, [1]);
    const done = disk.operations.length;
    await slot.write([{ ...block(1), data: Buffer.alloc(64, 9) }]);
    expect(disk.operations.slice(done)).toEqual([]);
    await fill(slot, [1, 2, 4]);
    expect(slot.storedBytes).toBe(192n);
    await expectHolds(slot, [1, 2, 4]);
    await slot.close();
  });

  it('gives back the tree of a complete slot: all digests, and the paths of the outer blocks', async () => {
    const { store } = await aStore();
    const slot = await store.create(slotId, layout, manifest);
    await fill(slot, range(0, 9));
    expect(slot.isComplete).toBe(true);
    const { digests, border } = await slot.readTree();
    expect(digests.map((digest) => digest[0])).toEqual(range(101, 110));
    expect([border.first, border.last].map((path) => path.map((node) => node[0]))).toEqual([
      range(0, 5),
      range(80, 85),
    ]);
    expect(Buffer.from(await slot.readManifest()).toString()).toBe('manifest');
    await slot.close();
  });

  it('does without digests for proofs that nobody made, and keeps those that are made later', async () => {
    const { store, folder } = await aStore();
    const slot = await store.create(slotId, layout, manifest);
    await slot.write([block(2), { ...block(4), proofDigest: undefined }]);
    const known = Buffer.alloc(9 * 32).fill(53, 2 * 32, 3 * 32);
    expect(Buffer.from(await slot.readProofDigests())).toEqual(known);
    await slot.writeProofDigests(known.fill(55, 4 * 32, 5 * 32));
    expect(Buffer.from(await slot.readProofDigests())).toEqual(known);
    await truncate(join(folder, 'cells'), 100);
    expect(Buffer.from(await slot.readProofDigests())).toEqual(Buffer.alloc(9 * 32));
    await slot.restoreSizes();
    expect((await stat(join(folder, 'cells'))).size).toBe(9 * 32);
    expect([slot.has(2), slot.has(4)]).toEqual([true, true]);
    await slot.close();
  });

  it('leaves a hole where a block is empty, and makes one of what lay there before', async () => {
    const { store, folder, disk } = await aStore();
    const slot = await store.create(slotId, layout, manifest);
    const empty = (position: number) => ({ ...block(position), data: new Uint8Array() });
    await slot.write([empty(4)]);
    expect(disk.operations.filter((made) => made.kind === 'write' && made.file === 'data.pack')).toEqual([]);
    const pack = await readFile(join(folder, 'data.pack'));
    await writeFile(join(folder, 'data.pack'), pack.fill(7, 5 * 64, 6 * 64));
    await slot.write([empty(5)]);
    for (const position of [4, 5]) {
      expect((await slot.read(position, anything))?.data).toEqual(new Uint8Array(64));
    }
    await slot.close();
  });

  it('refuses blocks outside, and work once it is closed; what it does not have it does not read', async () => {
    const { store } = await aStore();
    const slot = await store.create(slotId, layout, manifest);
    for (const position of [-1, 9, 0.5]) {
      await expect(slot.write([{ ...block(0), position }])).rejects.toMatchObject({
        code: 'BLOCK_OUT_OF_RANGE',
      });
      await expect(slot.read(position, anything)).rejects.toMatchObject({ code: 'BLOCK_OUT_OF_RANGE' });
    }
    expect(await slot.read(0, anything)).toBeUndefined();
    await slot.close();
    await slot.close();
    await expect(fill(slot, [0])).rejects.toMatchObject({ code: 'SLOT_CLOSED' });
    await expect(slot.read(0, anything)).rejects.toMatchObject({ code: 'SLOT_CLOSED' });
  });

  it('refuses the same slot with another layout', async () => {
    const { store } = await aStore();
    const slot = await store.create(slotId, layout, manifest);
    await fill(slot, [0]);
    await slot.close();
    await expect(store.create(slotId, { ...layout, firstIndex: 0 }, manifest)).rejects.toMatchObject({
      code: 'SLOT_LAYOUT_MISMATCH',
    });
  });

  it('lists slots, opens only those that are there, and removes them as often as one likes', async () => {
    const { store, root } = await aStore();
    expect([await store.list(), await store.open(slotId), await store.storedBytes(slotId)]).toEqual([
      [],
      undefined,
      0n,
    ]);
    const slot = await store.create(slotId, layout, manifest);
    await fill(slot, [0]);
    await slot.close();
    expect([await store.list(), await store.storedBytes(slotId)]).toEqual([[slotId], 64n]);
    await store.remove(slotId);
    await store.remove(slotId);
    expect([await store.list(), await store.storedBytes(slotId), await readdir(root)]).toEqual([[], 0n, []]);
  });

  it('ends at the next start a removal that a crash cut short', async () => {
    const { store, root } = await aStore();
    await mkdir(join(root, `${slotId}.removed.123`), { recursive: true });
    await writeFile(join(root, `${slotId}.removed.123`, 'data.pack'), 'x');
    expect(await store.list()).toEqual([]);
    expect(await readdir(root)).toEqual([]);
  });
});

describe('A damaged slot', () => {
  async function flushedTwice() {
    const made = await aStore();
    const slot = await made.store.create(slotId, layout, manifest);
    await fill(slot, [0, 1]);
    await fill(slot, [2]);
    await slot.close();
    return made;
  }

  it('falls back to the older state when the newer copy is cut or bent', async () => {
    const { folder } = await flushedTwice();
    const whole = await readFile(join(folder, 'state.a'));
    for (const damage of [
      whole.subarray(0, whole.length - 1),
      Buffer.alloc(0),
      bent(whole, 8),
      bent(whole, whole.length - 6),
    ]) {
      await writeFile(join(folder, 'state.a'), damage);
      const slot = await new SlotStore({ folder: join(folder, '..'), logger }).create(
        slotId,
        layout,
        manifest,
      );
      await expectHolds(slot, [0, 1]);
      await slot.close();
    }
  });

  it('starts anew when both copies are gone, and can be filled again', async () => {
    const { folder, store } = await flushedTwice();
    await rm(join(folder, 'state.a'));
    await writeFile(join(folder, 'state.b'), 'rubbish');
    expect(await store.storedBytes(slotId)).toBe(0n);
    const slot = await store.create(slotId, layout, manifest);
    await expectHolds(slot, []);
    await fill(slot, range(0, 9));
    await slot.close();
    expect(await store.storedBytes(slotId)).toBe(576n);
  });

  it.each([
    ['data.pack', 64 + 10, [0]],
    ['data.pack', 0, []],
    // The paths of the outer blocks lie behind the digests: first that of the first block, then that of the last.
    ['leaves', (9 + 6) * 32, range(0, 8)],
    ['leaves', (9 + 2) * 32, range(1, 8)],
    ['leaves', 2 * 32 + 31, [1]],
    ['leaves', 0, []],
  ])(
    'keeps what it can when %s is only %i bytes long, now and after the next start',
    async (name, length, kept) => {
      const { folder, store, root } = await aStore();
      const slot = await store.create(slotId, layout, manifest);
      await fill(slot, range(0, 9));
      await slot.close();
      await truncate(join(folder, name), length);
      expect(await store.storedBytes(slotId)).toBe(BigInt(kept.length) * 64n);
      const cut = await store.create(slotId, layout, manifest);
      await expectHolds(cut, kept);
      await cut.close();
      const again = await new SlotStore({ folder: root, logger }).create(slotId, layout, manifest);
      await expectHolds(again, kept);
      expect((await stat(join(folder, 'data.pack'))).size).toBe(576);
      await fill(again, range(0, 9));
      expect(await again.readTree()).toMatchObject({ border: { first: { length: 5 }, last: { length: 5 } } });
      await expectHolds(again, range(0, 9));
      await again.close();
    },
  );

  it('cuts a file that is longer than it should be', async () => {
    const { folder, store } = await flushedTwice();
    await truncate(join(folder, 'data.pack'), 10_000);
    const slot = await store.create(slotId, layout, manifest);
    await expectHolds(slot, [0, 1, 2]);
    expect((await stat(join(folder, 'data.pack'))).size).toBe(576);
    await slot.close();
  });

  it('does without a copy of its state that cannot be read, but not without both', async () => {
    const { disk, store } = await flushedTwice();
    const unreadable = (...files: string[]) => {
      disk.failOn = ({ kind, ...rest }) => {
        if (kind === 'read' && 'file' in rest && files.includes(rest.file)) throw ioError();
      };
    };
    unreadable('state.a');
    expect(await store.storedBytes(slotId)).toBe(128n);
    unreadable('state.a', 'state.b');
    await expect(store.storedBytes(slotId)).rejects.toMatchObject({ code: 'SLOT_FILES_FAILED' });
    expect(await store.totalBytes()).toBe(0n);
    unreadable();
    expect(await store.totalBytes()).toBe(192n);
  });

  it('gets its manifest again when that is lost or harmed', async () => {
    const { folder, store } = await flushedTwice();
    for (const spoil of [
      () => rm(join(folder, 'manifest')),
      () => writeFile(join(folder, 'manifest'), 'x'),
    ]) {
      await spoil();
      const slot = await store.create(slotId, layout, manifest);
      expect(Buffer.from(await slot.readManifest()).toString()).toBe('manifest');
      await slot.close();
    }
  });
});

describe('A harmed block', () => {
  async function aWhole() {
    const made = await aStore();
    const slot = await made.store.create(slotId, layout, manifest);
    await fill(slot, range(0, 9));
    onTestFinished(() => slot.close());
    return { ...made, slot, pack: join(made.folder, 'data.pack') };
  }

  async function harm(pack: string, positions: readonly number[]): Promise<void> {
    const bytes = await readFile(pack);
    for (const position of positions) bytes[position * 64] = 0;
    await writeFile(pack, bytes);
  }

  it('is struck out when it is read, durably, and can be written again', async () => {
    const { slot, pack, root } = await aWhole();
    await harm(pack, [3]);
    expect(await slot.read(3, isWhole)).toBeUndefined();
    const others = range(0, 9).filter((position) => position !== 3);
    await expectHolds(slot, others);
    const restarted = await new SlotStore({ folder: root, logger }).open(slotId);
    expect(restarted?.storedBytes).toBe(512n);
    await restarted?.close();
    await fill(slot, [3]);
    await expectHolds(slot, range(0, 9));
  });

  it('is struck out together with others that are checked, in one writing of the state', async () => {
    const { slot, pack, disk } = await aWhole();
    await harm(pack, [0, 4, 8]);
    const done = disk.operations.length;
    await slot.check(range(0, 9), isWhole);
    expect(disk.operations.slice(done).filter(({ kind }) => kind === 'sync')).toHaveLength(1);
    await expectHolds(slot, [1, 2, 3, 5, 6, 7]);
  });

  it('is one that the disk cannot read any more', async () => {
    const { slot, disk } = await aWhole();
    disk.failOn = (operation) => {
      if (operation.kind === 'read' && operation.file === 'data.pack') throw ioError();
    };
    expect(await slot.read(5, isWhole)).toBeUndefined();
    disk.failOn = () => {};
    expect(slot.has(5)).toBe(false);
  });

  it('stays when it could not be looked at for another reason, and when it cannot be struck out', async () => {
    const { slot, disk, pack } = await aWhole();
    disk.failOn = ({ kind }) => {
      if (kind === 'read') throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
    };
    await expect(slot.read(5, isWhole)).rejects.toMatchObject({ code: 'SLOT_FILES_FAILED' });
    await harm(pack, [5]);
    disk.failOn = ({ kind }) => {
      if (kind === 'write') throw ioError();
    };
    await expect(slot.read(5, isWhole)).rejects.toMatchObject({ code: 'SLOT_FILES_FAILED' });
    disk.failOn = () => {};
    expect(slot.isComplete).toBe(true);
    expect(await slot.read(5, isWhole)).toBeUndefined();
  });

  it('is looked at again before it is struck out, since it may just have been written anew', async () => {
    const { slot } = await aWhole();
    let looks = 0;
    const wholeAtLast = () => ++looks > 1;
    expect(await slot.read(5, wholeAtLast)).toBeDefined();
    await slot.check([6], () => ++looks > 4);
    expect(slot.isComplete).toBe(true);
  });

  it('is seen as missing by all who have the slot open, and what one writes is there for all', async () => {
    const { slot, store, pack } = await aWhole();
    const reader = await store.open(slotId);
    await harm(pack, [2]);
    expect(await slot.read(2, isWhole)).toBeUndefined();
    expect([reader?.has(2), reader?.storedBytes, reader?.isComplete]).toEqual([false, 512n, false]);
    expect(await reader?.read(2, isWhole)).toBeUndefined();
    await Promise.all([slot.write([block(2)]), reader?.check(range(0, 9), isWhole)]);
    expect([reader?.isComplete, await store.storedBytes(slotId)]).toEqual([true, 576n]);
    await reader?.close();
  });
});

describe('Removing', () => {
  it('takes the slot from those who have it open, and a new one of the same name is another', async () => {
    const { store } = await aStore();
    const old = await store.create(slotId, layout, manifest);
    await fill(old, [1]);
    const writing = fill(old, [2]);
    const removing = store.remove(slotId);
    const creating = store.create(slotId, layout, manifest);
    await writing;
    await removing;
    const fresh = await creating;
    await expect(fill(old, [3])).rejects.toMatchObject({ code: 'SLOT_CLOSED' });
    await expect(old.read(1, anything)).rejects.toMatchObject({ code: 'SLOT_CLOSED' });
    await expectHolds(fresh, []);
    await fill(fresh, [5]);
    await old.close();
    expect(await store.storedBytes(slotId)).toBe(64n);
    await fresh.close();
  });

  it('falls back on deleting in place where the folder cannot be renamed', async () => {
    const { store, disk, root } = await aStore();
    const slot = await store.create(slotId, layout, manifest);
    await slot.close();
    disk.failOn = ({ kind }) => {
      if (kind === 'rename') throw Object.assign(new Error('in use'), { code: 'EPERM' });
    };
    await store.remove(slotId);
    expect([await store.list(), await readdir(root)]).toEqual([[], []]);
  });
});

describe('A crash', () => {
  it('at any point, with any unsynced writes lost, leaves all that was written and nothing false', async () => {
    const { store, disk, folder, root } = await aStore();
    const slot = await store.create(slotId, layout, manifest);
    for (const batch of [[0, 1], [5], [8, 7, 2]]) {
      await fill(slot, batch);
      disk.note(`written ${slot.storedBytes}`);
    }
    // From here on they may be gone, and written again.
    disk.note(`written ${slot.storedBytes - 128n}`);
    await slot.check([5, 7], () => false);
    await fill(slot, [5, 3, 4]);
    disk.note(`written ${slot.storedBytes}`);
    await fill(slot, [6, 7]);
    disk.note(`written ${slot.storedBytes}`);
    await slot.close();
    const count = disk.operations.length;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: count }),
        fc.array(fc.boolean(), { minLength: count, maxLength: count }),
        async (at, kept) => {
          await rm(folder, { recursive: true, force: true });
          await disk.crash(folder, at, (_, i) => kept[i] === true);
          const announced = disk.operations.slice(0, at).findLast((operation) => operation.kind === 'note');
          const written = announced?.kind === 'note' ? BigInt(announced.note.split(' ')[1] as string) : 0n;
          const after = await new SlotStore({ folder: root, logger }).create(slotId, layout, manifest);
          const missing = new Set(after.missing());
          expect(after.storedBytes).toBeGreaterThanOrEqual(written);
          await expectHolds(
            after,
            range(0, 9).filter((position) => !missing.has(position)),
          );
          await after.close();
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('A full disk', () => {
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });

  it('stops a write with DISK_FULL and keeps what was written before', async () => {
    const { store, disk } = await aStore();
    const slot = await store.create(slotId, layout, manifest);
    await fill(slot, [0]);
    disk.failOn = ({ kind }) => {
      if (kind === 'write') throw full;
    };
    await expect(fill(slot, [1])).rejects.toMatchObject({
      code: 'DISK_FULL',
      message: expect.stringContaining('Free some'),
    });
    disk.failOn = () => {};
    await expectHolds(slot, [0]);
    await slot.close();
  });

  it.each(['data.pack', 'leaves', 'state.a', 'state.b'])(
    'that shows when %s is synced leaves none of the blocks, and all that were there before',
    async (name) => {
      const { store, disk } = await aStore();
      const slot = await store.create(slotId, layout, manifest);
      await fill(slot, [0]);
      disk.failOn = (operation) => {
        if (operation.kind === 'sync' && operation.file === name) throw full;
      };
      const failing =
        name === 'state.b' ? fill(slot, [1]).then(() => fill(slot, [2, 3])) : fill(slot, [1, 2]);
      await expect(failing).rejects.toMatchObject({ code: 'DISK_FULL' });
      disk.failOn = () => {};
      await expectHolds(slot, name === 'state.b' ? [0, 1] : [0]);
      await fill(slot, range(0, 9));
      await slot.close();
      expect(await store.storedBytes(slotId)).toBe(576n);
    },
  );
});

describe('A store whose folder goes away', () => {
  async function aLostStore() {
    const made = await aStore();
    const slot = await made.store.create(slotId, layout, manifest);
    onTestFinished(() => slot.close());
    await fill(slot, range(0, 9));
    await rename(made.root, `${made.root}.away`);
    onTestFinished(() => rm(`${made.root}.away`, { recursive: true, force: true }));
    return { ...made, slot };
  }

  it('says so to everybody, makes nothing in its place, and goes on when it is back', async () => {
    const { store, root, slot } = await aLostStore();
    const gone = { code: 'SLOT_FOLDER_GONE' };
    for (const work of [
      () => store.open(slotId),
      () => store.create(slotId, layout, manifest),
      () => store.storedBytes(slotId),
      () => store.list(),
      () => store.remove(slotId),
    ])
      await expect(work()).rejects.toMatchObject(gone);
    expect(await store.fault()).toMatchObject(gone);
    await expect(readdir(root)).rejects.toMatchObject({ code: 'ENOENT' });
    await rename(`${root}.away`, root);
    expect([await store.list(), await store.storedBytes(slotId)]).toEqual([[slotId], 576n]);
    await expectHolds(slot, range(0, 9));
    expect(await store.fault()).toBeUndefined();
  });

  it('holds nothing of it when it was made anew, whoever still has old files open', async () => {
    const { store, root, slot } = await aLostStore();
    await mkdir(root);
    expect(await store.open(slotId)).toBeUndefined();
    await expect(slot.read(0, isWhole)).rejects.toMatchObject({ code: 'SLOT_CLOSED' });
    const again = await store.create(slotId, layout, manifest);
    await fill(again, [4]);
    await again.close();
    expect(await new SlotStore({ folder: root, logger }).storedBytes(slotId)).toBe(64n);
  });
});

describe('A store that could not be made ready', () => {
  it('is made ready by the next call', async () => {
    const { store, disk } = await aStore();
    disk.failOn = ({ kind }) => {
      if (kind === 'makeFolder') throw ioError();
    };
    await expect(store.list()).rejects.toMatchObject({ code: 'SLOT_FILES_FAILED' });
    await expect(store.open(slotId)).rejects.toMatchObject({ code: 'SLOT_FILES_FAILED' });
    disk.failOn = () => {};
    expect(await store.list()).toEqual([]);
  });

  it('works although what was deleted before cannot be taken from the disk', async () => {
    const { store, root, disk } = await aStore();
    await mkdir(join(root, `${slotId}.removed`), { recursive: true });
    disk.failOn = ({ kind }) => {
      if (kind === 'remove') throw ioError();
    };
    expect(await store.list()).toEqual([]);
  });
});

const ioError = () => Object.assign(new Error('i/o error'), { code: 'EIO' });

function bent(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
}
