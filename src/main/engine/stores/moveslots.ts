import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { isHex32 } from '../contracts/ids.ts';
import { isAborted, throwIfAborted } from '../lib/abort.ts';
import type { Logger } from '../logger.ts';
import { diskSpace, type DiskSpace } from './diskspace.ts';
import { syncFolder } from './durablefile.ts';
import { slotFolderGone, StoreError, storeErrorFor, systemCode } from './errors.ts';
import { diskFiles, type FileSystem } from './filesystem.ts';
import { copySlot, isSameSlot, slotBytes, UNFINISHED } from './slotcopy.ts';
import { defaultSlotFolder, loadPlace, savePlace, type StoragePlace } from './storageplace.ts';

export interface MoveModules {
  readonly dataDir: string;
  readonly logger: Logger;
  readonly fs?: FileSystem;
  readonly space?: (folder: string) => Promise<DiskSpace>;
  /** A clock that does not jump, ms. */
  readonly nowMs?: () => number;
}

export interface MoveProgress {
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** The speed so far; this and what follows from it are unknown at first. */
  readonly bytesPerSecond?: number;
  readonly remainingSeconds?: number;
}

export interface CopyRun {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: MoveProgress) => void;
}

/**
 * Takes the slots of a data folder to another folder, on another disk mostly. They are copied while the node may go on
 * selling, slot by slot; what has changed since is copied at the node's next start, which then goes over to the new
 * folder by one durable record, and only after that deletes the old slots. Whatever ends it on the way, the slots are
 * whole in the folder that the record names, and it goes on where it was.
 */
export class SlotMove {
  readonly #dataDir: string;
  readonly #logger: Logger;
  readonly #fs: FileSystem;
  readonly #space: (folder: string) => Promise<DiskSpace>;
  readonly #nowMs: () => number;

  constructor({
    dataDir,
    logger,
    fs = diskFiles,
    space = diskSpace,
    nowMs = () => performance.now(),
  }: MoveModules) {
    this.#dataDir = dataDir;
    this.#logger = logger;
    this.#fs = fs;
    this.#space = space;
    this.#nowMs = nowMs;
  }

  place(): Promise<StoragePlace> {
    return loadPlace(this.#dataDir, this.#fs);
  }

  /** The disk that the slots are on; undefined while nobody can say, as when it was taken off. */
  async disk(): Promise<DiskSpace | undefined> {
    const { folder } = await this.place();
    try {
      return await this.#space(folder);
    } catch (error) {
      this.#logger.debug('The disk of the slots cannot be asked', { folder, error });
      return undefined;
    }
  }

  /** Bytes of all files of the slots that lie in their folder; without those that go meanwhile. */
  async slotBytes(): Promise<number> {
    const { folder } = await this.place();
    let bytes = 0;
    if (!(await this.#fs.hasFolder(folder))) return 0;
    for (const name of (await this.#fs.list(folder)).filter(isHex32)) {
      bytes += await slotBytes(join(folder, name), this.#fs).catch(() => 0);
    }
    return bytes;
  }

  /** Whether a move to there could begin, or go on. @throws StoreError as `begin` */
  async demandUsable(target: string): Promise<void> {
    await this.#usableTarget(target, await this.place());
  }

  /**
   * Begins a move, or goes on with the one to the same folder. Answers with the folder's name without what is superfluous.
   * @throws StoreError MOVE_UNDER_WAY, MOVE_TARGET_UNUSABLE, DISK_FULL
   */
  async begin(target: string): Promise<string> {
    const place = await this.place();
    const to = await this.#usableTarget(target, place);
    // Written down already, and perhaps being copied to.
    if (place.move?.to === to && !place.move.isCopied) return to;
    await this.#work(to, async () => {
      if (!place.move) {
        // Of a node that was never started.
        if (place.folder === defaultSlotFolder(this.#dataDir)) await this.#fs.makeFolder(place.folder);
        await this.#fs.makeFolder(to);
      }
      // While it is copied to, no start of the node may use it.
      await savePlace(this.#dataDir, { ...place, move: { to, isCopied: false } }, this.#fs);
    });
    return to;
  }

  /**
   * Copies all slots, and leaves it to the node's next start to use the copies. Called off or failed, it is gone on with
   * by calling it again with the same folder. @throws StoreError as `begin`, and COPY_NOT_TRUE
   */
  async copy(target: string, run: CopyRun): Promise<void> {
    const to = await this.begin(target);
    const place = await this.place();
    await this.#work(to, async () => {
      await this.#copyAll(place.folder, to, run);
      // Another process may have cancelled it, or gone over meanwhile.
      const now = await this.place();
      if (now.move?.to === to && now.folder === place.folder)
        await savePlace(this.#dataDir, { ...now, move: { to, isCopied: true } }, this.#fs);
    });
  }

  /** For the start of the node, before anybody opens a slot: what is still to be done. Answers with where they are. */
  async finish(run: CopyRun): Promise<string> {
    let place = await this.place();
    const { move } = place;
    if (move?.isCopied && (await this.#canGoOver(place.folder, move.to, run))) {
      place = { folder: move.to, leaving: place.folder };
      await savePlace(this.#dataDir, place, this.#fs);
      this.#logger.notice('The slots are in another folder from now on', { ...place });
    }
    if (place.leaving !== undefined) await this.#leave(place, place.leaving);
    return place.folder;
  }

  /** Deletes the copies; the slots stay where they are. Without a move under way nothing happens. */
  async cancel(): Promise<void> {
    const { move, ...place } = await this.place();
    if (!move) return;
    // The next start must not take up what is half deleted.
    await savePlace(this.#dataDir, { ...place, move: { ...move, isCopied: false } }, this.#fs);
    await this.#work(move.to, () => this.#removeSlots(move.to));
    await savePlace(this.#dataDir, place, this.#fs);
  }

  /** What has changed since is copied. A new place that cannot be used keeps nobody from selling in the old one. */
  async #canGoOver(from: string, to: string, run: CopyRun): Promise<boolean> {
    if (!(await this.#fs.hasFolder(from))) throw slotFolderGone(from);
    try {
      await this.#work(to, () => this.#copyAll(from, to, run));
      // Cancelled, or begun again, by another process meanwhile.
      return (await this.place()).move?.isCopied === true;
    } catch (error) {
      throwIfAborted(run.signal);
      this.#logger.error('The slots stay in their folder, as the other one cannot be used', {
        from,
        to,
        error,
      });
      return false;
    }
  }

  async #copyAll(from: string, to: string, { signal, onProgress }: CopyRun): Promise<void> {
    const waiting = await this.#notCopied(from, to);
    const totalBytes = waiting.reduce((sum, { bytes }) => sum + bytes, 0);
    await this.#demandSpace(to, totalBytes);
    const startedMs = this.#nowMs();
    let doneBytes = 0;
    const tell = () => {
      const seconds = (this.#nowMs() - startedMs) / 1000;
      const bytesPerSecond = seconds > 0 ? doneBytes / seconds : 0;
      const known = bytesPerSecond > 0 && {
        bytesPerSecond: Math.round(bytesPerSecond),
        remainingSeconds: Math.max(0, Math.round((totalBytes - doneBytes) / bytesPerSecond)),
      };
      onProgress?.({ doneBytes, totalBytes, ...known });
    };
    tell();
    for (const { name } of waiting) {
      throwIfAborted(signal);
      const onBytes = (bytes: number) => {
        doneBytes += bytes;
        tell();
      };
      await this.#copyOne(join(from, name), join(to, name), { signal, onBytes });
      await syncFolder(to, this.#fs);
    }
    await syncFolder(dirname(to), this.#fs);
  }

  /** A slot that was sold to its end meanwhile needs no copy. */
  async #copyOne(from: string, to: string, run: { signal: AbortSignal; onBytes: (bytes: number) => void }) {
    try {
      await copySlot(from, to, { ...run, fs: this.#fs });
    } catch (error) {
      if (systemCode(error) !== 'ENOENT' || (await this.#fs.hasFolder(from))) throw error;
      await this.#fs.remove(`${to}${UNFINISHED}`);
    }
  }

  async #notCopied(from: string, to: string): Promise<{ name: string; bytes: number }[]> {
    // An empty place where a disk was must not be taken for all slots there are.
    for (const folder of [from, to]) if (!(await this.#fs.hasFolder(folder))) throw slotFolderGone(folder);
    const waiting: { name: string; bytes: number }[] = [];
    for (const name of (await this.#fs.list(from)).filter(isHex32).sort()) {
      const folder = join(from, name);
      try {
        if (await isSameSlot(folder, join(to, name), this.#fs)) continue;
        waiting.push({ name, bytes: await slotBytes(folder, this.#fs) });
      } catch (error) {
        if (systemCode(error) !== 'ENOENT' || (await this.#fs.hasFolder(folder))) throw error;
      }
    }
    return waiting;
  }

  async #demandSpace(to: string, neededBytes: number): Promise<void> {
    const { freeBytes } = await this.#space(to);
    const needed = BigInt(neededBytes) + SPARE_BYTES;
    if (neededBytes === 0 || freeBytes >= needed) return;
    const message = `The slots need ${needed} bytes in ${to}, but only ${freeBytes} are free there. Free some, or choose another folder.`;
    throw new StoreError('DISK_FULL', { needed, freeBytes, to }, { message });
  }

  /** What cannot be deleted is tried again at the next start. Only what is ours goes, and only once the new place is there. */
  async #leave(place: StoragePlace, from: string): Promise<void> {
    if (!(await this.#fs.hasFolder(place.folder))) throw slotFolderGone(place.folder);
    try {
      await this.#removeSlots(from);
      await savePlace(this.#dataDir, { folder: place.folder }, this.#fs);
    } catch (error) {
      this.#logger.warn('The slots in their old folder could not be deleted yet', { folder: from, error });
    }
  }

  async #removeSlots(folder: string): Promise<void> {
    if (!(await this.#fs.hasFolder(folder))) return;
    for (const name of await this.#fs.list(folder)) {
      if (isHex32(name.split('.', 1)[0] ?? '')) await this.#fs.remove(join(folder, name));
    }
  }

  async #usableTarget(target: string, place: StoragePlace): Promise<string> {
    const refused = (rule: MoveRule, reason: string) =>
      new StoreError(
        'MOVE_TARGET_UNUSABLE',
        { target, rule },
        { message: `The slots cannot be moved to ${target}: ${reason}` },
      );
    if (!isAbsolute(target)) throw refused('wholePath', 'name the whole path of a folder.');
    const to = resolve(target);
    if (place.leaving !== undefined)
      throw refused(
        'justMoved',
        'they were just moved. Start the node once, so that the old ones are deleted.',
      );
    if (place.move) {
      if (place.move.to === to) return to;
      const message = `The slots are being moved to ${place.move.to}. Cancel that first, or go on with it.`;
      throw new StoreError('MOVE_UNDER_WAY', { to: place.move.to }, { message });
    }
    for (const [one, other] of [
      [to, place.folder],
      [place.folder, to],
    ] as const)
      if (await isWithin(one, other))
        throw refused('sameFolder', 'that is where they are, or one folder is inside the other.');
    if (await isWithin(this.#dataDir, to)) throw refused('dataInside', 'the data folder is inside it.');
    if (await this.#fs.hasFolder(to)) {
      if ((await this.#fs.list(to)).length > 0)
        throw refused('notEmpty', 'the folder is not empty. Choose an empty one.');
    }
    return to;
  }

  async #work(folder: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw isAborted(error) ? error : storeErrorFor(error, 'SLOT_FILES_FAILED', folder);
    }
  }
}

/** Which rule a folder fails, in the details of MOVE_TARGET_UNUSABLE. */
export type MoveRule = 'wholePath' | 'justMoved' | 'sameFolder' | 'dataInside' | 'notEmpty';

/** Whether `inner` is `outer` or below it, wherever links lead. */
async function isWithin(inner: string, outer: string): Promise<boolean> {
  const way = relative(await trueName(outer), await trueName(inner));
  return way === '' || (way.split(sep, 1)[0] !== '..' && !isAbsolute(way));
}

/** Without links, as far as it is there. */
async function trueName(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const parent = dirname(path);
    if (systemCode(error) !== 'ENOENT' || parent === path) throw error;
    return join(await trueName(parent), relative(parent, path));
  }
}

const SPARE_BYTES = 64n * 2n ** 20n;
