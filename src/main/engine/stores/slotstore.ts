import { join } from 'node:path';
import { isHex32, type SlotId } from '../contracts/ids.ts';
import { Emitter } from '../lib/emitter.ts';
import type { Logger } from '../logger.ts';
import { diskSpace, type DiskSpace } from './diskspace.ts';
import { syncFolder, writeFileDurably } from './durablefile.ts';
import { slotFolderGone, StoreError, storeErrorFor, systemCode } from './errors.ts';
import { diskFiles, type FileSystem } from './filesystem.ts';
import { closeFiles, dropCutOff, openFiles, type SlotFiles } from './slotfiles.ts';
import { SlotRecords, type SlotRecord } from './slotrecord.ts';
import { emptyState, readState, sameLayout, type SlotLayout, type SlotState } from './slotstate.ts';
import { StoredSlot } from './storedslot.ts';

/**
 * The bytes of slots, one folder for each: `<folder>/<slotId>/`. Deleting a slot is renaming its folder, so that a crash
 * leaves all of it or none. What files are too short for counts as not there; it is fetched again.
 * A folder that goes away while it is in use is not made anew: its disk may have been taken off, and what would be
 * written in its place would fill another one. Everything rejects with SLOT_FOLDER_GONE then, until it is back.
 */
export class SlotStore {
  /** Blocks of a slot were found harmed and no longer count as there; durable when it is told. */
  readonly onStruckOut: Emitter<StruckOut>;
  readonly #folder: string;
  readonly #logger: Logger;
  readonly #fs: FileSystem;
  readonly #mayMakeFolder: boolean;
  readonly #records = new SlotRecords();
  #ready: Promise<void> | undefined;

  constructor(
    { folder, logger }: { folder: string; logger: Logger },
    { fs = diskFiles, mayMakeFolder = true }: SlotStoreOptions = {},
  ) {
    this.onStruckOut = new Emitter((error) => logger.error('A listener of the slot store failed', { error }));
    this.#folder = folder;
    this.#logger = logger;
    this.#fs = fs;
    this.#mayMakeFolder = mayMakeFolder;
  }

  /**
   * The slot for writing, made when it is not there; its blocks that are durable stay. The caller closes it.
   * @throws StoreError SLOT_LAYOUT_MISMATCH when it is there with another layout; DISK_FULL
   */
  async create(slotId: SlotId, layout: SlotLayout, manifest: Uint8Array): Promise<StoredSlot> {
    const slot = await this.#run(slotId, async (record, folder) => {
      await this.#fs.makeFolder(folder);
      await this.#keepManifest(folder, manifest);
      const known = record.state ?? (await readState(folder, this.#fs));
      if (known && !sameLayout(known.layout, layout))
        throw new StoreError('SLOT_LAYOUT_MISMATCH', { slotId });
      return await this.#open(slotId, folder, record, known ?? emptyState(layout));
    });
    try {
      await slot.restoreSizes();
      await syncFolder(join(this.#folder, slotId), this.#fs);
      await syncFolder(this.#folder, this.#fs);
      return slot;
    } catch (cause) {
      await slot.close();
      throw storeErrorFor(cause, 'SLOT_FILES_FAILED', join(this.#folder, slotId));
    }
  }

  /** A slot that is there; undefined otherwise. The caller closes it. */
  async open(slotId: SlotId): Promise<StoredSlot | undefined> {
    return await this.#run(slotId, async (record, folder) => {
      const state = record.state ?? (await readState(folder, this.#fs));
      return state && (await this.#open(slotId, folder, record, state));
    });
  }

  /** Bytes of the slot's durable blocks; 0 when there is nothing. */
  async storedBytes(slotId: SlotId): Promise<bigint> {
    const slot = await this.open(slotId);
    await slot?.close();
    return slot?.storedBytes ?? 0n;
  }

  /** Bytes of all slots' durable blocks, without those of slots that cannot be read, which are logged. */
  async totalBytes(): Promise<bigint> {
    let bytes = 0n;
    for (const slotId of await this.list()) {
      try {
        bytes += await this.storedBytes(slotId);
      } catch (error) {
        this.#logger.error('A stored slot cannot be read', { slotId, error });
      }
    }
    return bytes;
  }

  /** Deletes a slot's files. Idempotent: when it fails, calling it again goes on with what is left. */
  async remove(slotId: SlotId): Promise<void> {
    await this.#run(slotId, async (record, folder) => {
      const doomed = `${folder}${DOOMED}`;
      await this.#fs.remove(doomed);
      await this.#doom(folder, doomed);
      this.#records.removed(slotId, record);
      await syncFolder(this.#folder, this.#fs);
      await this.#fs.remove(doomed);
    });
  }

  /** The slots that have a folder. */
  async list(): Promise<SlotId[]> {
    try {
      await this.#prepare();
      await this.#demandFolder();
      return (await this.#fs.list(this.#folder)).filter((name): name is SlotId => isHex32(name)).sort();
    } catch (cause) {
      throw storeErrorFor(cause, 'SLOT_FILES_FAILED', this.#folder);
    }
  }

  /** Why slots can be neither read nor written now; undefined when they can. */
  async fault(): Promise<StoreError | undefined> {
    try {
      await this.#prepare();
      await this.#demandFolder();
      return undefined;
    } catch (error) {
      return storeErrorFor(error, 'SLOT_FILES_FAILED', this.#folder);
    }
  }

  async space(): Promise<DiskSpace> {
    return await diskSpace(this.#folder);
  }

  async #open(slotId: SlotId, folder: string, record: SlotRecord, state: SlotState): Promise<StoredSlot> {
    const files = await openFiles(folder, this.#fs);
    try {
      record.state ??= await this.#supported(slotId, files, state);
    } catch (error) {
      await closeFiles(files);
      throw error;
    }
    this.#records.keep(record);
    const release = () => this.#records.release(slotId, record);
    const onStruckOut = (positions: readonly number[]) => this.onStruckOut.emit({ slotId, positions });
    return new StoredSlot(record.state, { folder, fs: this.#fs, files, record, release, onStruckOut });
  }

  /** The state without the blocks that cannot be there. */
  async #supported(slotId: SlotId, files: SlotFiles, state: SlotState): Promise<SlotState> {
    const durable = state.durable.clone();
    await dropCutOff(files, state.layout, durable);
    const lost = state.durable.count - durable.count;
    if (lost > 0) this.#logger.warn('Files of a slot have lost their end', { slotId, lostBlocks: lost });
    return { ...state, durable };
  }

  /** Written once; and again when it is lost or harmed. */
  async #keepManifest(folder: string, manifest: Uint8Array): Promise<void> {
    const path = join(folder, 'manifest');
    const known = await this.#fs.read(path).catch(() => undefined);
    if (!known || Buffer.compare(known, manifest) !== 0) await writeFileDurably(path, manifest, this.#fs);
  }

  /** Takes the slot its name. Where open files keep a folder from being renamed, deleting in place is the next best. */
  async #doom(folder: string, doomed: string): Promise<void> {
    try {
      await this.#fs.rename(folder, doomed);
    } catch (error) {
      const code = systemCode(error);
      if (code === 'ENOENT') return;
      if (code !== 'EPERM' && code !== 'EBUSY' && code !== 'EACCES') throw error;
      await this.#fs.remove(folder);
    }
  }

  async #run<T>(slotId: SlotId, work: (record: SlotRecord, folder: string) => Promise<T>): Promise<T> {
    const folder = join(this.#folder, slotId);
    try {
      await this.#prepare();
      await this.#records.run(slotId, (record) => this.#forgetIfLost(slotId, record));
      return await this.#records.run(slotId, (record) => work(record, folder));
    } catch (cause) {
      throw storeErrorFor(cause, 'SLOT_FILES_FAILED', folder);
    }
  }

  /** Whoever still has files of a slot open whose folder somebody deleted must not speak for what is there now. */
  async #forgetIfLost(slotId: SlotId, record: SlotRecord): Promise<void> {
    await this.#demandFolder();
    if (!record.state || (await this.#fs.hasFolder(join(this.#folder, slotId)))) return;
    this.#logger.error('The folder of a slot is gone; its data has to be fetched again', { slotId });
    this.#records.removed(slotId, record);
  }

  async #demandFolder(): Promise<void> {
    if (!(await this.#fs.hasFolder(this.#folder))) throw slotFolderGone(this.#folder);
  }

  /** Once it has succeeded: makes the folder, and ends deletions that a crash cut short. */
  async #prepare(): Promise<void> {
    this.#ready ??= this.#makeReady();
    try {
      await this.#ready;
    } catch (error) {
      this.#ready = undefined;
      throw error;
    }
  }

  async #makeReady(): Promise<void> {
    if (this.#mayMakeFolder) await this.#fs.makeFolder(this.#folder);
    await this.#demandFolder();
    for (const name of await this.#fs.list(this.#folder)) {
      if (!name.includes(DOOMED)) continue;
      await this.#fs.remove(join(this.#folder, name)).catch((error: unknown) => {
        // What was deleted is in nobody's way; the next start tries again.
        this.#logger.warn('A deleted slot still takes space', { name, error });
      });
    }
  }
}

export interface SlotStoreOptions {
  readonly fs?: FileSystem;
  /** Without it a folder that is not there counts as gone from the start on: it is on a disk of its own. */
  readonly mayMakeFolder?: boolean;
}

export interface StruckOut {
  readonly slotId: SlotId;
  /** In the slot. */
  readonly positions: readonly number[];
}

const DOOMED = '.removed';
