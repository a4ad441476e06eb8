import { expect, it, vi } from 'vitest';
import { playSeeds } from '../../../support/simulation/report.ts';
import { watchLeaks } from '../../../support/noleaks.ts';

vi.mock('node:crypto', async (actual) => ({
  ...(await actual<object>()),
  ...(await import('../../../support/simulation/seededcrypto.ts')),
}));

it('a node breaks no invariant in 10,000 schedules of chance', async () => {
  const expectNoLeaks = watchLeaks();
  const { steps } = await playSeeds(100_001, 10_000);
  expect(steps).toBeGreaterThan(1_000_000);
  await expectNoLeaks();
});
