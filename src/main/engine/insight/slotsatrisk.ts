import type { RiskReport } from '../../../shared/insight.ts';
import {
  collateralPerSlot,
  pricePerSlotPerSecond,
  slashOf,
  type MarketConfig,
} from '../contracts/requests.ts';
import type { SaleInfo } from '../sales/saleinfo.ts';
import {
  atRisk,
  offlineRisk,
  proofChance,
  safeOfflineSeconds,
  slashingLadder,
  totalAtRisk,
  type SlotAtRisk,
} from './risk.ts';

export interface RiskQuestion {
  /** Unix second. */
  readonly now: number;
  /** Times off to reckon with. */
  readonly seconds: readonly number[];
  /** The chance of a loss that is put up with, 0 to 1. */
  readonly risk: number;
}

/** What the running sales put at risk, now and while the node is off. */
export function riskReport(
  sales: readonly SaleInfo[],
  config: MarketConfig,
  { now, seconds, risk }: RiskQuestion,
): RiskReport {
  const slots = sales.flatMap((sale) => slotAtRisk(sale, config) ?? []);
  return {
    asOf: now,
    atRisk: totalAtRisk(slots, now),
    slots: slots.map((slot) => ({
      slotId: slot.slotId,
      missed: slot.missed,
      ladder: slashingLadder(slot, config),
      atRisk: atRisk(slot, now),
      proofChance: proofChance(slot.proofProbability, config),
    })),
    offline: seconds.map((length) => offlineRisk(slots, config, { from: now, seconds: length })),
    safeSeconds: {
      risk,
      noSlash: safeOfflineSeconds(slots, config, { now, risk, of: 'slash' }),
      noLoss: safeOfflineSeconds(slots, config, { now, risk, of: 'loss' }),
    },
  };
}

/** A sale whose slot is filled; undefined for one that has nothing at risk, yet or any more. */
export function slotAtRisk(
  { slotId, ask, filledAt, requestEndsAt, currentCollateral, proofs, state }: SaleInfo,
  config: MarketConfig,
): SlotAtRisk | undefined {
  if (!ask || filledAt === undefined || state === 'failed') return undefined;
  const collateral = collateralPerSlot(ask);
  return {
    slotId,
    proofProbability: ask.proofProbability,
    collateral,
    currentCollateral: currentCollateral ?? collateral - slashOf(collateral, config) * BigInt(proofs.missed),
    missed: proofs.missed,
    pricePerSecond: pricePerSlotPerSecond(ask),
    filledAt,
    requestEndsAt: requestEndsAt ?? filledAt + Number(ask.duration),
    dueBy: proofs.dueBy,
  };
}
