import { constants, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bitmap } from './bitmap.ts';
import { StoreError, systemCode } from './errors.ts';
import type { FileSystem } from './filesystem.ts';
import { copyOf, encodeState, type SlotLayout, type SlotState } from './slotstate.ts';

/** The files of a slot that are kept open. Beside them lies `manifest`, written once. */
export interface SlotFiles {
  /** Block k of the slot at k·blockSize. */
  readonly 'data.pack': FileHandle;
  /** The digest of each block; behind them tree paths, of which `pathAt` says whose. */
  readonly leaves: FileHandle;
  /** The digest for proofs of each block; zeros where it is not known. It can be made again from the blocks. */
  readonly cells: FileHandle;
  readonly 'state.a': FileHandle;
  readonly 'state.b': FileHandle;
}

export const DIGEST_BYTES = 32;
export const packBytes = ({ steps, blockSize }: SlotLayout): number => steps * blockSize;
export const leavesBytes = (layout: SlotLayout): number =>
  (layout.steps + pathsKept(layout) * layout.treeDepth) * DIGEST_BYTES;
export const cellsBytes = ({ steps }: SlotLayout): number => steps * DIGEST_BYTES;

/** Of a stretch the paths of its two ends are enough to work out the others; elsewhere each block's own is kept. */
export const pathsKept = ({ steps, stride }: SlotLayout): number => (stride === 1 ? 2 : steps);

/** The block whose path is kept at a place: from 0 up to and without `pathsKept`. */
export const pathAt = ({ steps, stride }: SlotLayout, place: number): number =>
  stride === 1 ? place * (steps - 1) : place;

/** Where in `leaves` that path begins. */
export const pathOffset = ({ steps, treeDepth }: SlotLayout, place: number): number =>
  (steps + place * treeDepth) * DIGEST_BYTES;

/** Opens all of them, made when they are not there. */
export async function openFiles(folder: string, fs: FileSystem): Promise<SlotFiles> {
  const opened: FileHandle[] = [];
  const openOne = async (name: keyof SlotFiles) => {
    const file = await fs.open(join(folder, name), constants.O_RDWR | constants.O_CREAT);
    opened.push(file);
    return file;
  };
  try {
    return {
      'data.pack': await openOne('data.pack'),
      leaves: await openOne('leaves'),
      cells: await openOne('cells'),
      'state.a': await openOne('state.a'),
      'state.b': await openOne('state.b'),
    };
  } catch (error) {
    await Promise.all(opened.map((file) => file.close()));
    throw error;
  }
}

export async function closeFiles(files: SlotFiles): Promise<void> {
  await Promise.all(Object.values(files).map((file: FileHandle) => file.close()));
}

/** Takes out the blocks that the data files are too short to hold. A shorter file has lost its end. */
export async function dropCutOff(files: SlotFiles, layout: SlotLayout, blocks: Bitmap) {
  const { steps, blockSize } = layout;
  const [pack, leaves] = await Promise.all([files['data.pack'].stat(), files.leaves.stat()]);
  const wholeBlocks = Math.min(Math.floor(pack.size / blockSize), Math.floor(leaves.size / DIGEST_BYTES));
  for (let position = wholeBlocks; position < steps; position++) blocks.delete(position);
  if (leaves.size >= leavesBytes(layout)) return;
  // A path is written with its block.
  for (let place = 0; place < pathsKept(layout); place++) {
    if (leaves.size < pathOffset(layout, place + 1)) blocks.delete(pathAt(layout, place));
  }
}

/** Whether the data files have the sizes that the layout gives them. */
export async function haveSizes(files: SlotFiles, layout: SlotLayout): Promise<boolean> {
  const [pack, leaves, cells] = await Promise.all([
    files['data.pack'].stat(),
    files.leaves.stat(),
    files.cells.stat(),
  ]);
  return (
    pack.size === packBytes(layout) &&
    leaves.size === leavesBytes(layout) &&
    cells.size === cellsBytes(layout)
  );
}

/** Gives the data files their sizes; what is added are holes. Where the file system can, that takes no space yet. */
export async function restoreSizes(files: SlotFiles, layout: SlotLayout): Promise<void> {
  await files['data.pack'].truncate(packBytes(layout));
  await files.leaves.truncate(leavesBytes(layout));
  await files.cells.truncate(cellsBytes(layout));
}

/** Makes what was written of blocks durable. */
export async function syncData(files: SlotFiles): Promise<void> {
  await Promise.all([files['data.pack'].datasync(), files.leaves.datasync(), files.cells.datasync()]);
}

/** Over the older copy, so that a crash meanwhile leaves the newer one. */
export async function writeState(files: SlotFiles, state: SlotState): Promise<void> {
  const file = files[copyOf(state.generation)];
  const bytes = encodeState(state);
  await writeAt(file, bytes, 0);
  await file.truncate(bytes.length);
  await file.datasync();
}

/** A single call may write less than it was given. */
export async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** @throws StoreError SLOT_FILES_FAILED when the file ends before */
export async function readAt(file: FileHandle, length: number, position: number): Promise<Uint8Array> {
  const bytes = await tryReadAt(file, length, position);
  if (!bytes)
    throw new StoreError('SLOT_FILES_FAILED', { reason: 'a file is shorter than it was', position });
  return bytes;
}

/** Undefined when the file ends before, or the disk cannot read that place any more. */
export async function tryReadAt(
  file: FileHandle,
  length: number,
  position: number,
): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(length);
  try {
    for (let done = 0; done < length;) {
      const { bytesRead } = await file.read(bytes, done, length - done, position + done);
      if (bytesRead === 0) return undefined;
      done += bytesRead;
    }
    return bytes;
  } catch (error) {
    if (systemCode(error) === 'EIO') return undefined;
    throw error;
  }
}
