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

/** Offered by itself when the owner set nothing: 20 GB, or nine tenths of what the disk can give us. */
const DEFAULT_QUOTA_BYTES = 20_000_000_000n;

/**
 * Bytes the node may use. What the disk cannot give is refused before anything is promised; but a node that holds slots
 * starts all the same, since they have to be proven whatever else fills the disk.
 * @throws QuotaError QUOTA_OVER_DISK
 */
export function quotaFor({ asked, storedBytes, disk }: QuotaFacts, logger: Logger): bigint {
  const possible = disk.freeBytes + storedBytes;
  if (asked === undefined) return smaller(DEFAULT_QUOTA_BYTES, (possible * 9n) / 10n);
  if (asked <= possible) return asked;
  const details = { quotaBytes: asked, possibleBytes: possible };
  const message = `The quota of ${asked} bytes is larger than what the disk has free for it (${possible} bytes). Free some space or set a smaller quota.`;
  if (storedBytes === 0n) throw new QuotaError('QUOTA_OVER_DISK', details, { message });
  logger.warn(
    'The disk has less free than the quota promises; slots that are held are proven all the same',
    details,
  );
  return asked;
}

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
