import { expect, it } from 'vitest';
import { playRuns } from '../../../support/chainruns/playruns.ts';

/** Four stretches, so that a failure late in the night does not hide what came before it. */
for (const from of [10_001, 10_251, 10_501, 10_751]) {
  it(`a node keeps its word in 250 runs over faulty servers and a forking chain, from seed ${from} on`, async () => {
    const report = await playRuns(from, 250);
    process.stdout.write(`${JSON.stringify(report)}\n`);
    expect(report.takenBack).toBeGreaterThan(100);
    expect(report.fills).toBeGreaterThan(250);
  });
}
