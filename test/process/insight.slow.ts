import { afterEach, expect, test } from 'vitest';
import { HeadlessProcess, openWindow, temporaryFolder } from '../support/headless.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const terms = {
  totalBytes: 64_000_000n,
  durationSeconds: 3600n,
  minPricePerBytePerSecond: 1n,
  totalCollateral: 10n ** 24n,
};

test('a node on the practice chain tells why not, what an offer would have sold, and what is at risk', async () => {
  await using folder = await temporaryFolder();
  const headless = new HeadlessProcess(['--data', folder.path, '--scenario', 'demo', '--speed', '15']);
  closing.push(() => headless.stop('SIGKILL'));
  const window = openWindow(await headless.url());
  closing.push(() => window.close());
  const { client } = window;
  await window.until(({ node }) => node.get('node')?.state === 'running');
  // One that sells, and one that is too dear for everybody.
  const { id: cheap } = await client.createAvailability({ name: 'Cheap', ...terms });
  const { id: dear } = await client.createAvailability({
    name: 'Dear',
    ...terms,
    minPricePerBytePerSecond: 2n ** 200n,
  });
  const filled = await window.until(
    ({ sales }) => [...sales.values()].find(({ filledAt }) => filledAt !== undefined),
    90_000,
  );

  const { counts, recent } = await client.whyNot({});
  const rulesOf = (offer: string) => counts.filter((count) => count.availabilityId === offer);
  expect(rulesOf(cheap).map(({ rule }) => rule)).toContain('matched');
  expect(rulesOf(dear).map(({ rule }) => rule)).toEqual(['price']);
  const sold = recent.find(({ requestId }) => requestId === filled.requestId);
  expect(sold?.offers.find(({ availabilityId }) => availabilityId === dear)?.obstacles).toMatchObject([
    {
      rule: 'price',
      smallestChange: {
        kind: 'change',
        changes: { minPricePerBytePerSecond: sold?.pricePerBytePerSecond },
      },
    },
  ]);

  const now = filled.filledAt ?? 0;
  const report = await client.backtest({ ...terms, from: now - 86_400, until: now + 1_000_000 });
  expect(report.requests).toBeGreaterThan(0);
  expect(report.matched.requests).toBeGreaterThan(0);
  expect(report.withCapacity.earned).toBeGreaterThan(0n);
  const none = await client.backtest({ ...terms, from: now - 86_400, until: now - 86_400 });
  expect(none.matched.requests).toBe(0);
  expect(none.nearestMisses.length).toBeGreaterThan(0);

  const risk = await client.risk({});
  expect(risk.slots.map(({ slotId }) => slotId)).toContain(filled.slotId);
  expect(risk.atRisk).toBeGreaterThan(0n);
  expect(risk.safeSeconds.noSlash).toBeGreaterThanOrEqual(0);
  expect(await headless.stop('SIGTERM')).toBe(0);
});
