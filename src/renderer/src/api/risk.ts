import type { RiskReport } from '../../../shared/insight.ts';
import { runningSales } from '../../../shared/status.ts';
import { useWallNow } from '../lib/now.ts';
import { useAnswer, type Answer } from './answer.ts';
import { useConnection, useOnly, useTable } from './node.tsx';

/**
 * What the slots we hold put at risk, asked again each minute and whenever they or their misses change. Nothing is
 * asked while none is held.
 */
export function useRisk(): Answer<RiskReport> {
  const { client } = useConnection();
  const isRunning = useOnly('node')?.state === 'running';
  const held = runningSales(useTable('sales').values());
  const minute = Math.floor(useWallNow() / 60_000);
  const slots = held.map(({ slotId, proofs }) => `${slotId} ${proofs.missed}`).join();
  return useAnswer(async () => client.risk({}), isRunning && held.length > 0 ? { minute, slots } : undefined);
}
