import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixtureSnapshot } from '../../../src/renderer/src/dev/fixture.ts';
import { quotaRoom, quotaText, readQuota } from '../../../src/renderer/src/lib/quotadraft.ts';
import { strengthOf } from '../../../src/renderer/src/lib/passphrase.ts';

const GB = 1_000_000_000n;
const [row] = fixtureSnapshot().tables.storage;
if (!row) throw new Error('The fixture has a disk');
const empty = { ...row, usedBytes: 0n, reservedBytes: 0n };

describe('A quota', () => {
  it('may be all that other files leave, and is suggested with a quarter of that left over', () => {
    const room = quotaRoom({ ...empty, diskTotalBytes: 2000n * GB, otherFilesBytes: 790n * GB });
    expect(room).toEqual({ least: GB, most: 1210n * GB, step: GB, suggested: 907n * GB });
  });

  it('is not smaller than what is stored and promised', () => {
    const room = quotaRoom({ ...empty, usedBytes: 30n * GB, reservedBytes: 10n * GB });
    expect(room.least).toBe(40n * GB);
    expect(readQuota('39', room)).toEqual({ error: expect.stringContaining('40.0 GB') });
    expect(readQuota('40', room)).toEqual({ bytes: 40n * GB });
  });

  it('is read as it is written, whatever it is', () => {
    const room = quotaRoom({ ...empty, diskTotalBytes: 10n ** 15n, otherFilesBytes: 0n });
    fc.assert(
      fc.property(fc.bigInt({ min: room.least, max: room.most }), (bytes) => {
        expect(readQuota(quotaText(bytes), room)).toEqual({ bytes });
      }),
    );
  });

  it.each(['', 'much', '-5', '0'])('is not read from “%s”', (text) => {
    expect(readQuota(text, quotaRoom(empty))).toHaveProperty('error');
  });
});

describe('A passphrase', () => {
  it.each([
    ['1234567', 'short'],
    ['abababab', 'plain'],
    ['aaaaaaaaaaaaaaaaaaaaaaaa', 'plain'],
    ['abcdefgh', 'weak'],
    ['password1', 'weak'],
    ['correct horse battery staple', 'good'],
    ['k3!Vz9_qLp2', 'good'],
  ] as const)('%s is %s', (passphrase, strength) => {
    expect(strengthOf(passphrase)).toBe(strength);
  });
});
