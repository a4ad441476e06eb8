import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from './errors.ts';

export interface DiskSpace {
  /** What we may still write, without the part kept for the system. */
  readonly freeBytes: bigint;
  readonly totalBytes: bigint;
}

/** The space of the disk a folder is on, or will be on: for a folder not made yet, its nearest parent is asked. */
export async function diskSpace(folder: string): Promise<DiskSpace> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder, { bigint: true });
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch (error) {
    const parent = dirname(folder);
    if (systemCode(error) !== 'ENOENT' || parent === folder) throw error;
    return await diskSpace(parent);
  }
}
