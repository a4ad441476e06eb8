import { describe, expect, it, vi } from 'vitest';
import { planOf } from '../../../support/simulation/plan.ts';
import { playSeed, playSeeds } from '../../../support/simulation/report.ts';
import { simulate } from '../../../support/simulation/simulation.ts';
import type { Trace } from '../../../support/simulation/trace.ts';
import { watchLeaks } from '../../../support/noleaks.ts';

vi.mock('node:crypto', async (actual) => ({
  ...(await actual<object>()),
  ...(await import('../../../support/simulation/seededcrypto.ts')),
}));

/** `SEED=…` plays one schedule instead, and tells it step by step when it fails. */
const { SEED: only } = process.env;

describe('a node through schedules of chance', () => {
  it('breaks no invariant in 1,000 of them, whatever is done to it', { timeout: 600_000 }, async () => {
    const expectNoLeaks = watchLeaks();
    if (only === undefined) expect((await playSeeds(1, 1000)).steps).toBeGreaterThan(100_000);
    else await playSeed(Number(only));
    await expectNoLeaks();
  });

  it('goes the very same way each time a seed is played', async () => {
    const [first, second]: [Trace, Trace] = [[], []];
    await simulate(planOf(7), { trace: first });
    await simulate(planOf(7), { trace: second });
    expect(first.length).toBeGreaterThan(20);
    expect(second).toEqual(first);
  });
});
