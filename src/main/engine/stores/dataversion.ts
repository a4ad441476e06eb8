import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreError, systemCode } from './errors.ts';
import { writeFileDurably } from './durablefile.ts';

/** Rises when older versions of Slotkeeper could not read what we write. */
export const DATA_VERSION = '1';
/** In every data folder that was used. */
export const VERSION_FILE = 'version';

/**
 * Marks a new data folder with our version, and refuses one of another.
 * @throws StoreError DATA_FOLDER_OF_ANOTHER_VERSION
 */
export async function checkVersion(folder: string): Promise<void> {
  const file = join(folder, VERSION_FILE);
  const found = await readVersion(file);
  if (found === DATA_VERSION) return;
  // The mark is written before the database is made: a database without it is none of ours.
  if (found === undefined && !(await exists(join(folder, 'database')))) {
    await writeFileDurably(file, `${DATA_VERSION}\n`);
    return;
  }
  const shown = found === undefined ? 'unknown' : found.slice(0, 40);
  throw new StoreError(
    'DATA_FOLDER_OF_ANOTHER_VERSION',
    { folder, found: shown, supported: DATA_VERSION },
    {
      message: `The data in ${folder} has version ${shown}, but this Slotkeeper reads version ${DATA_VERSION}. Use the Slotkeeper that wrote it, or choose another data folder.`,
    },
  );
}

async function readVersion(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
