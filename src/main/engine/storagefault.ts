import type { StorageRow } from '../../shared/rows.ts';
import { describeError } from './errors.ts';
import type { DiskSpace } from './stores/diskspace.ts';
import type { StoreError } from './stores/errors.ts';

/** What keeps slots from being read or written, for a person; undefined when nothing does. */
export function storageFault(
  error: StoreError | undefined,
  { freeBytes, totalBytes }: DiskSpace,
  folder: string,
): StorageRow['fault'] {
  if (error) return { code: error.code, message: describeError(error) };
  const least = totalBytes / 100n < LEAST_FREE_BYTES ? totalBytes / 100n : LEAST_FREE_BYTES;
  if (freeBytes >= least) return undefined;
  const message = `The disk of ${folder} is full: nothing more can be stored, and harmed data cannot be fetched again. Free some space, or lower the quota.`;
  return { code: 'DISK_FULL', message };
}

/** With less the small files of the node may not find room either; of a small disk a hundredth. */
const LEAST_FREE_BYTES = 64n * 2n ** 20n;
