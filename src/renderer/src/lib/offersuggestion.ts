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
 * An offer to begin with: half of the space that is left, at the lowest price that waits in the queue, with half as
 * much collateral again as its slots ask, since the next ones may ask more; less space where the wallet does not hold as much. Without a queue only the space.
 */
export function suggestedDraft({ limits, asked, wallet, offers, decimals }: Known): Partial<OfferDraft> {
  const half = least(limits.quotaLeft, limits.diskLeft) / 2n;
  if (!asked) return { space: spaceText(half) };
  const { promised } = tokensShort(0n, offers, wallet);
  const free = wallet.tokens > promised ? wallet.tokens - promised : 0n;
  const perGb = (asked.collateralPerGb.high * 3n) / 2n;
  const affordable = perGb === 0n ? half : (free * GB) / perGb;
  const bytes = roundedDown(least(half, affordable));
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
const roundedDown = (bytes: bigint) => bytes - (bytes % (bytes >= GB ? GB : MB));
const roundedUp = (amount: bigint, step: bigint) => ((amount + step - 1n) / step) * step;
const least = (a: bigint, b: bigint) => (a < b ? a : b);

function spaceText(bytes: bigint): string {
  const round = roundedDown(bytes);
  if (round <= 0n) return '';
  return round >= GB ? String(round / GB) : `${round / MB} MB`;
}
