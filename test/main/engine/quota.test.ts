import { describe, expect, test } from 'vitest';
import { silentLogger } from '../../../src/main/engine/logger.ts';
import { quotaFor } from '../../../src/main/engine/quota.ts';

const GB = 1_000_000_000n;
const quota = (asked: bigint | undefined, freeBytes: bigint, storedBytes = 0n) => {
  const warned: string[] = [];
  const logger = { ...silentLogger, warn: (message: string) => void warned.push(message) };
  return { bytes: quotaFor({ asked, storedBytes, disk: { freeBytes } }, logger), warned };
};

describe('the quota', () => {
  test('is what was asked, up to the last byte the disk has free', () => {
    expect(quota(5n * GB, 5n * GB).bytes).toBe(5n * GB);
    expect(() => quota(5n * GB + 1n, 5n * GB)).toThrow(/5000000001 bytes is larger .* \(5000000000 bytes\)/);
  });

  test('counts what slots take on the disk already as ours', () => {
    expect(quota(5n * GB, 2n * GB, 3n * GB)).toEqual({ bytes: 5n * GB, warned: [] });
  });

  test('does not keep a node from proving what it holds when other files filled the disk; it warns', () => {
    const { bytes, warned } = quota(5n * GB, 1n * GB, 3n * GB);
    expect(bytes).toBe(5n * GB);
    expect(warned).toHaveLength(1);
  });

  test('is 20 GB when nothing was asked, and less on a small disk', () => {
    expect(quota(undefined, 500n * GB).bytes).toBe(20n * GB);
    expect(quota(undefined, 10n * GB).bytes).toBe(9n * GB);
    expect(quota(undefined, 0n).bytes).toBe(0n);
  });
});
