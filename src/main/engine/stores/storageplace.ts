import { join } from 'node:path';
import { z } from 'zod';
import { writeFileDurably } from './durablefile.ts';
import { StoreError, systemCode } from './errors.ts';
import { diskFiles, type FileSystem } from './filesystem.ts';

/** Where the slots of a data folder lie, and what is under way about that. */
export interface StoragePlace {
  readonly folder: string;
  /** They are being copied to another folder. `isCopied`: all that was there has been; the next start goes there. */
  readonly move?: { readonly to: string; readonly isCopied: boolean } | undefined;
  /** They lay here before; what is left of them is to be deleted. */
  readonly leaving?: string | undefined;
}

/** In the data folder itself, unless the owner moved them. */
export const defaultSlotFolder = (dataDir: string): string => join(dataDir, 'slots');

/** @throws StoreError STORAGE_RECORD_DAMAGED */
export async function loadPlace(dataDir: string, fs: FileSystem = diskFiles): Promise<StoragePlace> {
  const path = pathOf(dataDir);
  let text: string;
  try {
    text = Buffer.from(await fs.read(path)).toString('utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { folder: defaultSlotFolder(dataDir) };
    throw damaged(path, error);
  }
  try {
    const place = placeSchema.parse(JSON.parse(text));
    return { ...place, folder: place.folder ?? defaultSlotFolder(dataDir) };
  } catch (error) {
    throw damaged(path, error);
  }
}

/** Durable when it resolves; a crash leaves the one before, or this one. */
export async function savePlace(
  dataDir: string,
  place: StoragePlace,
  fs: FileSystem = diskFiles,
): Promise<void> {
  // A data folder that is moved as a whole takes with it what is inside.
  const folder = place.folder === defaultSlotFolder(dataDir) ? undefined : place.folder;
  await writeFileDurably(pathOf(dataDir), `${JSON.stringify({ ...place, folder }, undefined, 2)}\n`, fs);
}

const pathOf = (dataDir: string): string => join(dataDir, 'storage.json');

/** To guess here would be to take all slots for lost. */
function damaged(path: string, cause: unknown): StoreError {
  const message = `Where the slots are stored cannot be read from ${path}. Correct the file, or delete it if they are in the data folder itself.`;
  return new StoreError('STORAGE_RECORD_DAMAGED', { path }, { cause, message });
}

const folder = z.string().min(1);
const placeSchema = z.strictObject({
  folder: folder.optional(),
  move: z.strictObject({ to: folder, isCopied: z.boolean() }).optional(),
  leaving: folder.optional(),
});
