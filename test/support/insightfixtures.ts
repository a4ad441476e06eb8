import type { RequestId } from '../../src/main/engine/contracts/ids.ts';
import { pricePerSlot, type StorageAsk } from '../../src/main/engine/contracts/requests.ts';
import type { StorageRequested } from '../../src/main/engine/market/market.ts';
import type { Availability, Quota } from '../../src/main/engine/sales/availability.ts';
import type { Insights } from '../../src/main/engine/insight/insight.ts';
import { exampleAsk, word } from './requests.ts';
import { availabilityId } from './salesfixtures.ts';

/** A request as the market tells of it, of which the test says what it cares about. */
export function aRequested({
  request = 1,
  expiresAt = 1_700_000_600,
  ...ask
}: Partial<StorageAsk> & { request?: number; expiresAt?: number } = {}): StorageRequested {
  return {
    name: 'StorageRequested',
    requestId: word<RequestId>(BigInt(request) * 2n ** 224n + 1n),
    ask: { ...exampleAsk, ...ask },
    expiresAt,
    blockNumber: request,
    logIndex: 0,
    transactionHash: `0x${'77'.repeat(32)}`,
  };
}

/** An empty offer in which the example request fits eight slots at its terms. */
export function anOffer(changes: Partial<Availability> = {}): Availability {
  const totalSize = changes.totalSize ?? 8n * exampleAsk.slotSize;
  const totalCollateral = changes.totalCollateral ?? 100n * totalSize;
  return {
    id: availabilityId(1),
    name: 'Example',
    totalSize,
    freeSize: totalSize,
    duration: 3600n,
    minPricePerBytePerSecond: 7n,
    totalCollateral,
    totalRemainingCollateral: totalCollateral,
    enabled: true,
    isDraining: false,
    until: 0,
    createdAtMs: 0,
    ...changes,
  };
}

export const someQuota: Quota = { max: 2n ** 40n, used: 0n, reserved: 2n ** 30n };

/** What one slot of the example request pays. */
export const examplePay: bigint = pricePerSlot(exampleAsk);

const nothing = { requests: 0, slots: 0n, bytes: 0n, earned: 0n };

/** Of a node that has seen and sold nothing. */
export const noInsight: Insights = {
  whyNotReport: () => ({ counts: [], recent: [] }),
  backtest: async () => ({
    requests: 0,
    matched: nothing,
    withCapacity: nothing,
    refusedBy: {},
    nearestMisses: [],
  }),
  risk: ({ risk }) => ({
    asOf: 0,
    atRisk: 0n,
    slots: [],
    offline: [],
    safeSeconds: { risk, noSlash: Infinity, noLoss: Infinity },
  }),
};
