import type { Insights } from '../../src/main/engine/insight/insight.ts';
import type { SlotkeeperNode } from '../../src/main/engine/node.ts';
import { View } from '../../src/main/engine/view.ts';
import { noAccounts } from './accountfixtures.ts';
import { noInsight } from './insightfixtures.ts';
import { RowTables } from './rowtables.ts';
import { aNode, aWorld, settled } from './salesfixtures.ts';

/** The parts of a node over a world in memory, not following any chain. */
export async function fakeNode(log: string[], insight: Insights = noInsight): Promise<SlotkeeperNode> {
  const world = aWorld();
  const { reservations, sales, queue } = await aNode(world);
  const diskSpace = async () => ({ freeBytes: 1n, totalBytes: 1n });
  const view = new View(
    { rows: new RowTables(), clock: world.clock, sales, queue, reservations, diskSpace },
    { folder: '', periodSeconds: 60, token: { symbol: 'TST', decimals: 18 } },
  );
  const stop = async () => {
    await settled();
    log.push('node stopped');
  };
  const setQuota: SlotkeeperNode['setQuota'] = (asked, write) =>
    reservations.setQuotaMax(asked ?? 20_000_000_000n, write);
  const setScrubRate = (bytesPerSecond: number) => void log.push(`scrub ${bytesPerSecond}`);
  return { reservations, sales, insight, accounts: noAccounts, view, setQuota, setScrubRate, stop };
}
