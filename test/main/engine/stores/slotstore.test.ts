import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hex32, type SlotId } from '../../../../src/main/engine/contracts/ids.ts';
import { silentLogger as logger } from '../../../../src/main/engine/logger.ts';
import type { SlotLayout } from '../../../../src/main/engine/stores/slotstate.ts';
import { SlotStore } from '../../../../src/main/engine/stores/slotstore.ts';
import type { StoredBlock, StoredSlot } from '../../../../src/main/engine/stores/storedslot.ts';
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
  steps: 9,
  blockSize: 64,
};

const block = (position: number): StoredBlock => ({
  data: Buffer.alloc(64, position + 1),
  digest: Buffer.alloc(32, position + 101),
  path: range(0, 5).map((level) => Buffer.alloc(32, position * 10 + level)),
});

async function aStore() {
  const folder = await tempFolder();
  const disk = new RecordingDisk();
  return {
    folder: join(folder, slotId),
    disk,
    store: new SlotStore({ folder, logger }, { openFile: disk.openFile }),
    root: folder,
  };
}

async function fill(slot: StoredSlot, positions: Iterable<number>): Promise<void> {
  for (const position of positions) await slot.write(position, block(position));
}

async function expectHolds(slot: StoredSlot, positions: readonly number[]): Promise<void> {
  expect([...slot.missing()]).toEqual(range(0, 9).filter((position) => !positions.includes(position)));
  for (const position of positions) {
    const { data, digest } = await slot.read(position);
    expect(Buffer.compare(data, block(position).data)).toBe(0);
    expect(Buffer.compare(digest, block(position).digest)).toBe(0);
  }
}

describe('SlotStore', () => {
  it('finds after a restart what was flushed', async () => {
    const { store, root } = await aStore();
    const slot = await store.create(slotId, layout, manifest);
    await fill(slot, [0, 3, 8]);
    expect(await slot.flush()).toEqual({ newlyDurableBytes: 192n });
    await slot.close();
    const again = await new SlotStore({ folder: root, logger }).create(slotId, layout, manifest);
    await expectHolds(again, [0, 3, 8]);
    expect(again.storedBytes).toBe(192n);
    await again.close();
  });

  it('answers a flush with what became durable since the one before', async () => {
    const { store } = await aStore();
    const slot = await store.create(slotId, layout, manifest);
    await fill(slot, [1]);
    await slot.flush();
    await fill(slot, [1, 2, 4]);
    expect(slot.storedBytes).toBe(64n);
    expect(await slot.flush()).toEqual({ newlyDurableBytes: 128n });
    expect(await slot.flush()).toEqual({ newlyDurableBytes: 0n });
    await slot.close();
  });

  it('forgets what was not flushed', async () => {
    const { store } = await aStore();
    const slot = await store.create(slotId, layout, manifest);
    await fill(slot, [1]);
    await slot.flush();
    await fill(slot, [2]);
    await slot.close();
    const again = await store.create(slotId, layout, manifest);
    await expectHolds(again, [1]);
    await again.close();
  });

  it('gives back the tree of a complete slot: all digests, and the paths of the outer blocks', async () => {
    const { store } = await aStore();
    const slot = await store.create(slotId, layout, manifest);
    await fill(slot, range(0, 9));
    await slot.flush();
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

  it('leaves a hole where a block is empty', async () => {
    const { store } = await aStore();
    const slot = await store.create(slotId, layout, manifest);
    await slot.write(4, { ...block(4), data: new Uint8Array() });
    await slot.flush();
    expect(Buffer.compare((await slot.read(4)).data, Buffer.alloc(64))).toBe(0);
    await slot.close();
  });

  it('refuses blocks outside, blocks it does not have, and work once it is closed', async () => {
    const { store } = await aStore();
    const slot = await store.create(slotId, layout, manifest);
    for (const position of [-1, 9, 0.5]) {
      await expect(slot.write(position, block(0))).rejects.toMatchObject({ code: 'BLOCK_OUT_OF_RANGE' });
    }
    await expect(slot.read(0)).rejects.toMatchObject({ code: 'BLOCK_NOT_STORED' });
    await slot.close();
    await slot.close();
    await expect(slot.write(0, block(0))).rejects.toMatchObject({ code: 'SLOT_CLOSED' });
  });

  it('refuses the same slot with another layout', async () => {
    const { store } = await aStore();
    const slot = await store.create(slotId, layout, manifest);
    await fill(slot, [0]);
    await slot.flush();
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
    await slot.flush();
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
    await slot.flush();
    await fill(slot, [2]);
    await slot.flush();
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
    await slot.flush();
    await slot.close();
    expect(await store.storedBytes(slotId)).toBe(576n);
  });

  it.each(['data.pack', 'leaves'])(
    'counts as empty when %s lost its end, now and after the next crash',
    async (name) => {
      const { folder, store } = await flushedTwice();
      await truncate(join(folder, name), 10);
      expect(await store.storedBytes(slotId)).toBe(0n);
      const slot = await store.create(slotId, layout, manifest);
      await expectHolds(slot, []);
      await slot.close();
      const again = await store.create(slotId, layout, manifest);
      await expectHolds(again, []);
      expect((await stat(join(folder, 'data.pack'))).size).toBe(576);
      await again.close();
    },
  );
});

describe('A crash', () => {
  it('at any point, with any unsynced writes lost, leaves all that was flushed and nothing false', async () => {
    const { store, disk, folder, root } = await aStore();
    const slot = await store.create(slotId, layout, manifest);
    for (const batch of [[0, 1], [5], [8, 7, 2], [3, 4, 6]]) {
      await fill(slot, batch);
      await slot.flush();
      disk.note(`flushed ${slot.storedBytes}`);
    }
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
          const flushed = announced?.kind === 'note' ? BigInt(announced.note.split(' ')[1] as string) : 0n;
          const after = await new SlotStore({ folder: root, logger }).create(slotId, layout, manifest);
          const missing = new Set(after.missing());
          expect(after.storedBytes).toBeGreaterThanOrEqual(flushed);
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

  it('stops a write with DISK_FULL and keeps what was flushed', async () => {
    const { store, disk } = await aStore();
    const slot = await store.create(slotId, layout, manifest);
    await fill(slot, [0]);
    await slot.flush();
    disk.failOn = ({ kind }) => {
      if (kind === 'write') throw full;
    };
    await expect(slot.write(1, block(1))).rejects.toMatchObject({
      code: 'DISK_FULL',
      message: expect.stringContaining('Free some'),
    });
    disk.failOn = () => {};
    await expectHolds(slot, [0]);
    await slot.close();
  });

  it.each(['data.pack', 'leaves', 'state.a', 'state.b'])(
    'that shows when %s is synced makes the blocks missing again',
    async (name) => {
      const { store, disk } = await aStore();
      const slot = await store.create(slotId, layout, manifest);
      await fill(slot, [0]);
      await slot.flush();
      await fill(slot, [1]);
      disk.failOn = (operation) => {
        if (operation.kind === 'sync' && operation.file === name) throw full;
      };
      const failing =
        name === 'state.b'
          ? slot
              .flush()
              .then(() => fill(slot, [2]))
              .then(() => slot.flush())
          : slot.flush();
      await expect(failing).rejects.toMatchObject({ code: 'DISK_FULL' });
      disk.failOn = () => {};
      const held = name === 'state.b' ? [0, 1] : [0];
      await expectHolds(slot, held);
      await fill(slot, range(0, 9));
      await slot.flush();
      await slot.close();
      expect(await store.storedBytes(slotId)).toBe(576n);
    },
  );
});

function bent(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
}
