import { emptyLiveState, type LiveState } from '../../src/shared/live.ts';
import type {
  AvailabilityRow,
  NodeRow,
  SaleRow,
  StorageRow,
  TableName,
  Tables,
} from '../../src/shared/rows.ts';

/** The tables with these rows, all others empty. */
export function tablesOf(rows: { readonly [T in TableName]?: readonly Tables[T][] }): LiveState['tables'] {
  const filled = Object.entries(rows).map(([name, list]) => [
    name,
    new Map(list.map((row) => [row.id, row])),
  ]);
  return { ...emptyLiveState.tables, ...(Object.fromEntries(filled) as Partial<LiveState['tables']>) };
}

export const nodeRow = (changes: Partial<NodeRow> = {}): NodeRow => ({
  id: 'node',
  state: 'running',
  network: { kind: 'practice', name: 'Practice network' },
  workers: { max: 3, busy: 0 },
  startedAtMs: 0,
  version: '0.1.0',
  token: { symbol: 'TST', decimals: 18 },
  ...changes,
});

export const saleRow = (id: string, changes: Partial<SaleRow> = {}): SaleRow => ({
  id,
  slotId: id,
  requestId: `request of ${id}`,
  slotIndex: 0,
  state: 'proving',
  stateSince: 0,
  startedAt: 0,
  path: [],
  slotSizeBytes: 10_000_000_000n,
  durationSeconds: 3600n,
  pricePerSecond: 1n,
  proofProbability: 1n,
  proofs: { sent: 0, missed: 0, failed: 0, sentAt: [], missedAt: [] },
  gasCost: 0n,
  ...changes,
});

export const offerRow = (id: string, state: AvailabilityRow['state'] = 'active'): AvailabilityRow => ({
  id,
  name: id,
  state,
  totalBytes: 1n,
  freeBytes: 1n,
  soldBytes: 0n,
  downloadingBytes: 0n,
  durationSeconds: 1n,
  minPricePerBytePerSecond: 1n,
  totalCollateral: 1n,
  remainingCollateral: 1n,
  until: 0,
  slots: 0,
  createdAtMs: 0,
});

export const chainRow = (time: number, unreachableSinceMs?: number) => ({
  id: 'chain',
  block: 1,
  time,
  seenAtMs: 0,
  periodSeconds: 60,
  ...(unreachableSinceMs !== undefined && { unreachableSinceMs }),
});

export const moneyRow = (changes: Partial<Tables['money']> = {}): Tables['money'] => ({
  id: 'money',
  earned: 0n,
  slashed: 0n,
  accruing: 0n,
  accruingPerSecond: 0n,
  asOf: 0,
  atRisk: 0n,
  proofsSent: 0,
  proofsMissed: 0,
  ...changes,
});

export const storageRow: StorageRow = {
  id: 'storage',
  folder: '/data',
  quotaBytes: 100n,
  usedBytes: 10n,
  reservedBytes: 20n,
  soldBytes: 10n,
  downloadingBytes: 0n,
  offeredFreeBytes: 20n,
  otherFilesBytes: 30n,
  diskLeftBytes: 40n,
  diskTotalBytes: 100n,
};
