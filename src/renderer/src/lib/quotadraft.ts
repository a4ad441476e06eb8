import type { StorageRow } from '../../../shared/rows.ts';
import { bytesText, exactTokens, GB, parseBytes } from '../../../shared/units.ts';
import { t } from '../i18n/t.ts';

/** What a quota may be, and steps of a slider that are fine enough for the disk. Bytes. */
export interface QuotaRoom {
  /** What files and promises take already. */
  readonly least: bigint;
  /** All that other files leave. */
  readonly most: bigint;
  readonly step: bigint;
  /** Three quarters of it, so that the disk does not fill up with ours. */
  readonly suggested: bigint;
}

export function quotaRoom(storage: StorageRow): QuotaRoom {
  const { usedBytes, reservedBytes, otherFilesBytes, diskTotalBytes } = storage;
  const taken = usedBytes + reservedBytes;
  const most = diskTotalBytes > otherFilesBytes ? diskTotalBytes - otherFilesBytes : 0n;
  const step = stepFor(most);
  const suggested = rounded((most * 3n) / 4n, most >= 10n * GB ? GB : step);
  return { least: taken > step ? taken : step, most, step, suggested: suggested > taken ? suggested : taken };
}

/** The quota that a text says, or what to enter instead. */
export function readQuota(
  text: string,
  { least, most }: QuotaRoom,
): { readonly bytes: bigint } | { readonly error: string } {
  const parsed = parseBytes(text);
  if (!parsed.ok) {
    return {
      error: parsed.code === 'AMBIGUOUS' ? t('offerError.ambiguous', { example: '20' }) : t('quota.notSize'),
    };
  }
  if (parsed.value > most) return { error: t('quota.overDisk', { most: bytesText(most) }) };
  if (parsed.value < least) return { error: t('quota.tooSmall', { least: bytesText(least) }) };
  return { bytes: parsed.value };
}

/** GB with every digit, as one would type it. */
export const quotaText = (bytes: bigint): string => exactTokens(bytes, 9);

function stepFor(most: bigint): bigint {
  if (most >= 100n * GB) return GB;
  return most >= 10n * GB ? GB / 10n : GB / 100n;
}

const rounded = (bytes: bigint, step: bigint): bigint => bytes - (bytes % step);
