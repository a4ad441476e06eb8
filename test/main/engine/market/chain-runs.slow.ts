import { expect, it } from 'vitest';
import { playRuns } from '../../../support/chainruns/playruns.ts';

/** `SEED=17 npx vitest run --project slow test/main/engine/market/chain-runs.slow.ts` plays one. */
const asked = process.env.SEED;
const [from, count] = asked === undefined ? [1, 8] : [Number(asked), 1];

const words =
  'tells every event once, fills no slot twice and leaves nothing stuck, whatever servers and chain do';

it(words, { timeout: 300_000 }, async () => {
  const report = await playRuns(from, count);
  expect(report.runs).toBe(count);
  if (asked !== undefined) return;
  // A world in which nothing happens would prove nothing.
  expect(report.forks).toBeGreaterThan(count / 2);
  expect(report.lives).toBeGreaterThan(count);
  expect(report.fills).toBeGreaterThan(count);
  expect(Object.keys(report.faults).length).toBeGreaterThan(8);
});
