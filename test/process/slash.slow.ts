import { afterEach, expect, test } from 'vitest';
import { typicalOffer } from '../../src/shared/practicemarket.ts';
import type { PracticeSlash } from '../../src/shared/practiceslash.ts';
import { HeadlessProcess, openWindow, temporaryFolder, type NodeWindow } from '../support/headless.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const offer = {
  name: 'Spare disk',
  totalBytes: 64_000_000n,
  durationSeconds: BigInt(typicalOffer.maxDurationSeconds),
  minPricePerBytePerSecond: typicalOffer.minPricePerBytePerSecond,
  totalCollateral: typicalOffer.collateralPerByte * 64_000_000n,
};

test.each([
  ['direct', 'http', 'tcp', 15],
  ['vault', 'ws', 'libp2p', 60],
])(
  'on demand the %s family, by %s and %s, at speed %d slashes a slot once, for a proof that did not come, and the sale goes on',
  { timeout: 240_000 },
  async (family, transport, exchange, speed) => {
    await using folder = await temporaryFolder();
    const practice = ['--family', family, '--transport', transport, '--exchange', exchange];
    const headless = new HeadlessProcess(['--data', folder.path, ...practice, '--speed', String(speed)]);
    closing.push(() => headless.stop('SIGKILL'));
    const window = openWindow(await headless.url());
    closing.push(() => window.close());
    const { client } = window;
    await window.until(({ node }) => node.get('node')?.state === 'running');
    await expect(client.makePracticeSlash({})).rejects.toMatchObject({ code: 'PRACTICE_NO_SLOT' });

    await client.createAvailability(offer);
    const { slotId, cost } = await firstSlash(window);
    await expect(client.makePracticeSlash({})).rejects.toMatchObject({ code: 'PRACTICE_SLASH_UNDER_WAY' });
    const over = await window.until(({ node }) => {
      const slash = node.get('node')?.practiceSlash;
      return slash?.state === 'slashed' ? slash : undefined;
    }, 180_000);
    expect(over).toMatchObject({ slotId, cost });

    const sale = await window.until(({ sales }) =>
      [...sales.values()].find((row) => row.slotId === slotId && row.proofs.missed > 0),
    );
    expect(sale).toMatchObject({ state: 'proving', proofs: { missed: 1 } });
    expect(sale.proofs.lastFailure?.text).toContain('held back on demand');
    expect(cost).toBeGreaterThan(0n);
    expect(sale.currentCollateral).toBe((sale.collateral ?? 0n) - cost);
    await expect
      .poll(
        async () => (await client.accountTotals({})).sales.find((sum) => sum.slotId === slotId)?.slashed,
        {
          timeout: 30_000,
        },
      )
      .toBe(-cost);

    // It goes on as if nothing had been: the next proof is sent, and none more is missed.
    const later = await window.until(
      ({ sales }) =>
        [...sales.values()].find((row) => row.slotId === slotId && row.proofs.sent > sale.proofs.sent),
      120_000,
    );
    expect(later).toMatchObject({ proofs: { missed: 1 } });
    expect(await headless.stop('SIGTERM')).toBe(0);
  },
);

/** As soon as there is a slot that could be slashed. */
async function firstSlash(window: NodeWindow): Promise<PracticeSlash> {
  await window.until(({ sales }) => [...sales.values()].some(({ state }) => state === 'proving'), 120_000);
  return window.client.makePracticeSlash({});
}
