import { describe, expect, it, vi } from 'vitest';
import { playSeed } from '../../../support/simulation/report.ts';

vi.mock('node:crypto', async (actual) => ({
  ...(await actual<object>()),
  ...(await import('../../../support/simulation/seededcrypto.ts')),
}));

/**
 * Schedules that once broke an invariant, and what it was. With the harness their course changes, so the smallest form of
 * what they found is a test of its own in `simulation-findings.test.ts` wherever there is one.
 */
const found: readonly [seed: number, was: string][] = [
  [26, 'a payout of an expired request, collected just before a kill, was told as a full one'],
  [75, 'the same by another way'],
  [55, 'what a cancelled sale answered was dropped, and the slot that was ours had no agent'],
  [83, 'a slot that was paid out was taken up once more when its events were heard again after a restart'],
  [834, 'a fill that a full disk made the node forget was paid, and had no record in the history'],
  [
    826,
    'a fill mined after the expiry brought a request to life while another slot of it was being collected',
  ],
  [978, 'a slot filled after the expiry was tried to be paid out for ever'],
  [1517, 'a sale whose money is stuck was taken up again as soon as it ended'],
  [1824, 'a fill was sent so late that the request had expired when it was mined'],
  [3727, 'a slot that was paid out was taken up again, and its record named another collateral'],
  [101_751, 'the record of an ended sale was written over by the next one while the disk was full'],
  [105_521, 'a sale was given up and its bytes deleted though its lost fill had come through'],
];

describe('a schedule that once broke an invariant breaks none any more', () => {
  it.each(found)('seed %i: %s', async (seed) => {
    expect(await playSeed(seed)).toBeGreaterThan(0);
  });
});
