import { EngineError } from './errors.ts';
import type { Logger } from './logger.ts';
import type { DiskSpace } from './stores/diskspace.ts';

export class QuotaError extends EngineError<'QUOTA_OVER_DISK'> {}

export interface QuotaFacts {
  /** What the owner set, bytes; undefined when nothing was set. */
  readonly asked: bigint | undefined;
  /** Bytes of slots that are on the disk already. */
  readonly storedBytes: bigint;
  readonly disk: Pick<DiskSpace, 'freeBytes'>;
}

/**
 * Bytes for a node that runs and whose owner asks for another quota, or for the default one again. Unlike at a start
 * nothing is allowed beyond the disk: what is in force stays then, and nothing that is held depends on the change.
 * @throws QuotaError QUOTA_OVER_DISK
 */
export function changedQuota({ asked, storedBytes, disk }: QuotaFacts): bigint {
  const possible = disk.freeBytes + storedBytes;
  if (asked === undefined) return defaultQuota(possible);
  if (asked <= possible) return asked;
  throw overDisk(asked, possible);
}

/** Offered by itself when the owner set nothing: 20 GB, or nine tenths of what the disk can give us. */
const DEFAULT_QUOTA_BYTES = 20_000_000_000n;

/**
 * Bytes the node may use. What the disk cannot give is refused before anything is promised; but a node that holds slots
 * starts all the same, since they have to be proven whatever else fills the disk.
 * @throws QuotaError QUOTA_OVER_DISK
 */
export function quotaFor({ asked, storedBytes, disk }: QuotaFacts, logger: Logger): bigint {
  const possible = disk.freeBytes + storedBytes;
  if (asked === undefined) return defaultQuota(possible);
  if (asked <= possible) return asked;
  if (storedBytes === 0n) throw overDisk(asked, possible);
  logger.warn('The disk has less free than the quota promises; slots that are held are proven all the same', {
    quotaBytes: asked,
    possibleBytes: possible,
  });
  return asked;
}

const defaultQuota = (possible: bigint): bigint => smaller(DEFAULT_QUOTA_BYTES, (possible * 9n) / 10n);

function overDisk(asked: bigint, possible: bigint): QuotaError {
  const message = `The quota of ${asked} bytes is larger than what the disk has free for it (${possible} bytes). Free some space or set a smaller quota.`;
  return new QuotaError('QUOTA_OVER_DISK', { quotaBytes: asked, possibleBytes: possible }, { message });
}

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
