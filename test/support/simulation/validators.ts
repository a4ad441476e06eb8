import type { SlotId } from '../../../src/main/engine/contracts/ids.ts';
import { periodOf, periodStart } from '../../../src/main/engine/contracts/periods.ts';
import { checkMiss } from './checks.ts';
import type { Life } from './life.ts';
import type { Owner } from './timeline.ts';
import { PERIOD, type World } from './world.ts';

export interface ValidationOptions {
  readonly owner: Owner;
  readonly lifeNow: () => Life | undefined;
  readonly note: (text: () => string) => void;
}

/** Looks for missing proofs shortly after each period, and marks some of them. */
export function planValidation(world: World, options: ValidationOptions): void {
  world.timeline.add(periodStart(world.period + 1, PERIOD) + 10, options.owner, () => {
    validate(world, options);
    planValidation(world, options);
  });
}

/** @throws Violation when our node missed a proof and nothing was in its way */
function validate(world: World, { lifeNow, note }: ValidationOptions): void {
  const period = world.period - 1;
  for (const slotId of world.filled) {
    if (!isMissing(world, slotId, period)) continue;
    if (world.isOurs(slotId)) checkMiss(world, lifeNow(), slotId, period);
    if (!world.faults.chance(world.profile.validators)) continue;
    note(() => `a validator marks ${slotId.slice(2, 8)} for period ${period}`);
    world.market.markProofAsMissing(slotId, period);
  }
}

function isMissing(world: World, slotId: SlotId, period: number): boolean {
  const { marketplace } = world.market.chain;
  const slot = marketplace.slot(slotId);
  return (
    slot !== undefined &&
    marketplace.slotState(slotId, world.now) === 'filled' &&
    period > periodOf(slot.filledAt, PERIOD) &&
    !world.isProven(slotId, period) &&
    world.proofNeed(slotId, period) === 'now'
  );
}
