import { describe, expect, test } from 'vitest';
import { silentLogger } from '../../../src/main/engine/logger.ts';
import { changedQuota, quotaFor } from '../../../src/main/engine/quota.ts';

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

describe('another quota for a node that runs', () => {
  const change = (asked: bigint | undefined, freeBytes: bigint, storedBytes = 0n) =>
    changedQuota({ asked, storedBytes, disk: { freeBytes } });

  test('is never more than the disk has, also where slots are held', () => {
    expect(change(5n * GB, 2n * GB, 3n * GB)).toBe(5n * GB);
    expect(() => change(5n * GB + 1n, 2n * GB, 3n * GB)).toThrow(/\(5000000000 bytes\)\. Free some space/);
  });

  test('is the default when none is asked for any more', () => {
    expect(change(undefined, 500n * GB)).toBe(20n * GB);
    expect(change(undefined, 9n * GB, 1n * GB)).toBe(9n * GB);
  });
});
