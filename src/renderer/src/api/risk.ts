import type { RiskReport } from '../../../shared/insight.ts';
import { useWallNow } from '../lib/now.ts';
import { heldSlots } from '../lib/salefolds.ts';
import { useAnswer, type Answer } from './answer.ts';
import { useConnection, useFolded, useOnly } from './node.tsx';

/**
 * What the slots we hold put at risk, asked again each minute and whenever they or their misses change. Nothing is
 * asked while none is held.
 */
export function useRisk(): Answer<RiskReport> {
  const { client } = useConnection();
  const isRunning = useOnly('node')?.state === 'running';
  const { slots, version } = useFolded(heldSlots);
  const minute = Math.floor(useWallNow() / 60_000);
  return useAnswer(async () => client.risk({}), isRunning && slots > 0 ? { minute, version } : undefined);
}
