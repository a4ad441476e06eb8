import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isHex32, type SlotId } from '../contracts/ids.ts';
import type { Logger } from '../logger.ts';
import { Bitmap } from './bitmap.ts';
import { diskSpace, type DiskSpace } from './diskspace.ts';
import { syncFolder, writeFileDurably } from './durablefile.ts';
import { StoreError, storeErrorFor } from './errors.ts';
import {
  closeFiles,
  eraseState,
  haveSizes,
  openFiles,
  resetSizes,
  type OpenFile,
  type SlotFiles,
} from './slotfiles.ts';
import { readState, sameLayout, type SlotLayout, type SlotState } from './slotstate.ts';
import { StoredSlot } from './storedslot.ts';

/**
 * The bytes of slots, one folder for each: `<folder>/<slotId>/`. Deleting a slot is renaming its folder, so that a crash
 * leaves all of it or none. Files that do not fit together count as holding nothing; they are fetched again.
 */
export class SlotStore {
  readonly #folder: string;
  readonly #logger: Logger;
  readonly #openFile: OpenFile;
  #ready: Promise<void> | undefined;

  constructor(
    { folder, logger }: { folder: string; logger: Logger },
    { openFile = open }: { openFile?: OpenFile } = {},
  ) {
    this.#folder = folder;
    this.#logger = logger;
    this.#openFile = openFile;
  }

  /**
   * The slot for writing, made when it is not there; its blocks that are durable stay. The caller closes it.
   * @throws StoreError SLOT_LAYOUT_MISMATCH when it is there with another layout; DISK_FULL
   */
  async create(slotId: SlotId, layout: SlotLayout, manifest: Uint8Array): Promise<StoredSlot> {
    return await this.#run(slotId, async (folder) => {
      await mkdir(folder, { recursive: true });
      const state = await readState(folder);
      if (state && !sameLayout(state.layout, layout))
        throw new StoreError('SLOT_LAYOUT_MISMATCH', { slotId });
      if (!state) await writeFileDurably(join(folder, 'manifest'), manifest);
      const files = await openFiles(folder, this.#openFile);
      try {
        return new StoredSlot(folder, files, await this.#usableState(slotId, files, state, layout));
      } catch (error) {
        await closeFiles(files);
        throw error;
      }
    });
  }

  /** A slot that is there, for reading; undefined otherwise. The caller closes it. */
  async open(slotId: SlotId): Promise<StoredSlot | undefined> {
    return await this.#run(slotId, async (folder) => {
      const state = await readState(folder);
      if (!state) return undefined;
      const files = await openFiles(folder, this.#openFile);
      if (await haveSizes(files, state.layout)) return new StoredSlot(folder, files, state);
      await closeFiles(files);
      return undefined;
    });
  }

  /** Bytes of the slot's durable blocks; 0 when there is nothing. */
  async storedBytes(slotId: SlotId): Promise<bigint> {
    const slot = await this.open(slotId);
    await slot?.close();
    return slot?.storedBytes ?? 0n;
  }

  /** Deletes a slot's files. Idempotent. */
  async remove(slotId: SlotId): Promise<void> {
    await this.#run(slotId, async (folder) => {
      const doomed = `${folder}${DOOMED}${Date.now()}`;
      const isThere = await rename(folder, doomed).then(
        () => true,
        () => false,
      );
      if (isThere) await syncFolder(this.#folder);
      // Where open files keep a folder from being renamed, deleting in place is the next best.
      await rm(isThere ? doomed : folder, { recursive: true, force: true, maxRetries: 3 });
    });
  }

  /** The slots that have a folder. */
  async list(): Promise<SlotId[]> {
    await this.#prepare();
    return (await readdir(this.#folder)).filter((name): name is SlotId => isHex32(name)).sort();
  }

  async space(): Promise<DiskSpace> {
    return await diskSpace(this.#folder);
  }

  /** The state to go on from; a new and empty one when there is none, or when blocks it speaks of cannot be there. */
  async #usableState(
    slotId: SlotId,
    files: SlotFiles,
    state: SlotState | undefined,
    layout: SlotLayout,
  ): Promise<SlotState> {
    if (state && (await haveSizes(files, layout))) return state;
    if (state) this.#logger.warn('Files of a slot are damaged; it is fetched anew', { slotId });
    // The claims go first: a crash on the way must not leave a state that speaks of blocks which are gone.
    await eraseState(files);
    await resetSizes(files, layout);
    await syncFolder(join(this.#folder, slotId));
    await syncFolder(this.#folder);
    return { layout, durable: new Bitmap(layout.steps), generation: 0 };
  }

  async #run<T>(slotId: SlotId, work: (folder: string) => Promise<T>): Promise<T> {
    try {
      await this.#prepare();
      return await work(join(this.#folder, slotId));
    } catch (cause) {
      throw storeErrorFor(cause, 'SLOT_FILES_FAILED', join(this.#folder, slotId));
    }
  }

  /** Once: makes the folder, and ends deletions that a crash cut short. */
  async #prepare(): Promise<void> {
    this.#ready ??= prepare(this.#folder);
    await this.#ready;
  }
}

const DOOMED = '.removed.';

async function prepare(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const doomed = (await readdir(folder)).filter((name) => name.includes(DOOMED));
  await Promise.all(doomed.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}
