import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfAborted } from '../lib/abort.ts';
import { syncFolder, writeFileDurably } from './durablefile.ts';
import { StoreError, systemCode } from './errors.ts';
import type { FileSystem } from './filesystem.ts';
import { tryReadAt, writeAt } from './slotfiles.ts';
import { stateCopies } from './slotstate.ts';

export interface CopyOptions {
  readonly fs: FileSystem;
  readonly signal: AbortSignal;
  /** Called as bytes are copied, each counted once. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Copies a slot's folder, also while the slot is in use: the states are read first, so that the copy never claims more
 * than it has, and a change meanwhile shows by `isSameSlot`. The copy takes its name once all of it is durable and was
 * read back. What the disk cannot read any more becomes zeros, which no digest fits: it is found harmed and fetched again.
 * @throws StoreError COPY_NOT_TRUE
 */
export async function copySlot(from: string, to: string, options: CopyOptions): Promise<void> {
  const { fs } = options;
  const unfinished = `${to}${UNFINISHED}`;
  await fs.remove(unfinished);
  await fs.makeFolder(unfinished);
  const states = await readStates(from, fs);
  for (const name of await filesOf(from, fs)) {
    if (!isState(name)) await copyFile(join(from, name), join(unfinished, name), options);
  }
  for (const [name, bytes] of states) await writeFileDurably(join(unfinished, name), bytes, fs);
  await syncFolder(unfinished, fs);
  await fs.remove(to);
  await fs.rename(unfinished, to);
}

/** Whether the copy has what the slot has: each change of blocks is followed by another state. */
export async function isSameSlot(from: string, to: string, fs: FileSystem): Promise<boolean> {
  if (!(await fs.hasFolder(to))) return false;
  const names = await filesOf(from, fs);
  if (names.join() !== (await filesOf(to, fs)).join()) return false;
  for (const name of names) {
    const isSmall = isState(name) || name === 'manifest';
    const same = isSmall
      ? Buffer.compare(await fs.read(join(from, name)), await fs.read(join(to, name))) === 0
      : (await fileBytes(join(from, name), fs)) === (await fileBytes(join(to, name), fs));
    if (!same) return false;
  }
  return true;
}

/** Of all files of a slot, holes counted. */
export async function slotBytes(folder: string, fs: FileSystem): Promise<number> {
  let bytes = 0;
  for (const name of await filesOf(folder, fs)) bytes += await fileBytes(join(folder, name), fs);
  return bytes;
}

export const UNFINISHED = '.moving';

const isState = (name: string): boolean => (stateCopies as readonly string[]).includes(name);

const filesOf = async (folder: string, fs: FileSystem): Promise<string[]> =>
  (await fs.list(folder)).filter((name) => !name.endsWith('.new')).sort();

async function readStates(folder: string, fs: FileSystem): Promise<[name: string, bytes: Uint8Array][]> {
  const states: [string, Uint8Array][] = [];
  for (const name of stateCopies) {
    try {
      states.push([name, await fs.read(join(folder, name))]);
    } catch (error) {
      // The other copy may be whole; without any the slot holds nothing.
      if (systemCode(error) !== 'ENOENT' && systemCode(error) !== 'EIO') throw error;
    }
  }
  return states;
}

async function fileBytes(path: string, fs: FileSystem): Promise<number> {
  const file = await fs.open(path, 'r');
  try {
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

async function copyFile(from: string, to: string, { fs, signal, onBytes }: CopyOptions): Promise<void> {
  const source = await fs.open(from, 'r');
  try {
    const target = await fs.open(to, 'w+');
    try {
      const { size } = await source.stat();
      const written = createHash('sha256');
      for await (const { bytes, position } of chunks(source, size, signal)) {
        // Holes stay holes.
        if (!isZero(bytes)) await writeAt(target, bytes, position);
        written.update(bytes);
        onBytes(bytes.length);
      }
      await target.truncate(size);
      await target.sync();
      const readBack = createHash('sha256');
      for await (const { bytes } of chunks(target, size, signal)) readBack.update(bytes);
      if (!written.digest().equals(readBack.digest())) throw notTrue(to);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function* chunks(file: FileHandle, size: number, signal: AbortSignal) {
  for (let position = 0; position < size; position += CHUNK_BYTES) {
    throwIfAborted(signal);
    const length = Math.min(CHUNK_BYTES, size - position);
    yield {
      position,
      bytes: (await tryReadAt(file, length, position)) ?? (await readPieces(file, length, position)),
    };
  }
}

/** As much of it as can be read, zeros for the rest. */
async function readPieces(file: FileHandle, length: number, position: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += PIECE_BYTES) {
    const piece = await tryReadAt(file, Math.min(PIECE_BYTES, length - at), position + at);
    if (piece) bytes.set(piece, at);
  }
  return bytes;
}

const isZero = (bytes: Uint8Array): boolean => Buffer.compare(bytes, ZEROS.subarray(0, bytes.length)) === 0;

function notTrue(path: string): StoreError {
  const message = `What was copied to ${path} reads differently. The disk may be failing; nothing was deleted.`;
  return new StoreError('COPY_NOT_TRUE', { path }, { message });
}

const CHUNK_BYTES = 2 ** 20;
const PIECE_BYTES = 4096;
const ZEROS = new Uint8Array(CHUNK_BYTES);
