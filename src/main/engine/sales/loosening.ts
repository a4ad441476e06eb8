import { maxCollateralPerByte, type Availability } from './availability.ts';
import { availableBytes, type Change, type Ledger } from './ledger.ts';

/**
 * Whether something that did not fit before the change might fit after it (engine.md 13-R6). It says so whenever it is
 * so, and now and then when it is not: a slot that is looked at in vain costs little, one that nobody looks at is lost.
 */
export function loosens(before: Ledger, { quota = before.quota, availability }: Change): boolean {
  if (availableBytes(quota) < 0n) return false;
  // Over quota nothing was taken, whatever the offers said.
  if (availableBytes(before.quota) < 0n) return true;
  return availability !== undefined && isLooser(availability, before.availabilities.get(availability.id));
}

function isLooser(after: Availability, before: Availability | undefined): boolean {
  if (!isOpen(after)) return false;
  if (!before || !isOpen(before)) return true;
  return (
    after.freeSize > before.freeSize ||
    after.totalSize > before.totalSize ||
    after.duration > before.duration ||
    after.minPricePerBytePerSecond < before.minPricePerBytePerSecond ||
    after.totalRemainingCollateral > before.totalRemainingCollateral ||
    // A cheap slot leaves more collateral to each byte that is still free.
    (after.freeSize > 0n && maxCollateralPerByte(after) > maxCollateralPerByte(before)) ||
    (before.until !== 0 && (after.until === 0 || after.until > before.until))
  );
}

const isOpen = ({ enabled, isDraining }: Availability): boolean => enabled && !isDraining;
