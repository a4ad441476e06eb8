import { constants, type FileHandle, type open } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreError } from './errors.ts';
import type { SlotLayout } from './slotstate.ts';

/** The files of a slot that are kept open. Beside them lies `manifest`, written once. */
export interface SlotFiles {
  /** Block k of the slot at k·blockSize. */
  readonly 'data.pack': FileHandle;
  /** The digest of each block; behind them the tree paths of the first and the last one. */
  readonly leaves: FileHandle;
  readonly 'state.a': FileHandle;
  readonly 'state.b': FileHandle;
}

/** `open` of node:fs/promises, or one that fails where a test wants it to. */
export type OpenFile = typeof open;

export const DIGEST_BYTES = 32;
export const packBytes = ({ steps, blockSize }: SlotLayout): number => steps * blockSize;
export const leavesBytes = ({ steps, treeDepth }: SlotLayout): number =>
  (steps + 2 * treeDepth) * DIGEST_BYTES;

/** Opens all of them, made when they are not there. */
export async function openFiles(folder: string, openFile: OpenFile): Promise<SlotFiles> {
  const opened: FileHandle[] = [];
  const openOne = async (name: keyof SlotFiles) => {
    const file = await openFile(join(folder, name), constants.O_RDWR | constants.O_CREAT);
    opened.push(file);
    return file;
  };
  try {
    return {
      'data.pack': await openOne('data.pack'),
      leaves: await openOne('leaves'),
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

/** Whether the data files have the sizes that the layout gives them. A shorter one has lost blocks. */
export async function haveSizes(files: SlotFiles, layout: SlotLayout): Promise<boolean> {
  const [pack, leaves] = await Promise.all([files['data.pack'].stat(), files.leaves.stat()]);
  return pack.size === packBytes(layout) && leaves.size === leavesBytes(layout);
}

/** Empties both data files and gives them their sizes; where the file system can, without taking the space yet. */
export async function resetSizes(files: SlotFiles, layout: SlotLayout): Promise<void> {
  for (const [file, size] of [
    [files['data.pack'], packBytes(layout)],
    [files.leaves, leavesBytes(layout)],
  ] as const) {
    await file.truncate(0);
    await file.truncate(size);
  }
}

/** Durably forgets which blocks are there. */
export async function eraseState(files: SlotFiles): Promise<void> {
  for (const file of [files['state.a'], files['state.b']]) {
    await file.truncate(0);
    await file.datasync();
  }
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
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done);
    if (bytesRead === 0)
      throw new StoreError('SLOT_FILES_FAILED', { reason: 'the file is shorter than it was', position });
    done += bytesRead;
  }
  return bytes;
}
