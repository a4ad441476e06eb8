import type { AvailabilityRow, WalletRow } from '../../../shared/rows.ts';
import { exactPricePerGbMonth, exactTokens, GB } from '../../../shared/units.ts';
import type { Asked } from './asked.ts';
import { tokensShort, type Limits, type OfferDraft } from './offerdraft.ts';

interface Known {
  readonly limits: Limits;
  readonly asked: Asked | undefined;
  readonly wallet: WalletRow;
  readonly offers: Iterable<AvailabilityRow>;
  readonly decimals: number;
}

/**
 * An offer to begin with: half of the space that is left, or the largest slot that is asked for where that is more and all
 * of what is left holds it; at the lowest price that is asked for, with half as much collateral again as its slots ask,
 * since the next ones may ask more; less space where the wallet does not hold as much. Where nothing is known of what is
 * asked only the space.
 */
export function suggestedDraft({ limits, asked, wallet, offers, decimals }: Known): Partial<OfferDraft> {
  const left = least(limits.quotaLeft, limits.diskLeft);
  const half = left / 2n;
  if (!asked) return { space: spaceText(half) };
  const largest = roundedUp(asked.largestSlotBytes, stepOf(asked.largestSlotBytes));
  const wanted = largest > half && largest <= left ? largest : half;
  const { promised } = tokensShort(0n, offers, wallet);
  const free = wallet.tokens > promised ? wallet.tokens - promised : 0n;
  const perGb = (asked.collateralPerGb.high * 3n) / 2n;
  const affordable = perGb === 0n ? wanted : (free * GB) / perGb;
  const bytes = roundedDown(least(wanted, affordable));
  // A whole token up, so that rounding does not leave a byte without its share.
  const collateral = least(roundedUp((bytes * perGb) / GB, 10n ** BigInt(decimals)), free);
  return {
    space: spaceText(bytes),
    price: exactPricePerGbMonth(asked.price.low, decimals),
    collateral: collateral > 0n ? exactTokens(collateral, decimals) : '',
  };
}

const MB = 1_000_000n;

/** Whole GB, or whole MB below one. */
const stepOf = (bytes: bigint) => (bytes >= GB ? GB : MB);
const roundedDown = (bytes: bigint) => bytes - (bytes % stepOf(bytes));
const roundedUp = (amount: bigint, step: bigint) => ((amount + step - 1n) / step) * step;
const least = (a: bigint, b: bigint) => (a < b ? a : b);

function spaceText(bytes: bigint): string {
  const round = roundedDown(bytes);
  if (round <= 0n) return '';
  return round >= GB ? String(round / GB) : `${round / MB} MB`;
}
