import type { LadderStep, OfflineRisk, SlotOfflineRisk } from '../../../shared/insight.ts';
import { periodOf } from '../contracts/periods.ts';
import { slashOf, type MarketConfig } from '../contracts/requests.ts';
import { anyOfEvents, atLeast, exactly } from './binomial.ts';

/**
 * What can be lost by missing proofs, computed from the contract's rules (marketplace.md §7 and §8) and nothing else.
 *
 * - Only periods that pass wholly while the node is off count: in one that is cut, the node proves in the part in which
 *   it is on. So how long one can be off depends on where in the period one goes.
 * - Every period in which a proof is required and missing is taken to be marked: validators are paid for it.
 * - The slots' draws are taken as independent. They hang on the same blocks, so that misses may fall together; that
 *   makes "any of them" rarer than said here, and changes no expectation.
 * - That a request fails because of other hosts, and takes our collateral with it, is not in these numbers: the chain
 *   does not tell how well they prove.
 */

/** A filled slot of ours, as far as it can be lost. Amounts in the smallest token unit, times in Unix seconds. */
export interface SlotAtRisk {
  readonly slotId: string;
  readonly proofProbability: bigint;
  /** What the contract has on record for it: the full collateral, also of a slot that was taken over at a discount. */
  readonly collateral: bigint;
  readonly currentCollateral: bigint;
  /** Proofs that were marked as missing. */
  readonly missed: number;
  readonly pricePerSecond: bigint;
  readonly filledAt: number;
  readonly requestEndsAt: number;
  /** A proof is known to be due by then, and was not sent. */
  readonly dueBy?: number | undefined;
}

export type RiskConfig = Pick<
  MarketConfig,
  'downtimeBlocks' | 'maxNumberOfSlashes' | 'slashPercentage' | 'periodSeconds'
>;

/**
 * The chance that a period asks for a proof whose absence can be marked. Source: marketplace.md §8: the challenge
 * is one of q numbers, q = ⌊proofProbability · (256 − downtime) / 256⌋, and q = 0 asks always; while the pointer is in the
 * downtime nothing is required. By default the validator is `patient`: it looks at each block of its time for marking and
 * so never meets the downtime, as long as that time has no more blocks than the downtime. One that looks `once` meets
 * it in downtime / 256 of the periods.
 */
export function proofChance(
  proofProbability: bigint,
  { downtimeBlocks }: Pick<RiskConfig, 'downtimeBlocks'>,
  { validator = 'patient' }: { validator?: 'patient' | 'once' } = {},
): number {
  const outside = 256 - downtimeBlocks;
  const q = (proofProbability * BigInt(outside)) / 256n;
  const drawn = q === 0n ? 1 : 1 / Number(q);
  return validator === 'patient' ? drawn : (drawn * outside) / 256;
}

/** How many more misses take the slot away; at least one. Source: marketplace.md §7. */
export const missesToLoss = ({ missed }: SlotAtRisk, { maxNumberOfSlashes }: RiskConfig): number =>
  Math.max(1, maxNumberOfSlashes - missed);

/** What is left after each number of missed proofs, from none to the one that takes the slot away. */
export function slashingLadder({ collateral }: SlotAtRisk, config: RiskConfig): LadderStep[] {
  const slash = slashOf(collateral, config);
  const last = Math.max(1, config.maxNumberOfSlashes);
  return Array.from({ length: last + 1 }, (_, missed) => ({
    missed,
    collateralLeft: missed === last ? 0n : collateral - slash * BigInt(missed),
    isLost: missed === last,
  }));
}

/** Collateral and accrued pay that go with the slot. Once the request has ended, nothing of it can be lost any more. */
export function atRisk(slot: SlotAtRisk, now: number): bigint {
  return now > slot.requestEndsAt ? 0n : slot.currentCollateral + accrued(slot, now);
}

export const totalAtRisk = (slots: readonly SlotAtRisk[], now: number): bigint =>
  slots.reduce((sum, slot) => sum + atRisk(slot, now), 0n);

/** From when the node is off, and for how long. */
export interface Offline {
  /** Unix second. */
  readonly from: number;
  readonly seconds: number;
  /** Seconds that it takes to prove once the node is on again; a period with less left of it is lost as well. */
  readonly proveSeconds?: number | undefined;
}

/**
 * What being off may cost, for all slots together and for each. The pay that a lost slot takes with it is counted up to
 * the end of the time off, which is the most it can be. `expectedLoss` is rounded down to a part of 2^-53.
 */
export function offlineRisk(slots: readonly SlotAtRisk[], config: RiskConfig, offline: Offline): OfflineRisk {
  const each = slots.map((slot) => slotOfflineRisk(slot, config, offline));
  return {
    seconds: offline.seconds,
    anySlash: anyOfEvents(each.map(({ slash }) => slash)),
    anyLoss: anyOfEvents(each.map(({ loss }) => loss)),
    expectedLoss: each.reduce((sum, { expectedLoss }) => sum + expectedLoss, 0n),
    slots: each,
  };
}

/**
 * The longest time off from `now` on, in whole seconds, after which the chance of any slash (or, with `of: 'loss'`, of
 * losing any slot) is no more than `risk`. 0 when it is more already; Infinity when it stays below until all slots end.
 */
export function safeOfflineSeconds(
  slots: readonly SlotAtRisk[],
  config: RiskConfig,
  { now, risk, of = 'slash', proveSeconds = 0 }: SafeOfflineOptions,
): number {
  const chanceUntil = (until: number): number => {
    const { anySlash, anyLoss } = offlineRisk(slots, config, {
      from: now,
      seconds: until - now,
      proveSeconds,
    });
    return of === 'slash' ? anySlash : anyLoss;
  };
  // The chance rises only where a period ends.
  const { periodSeconds } = config;
  const firstEnd = periodOf(now, periodSeconds) + 1;
  const timeOf = (end: number): number => Math.max(now, (firstEnd + end) * periodSeconds - proveSeconds);
  const lastEnd = Math.max(now, ...slots.map((slot) => slot.requestEndsAt));
  let least = -1;
  let most = Math.max(0, Math.ceil((lastEnd + proveSeconds) / periodSeconds) - firstEnd);
  if (chanceUntil(timeOf(most)) <= risk) return Infinity;
  while (most - least > 1) {
    const middle = Math.floor((least + most) / 2);
    if (chanceUntil(timeOf(middle)) <= risk) least = middle;
    else most = middle;
  }
  return Math.max(0, timeOf(most) - 1 - now);
}

export interface SafeOfflineOptions {
  readonly now: number;
  /** From 0 to 1. */
  readonly risk: number;
  readonly of?: 'slash' | 'loss';
  readonly proveSeconds?: number;
}

/**
 * How many periods pass wholly between two moments in which a miss of the slot can be marked: after the one in which it
 * was filled, and over before its request ends, since marking comes after the period and only while the slot is filled.
 */
export function periodsMissable(
  { filledAt, requestEndsAt }: Pick<SlotAtRisk, 'filledAt' | 'requestEndsAt'>,
  { from, until }: { from: number; until: number },
  { periodSeconds }: Pick<RiskConfig, 'periodSeconds'>,
): number {
  const first = Math.max(Math.ceil(from / periodSeconds), periodOf(filledAt, periodSeconds) + 1);
  const end = Math.min(Math.floor(until / periodSeconds), Math.ceil(requestEndsAt / periodSeconds) - 1);
  return Math.max(0, end - first);
}

function slotOfflineRisk(
  slot: SlotAtRisk,
  config: RiskConfig,
  { from, seconds, proveSeconds = 0 }: Offline,
): SlotOfflineRisk {
  const end = from + seconds;
  const until = end + proveSeconds;
  const { dueBy = 0, requestEndsAt } = slot;
  const isDueMissed = dueBy > from && dueBy <= until && dueBy < requestEndsAt;
  const certain = isDueMissed ? 1 : 0;
  const periods = periodsMissable(slot, { from: isDueMissed ? dueBy : from, until }, config);
  const chance = proofChance(slot.proofProbability, config);
  const left = missesToLoss(slot, config) - certain;
  const loss = atLeast(left, periods, chance);
  return {
    slotId: slot.slotId,
    periods: periods + certain,
    expectedMisses: certain + periods * chance,
    slash: certain === 1 ? 1 : atLeast(1, periods, chance),
    loss,
    expectedLoss: expectedLoss(slot, config, { certain, periods, chance, left, loss, end }),
  };
}

interface Draws {
  readonly certain: number;
  readonly periods: number;
  readonly chance: number;
  /** Misses beside the certain one that take the slot away. */
  readonly left: number;
  readonly loss: number;
  readonly end: number;
}

/** Each miss before the last takes one slash; the last takes whatever is there. */
function expectedLoss(
  slot: SlotAtRisk,
  config: RiskConfig,
  { certain, periods, chance, left, loss, end }: Draws,
): bigint {
  const slash = slashOf(slot.collateral, config);
  let expected = share(slot.currentCollateral + accrued(slot, end), loss);
  for (let misses = 0; misses < Math.min(left, periods + 1); misses++) {
    expected += share(slash * BigInt(certain + misses), exactly(misses, periods, chance));
  }
  return expected;
}

/** Earned by then and not yet paid. */
function accrued({ pricePerSecond, filledAt, requestEndsAt }: SlotAtRisk, at: number): bigint {
  const seconds = Math.min(at, requestEndsAt) - filledAt;
  return seconds > 0 ? BigInt(Math.floor(seconds)) * pricePerSecond : 0n;
}

const share = (amount: bigint, chance: number): bigint =>
  (amount * BigInt(Math.round(chance * 2 ** 53))) / 2n ** 53n;
