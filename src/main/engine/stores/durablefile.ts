import { dirname } from 'node:path';
import { diskFiles, type FileSystem } from './filesystem.ts';

/**
 * Writes a small file so that after a crash it is there whole, or not at all. With `mode` nobody whom that shuts out can
 * read it at any moment.
 */
export async function writeFileDurably(
  path: string,
  content: string | Uint8Array,
  fs: FileSystem = diskFiles,
  { mode }: { mode?: number } = {},
): Promise<void> {
  const temporary = `${path}.new`;
  const file = await fs.open(temporary, 'w', mode);
  try {
    // One that was left behind keeps the mode it had.
    if (mode !== undefined) await file.chmod(mode);
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await fs.rename(temporary, path);
  await syncFolder(dirname(path), fs);
}

/** Makes the names in a folder durable. Windows has no such call and needs none. */
export async function syncFolder(folder: string, fs: FileSystem = diskFiles): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await fs.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
