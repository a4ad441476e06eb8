import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import type { DemoSummary } from '../../src/main/demo/demo.ts';
import { HeadlessProcess } from '../support/headless.ts';

const demoFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('slotkeeper-demo-'));
const chains = () =>
  execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('slotkeeper-demo-'));

test.each([
  ['direct', 'http', 'tcp', 'told'],
  ['vault', 'ws', 'libp2p', 'dht'],
])(
  'the demo of the %s family, by %s and %s, its client %s, sells, proves and is paid within three minutes, and sums it up for a machine',
  { timeout: 200_000 },
  async (family, transport, exchange, peers) => {
    const before = demoFolders();
    const practice = ['--family', family, '--transport', transport, '--exchange', exchange, '--peers', peers];
    const demo = new HeadlessProcess(['--demo', '--exit-after-payout', '--json', ...practice]);
    expect(await demo.ended(), demo.output).toBe(0);
    const summary = JSON.parse(/^\{.*\}$/m.exec(demo.output)?.[0] ?? '') as DemoSummary;
    expect(summary).toMatchObject({ family, transport, exchange });
    expect(summary.slotsFilled).toBeGreaterThanOrEqual(4);
    expect(summary.slotsProven).toBeGreaterThanOrEqual(4);
    expect(summary.proofsSent).toBeGreaterThanOrEqual(4);
    expect(summary.payouts).toBeGreaterThanOrEqual(1);
    expect(BigInt(summary.paid)).toBeGreaterThan(0n);
    expect(summary.lostToRival + summary.refused).toBeGreaterThanOrEqual(1);
    // By one worker it would be nine rounds. Downloads overlap by chance: their reservations may be mined a block apart.
    expect(summary.rounds).toMatchObject({ slots: 9, of: 9 });
    expect(summary.rounds?.rounds).toBeLessThanOrEqual(4);
    expect(demo.output).toMatch(/All 9 slots of a request taken in \d rounds: up to [23] downloaded at once/);
    expect(summary.ledger.holds).toBe(true);
    expect(summary.seconds).toBeLessThan(180);
    expect(demo.output).toMatch(/HEADLESS http:\/\/127\.0\.0\.1:\d+\/#token=\S{40,}/);
    expect(demoFolders()).toEqual(before);
    expect(chains()).toEqual([]);
  },
);

test('Ctrl-C ends the demo in order', async () => {
  const demo = new HeadlessProcess(['--demo']);
  await demo.waitFor(/Offered/);
  expect(await demo.stop('SIGINT'), demo.output).toBe(0);
  expect(chains()).toEqual([]);
});
