import { bytesText, exactTokens } from '../../../shared/units.ts';
import type { AvailabilityId } from '../contracts/ids.ts';
import type { Availability, Quota } from './availability.ts';
import { ReservationsError, type ReservationsErrorCode } from './errors.ts';
import { availableBytes, type Change, type Ledger } from './ledger.ts';
import { utcMinute } from '../../../shared/utctext.ts';

/** What its owner says of an offer. Sizes in bytes, seconds, amounts in the smallest token unit. */
export interface Terms {
  readonly name: string;
  readonly totalSize: bigint;
  readonly duration: bigint;
  readonly minPricePerBytePerSecond: bigint;
  readonly totalCollateral: bigint;
  readonly enabled?: boolean;
  readonly until?: number;
}

/** The terms to change; the others stay. */
export type AvailabilityChanges = { readonly [Name in keyof Terms]?: Terms[Name] | undefined };

/** Takes the bytes of a new offer out of the quota. @throws ReservationsError QUOTA_EXCEEDED and the OUT_OF_BOUNDS of terms */
export function createAvailability(
  { quota }: Ledger,
  terms: Terms,
  { id, createdAtMs }: { id: AvailabilityId; createdAtMs: number },
): Change & { availability: Availability } {
  const { name, totalSize, duration, minPricePerBytePerSecond, totalCollateral } = terms;
  checkBounds(terms);
  checkQuota(quota, totalSize);
  const availability: Availability = {
    id,
    name,
    totalSize,
    freeSize: totalSize,
    duration,
    minPricePerBytePerSecond,
    totalCollateral,
    totalRemainingCollateral: totalCollateral,
    enabled: terms.enabled ?? true,
    isDraining: false,
    until: terms.until ?? 0,
    createdAtMs,
  };
  return { availability, quota: { ...quota, reserved: quota.reserved + totalSize } };
}

/**
 * Changes terms of an offer, as differences: what its sales hold stays theirs, only what is free grows or shrinks.
 * Terms that stay as they are are not checked again. Source: engine.md 13-R8.
 * @throws ReservationsError NOT_FOUND, OFFER_WINDING_DOWN, TOTAL_BELOW_RESERVED, QUOTA_EXCEEDED, COLLATERAL_BELOW_TIED,
 * UNTIL_BEFORE_SALES_END and the OUT_OF_BOUNDS of terms
 */
export function patchAvailability(
  ledger: Ledger,
  id: AvailabilityId,
  asked: AvailabilityChanges,
): Change & { availability: Availability } {
  const offer = ledger.availabilities.get(id);
  if (!offer) throw new ReservationsError('NOT_FOUND', { availabilityId: id });
  const wanted = withChanges(offer, asked);
  const changed = termNames.filter((term) => wanted[term] !== offer[term]);
  if (changed.length === 0) return { availability: offer };
  if (offer.isDraining && changed.some((term) => term !== 'name')) throw windingDown(offer);
  checkBounds(wanted);
  if (changed.includes('until')) checkUntil(ledger, offer, wanted.until);
  return resized(ledger.quota, offer, wanted);
}

function withChanges(offer: Availability, asked: AvailabilityChanges): Required<Terms> {
  return {
    name: asked.name ?? offer.name,
    totalSize: asked.totalSize ?? offer.totalSize,
    duration: asked.duration ?? offer.duration,
    minPricePerBytePerSecond: asked.minPricePerBytePerSecond ?? offer.minPricePerBytePerSecond,
    totalCollateral: asked.totalCollateral ?? offer.totalCollateral,
    enabled: asked.enabled ?? offer.enabled,
    until: asked.until ?? offer.until,
  };
}

const termNames = [
  'name',
  'totalSize',
  'duration',
  'minPricePerBytePerSecond',
  'totalCollateral',
  'enabled',
  'until',
] as const satisfies readonly (keyof Terms)[];

/** What is free and what is not tied up follow from the totals; nobody sets them (engine.md 12.2-C3). */
function resized(
  quota: Quota,
  offer: Availability,
  wanted: Required<Terms>,
): Change & { availability: Availability } {
  const growth = wanted.totalSize - offer.totalSize;
  const freeSize = offer.freeSize + growth;
  if (freeSize < 0n) throw belowReserved(wanted.totalSize, offer.totalSize - offer.freeSize);
  if (growth > 0n) checkQuota(quota, growth);
  const tied = offer.totalCollateral - offer.totalRemainingCollateral;
  if (wanted.totalCollateral < tied) throw belowTied(wanted.totalCollateral, tied);
  const totalRemainingCollateral = wanted.totalCollateral - tied;
  const availability = { ...offer, ...wanted, freeSize, totalRemainingCollateral };
  return growth === 0n
    ? { availability }
    : { availability, quota: { ...quota, reserved: quota.reserved + growth } };
}

type Measured = 'totalSize' | 'duration' | 'minPricePerBytePerSecond' | 'totalCollateral';

/** What each term can be at most, which is what the chain and file systems can hold. The least is 1. */
const bounds: Readonly<Record<Measured, { code: ReservationsErrorCode; max: bigint; text: string }>> = {
  totalSize: {
    code: 'SIZE_OUT_OF_BOUNDS',
    max: 2n ** 63n - 1n,
    text: 'Offer at least 1 byte, and no more than 2^63 − 1.',
  },
  duration: {
    code: 'DURATION_OUT_OF_BOUNDS',
    max: 2n ** 64n - 1n,
    text: 'The longest sale must last at least 1 second, and no more than 2^64 − 1.',
  },
  minPricePerBytePerSecond: {
    code: 'AMOUNT_OUT_OF_BOUNDS',
    max: 2n ** 256n - 1n,
    text: 'The lowest price must be above zero and below 2^256, in the smallest unit of the token.',
  },
  totalCollateral: {
    code: 'AMOUNT_OUT_OF_BOUNDS',
    max: 2n ** 256n - 1n,
    text: 'The collateral must be above zero and below 2^256, in the smallest unit of the token.',
  },
};

function checkBounds({ until = 0, ...terms }: Terms): void {
  for (const [name, { code, max, text }] of Object.entries(bounds)) {
    const amount = terms[name as Measured];
    if (amount <= 0n || amount > max) {
      throw new ReservationsError(code, { name, amount, min: 1n, max }, { message: text });
    }
  }
  if (!Number.isSafeInteger(until) || until < 0) {
    const message = 'The end must be a date as a whole number of Unix seconds, or 0 for none.';
    throw new ReservationsError('UNTIL_OUT_OF_BOUNDS', { until }, { message });
  }
}

/** Only what is asked for more is compared, and all that is left may be taken (engine.md 12.2-R11). */
function checkQuota(quota: Quota, requested: bigint): void {
  const left = availableBytes(quota);
  if (requested <= left) return;
  const available = left < 0n ? 0n : left;
  const message = `${bytesText(requested)} more are asked for; ${bytesText(available)} of the quota of ${bytesText(quota.max)} are not promised yet. Offer less, or raise the quota.`;
  throw new ReservationsError('QUOTA_EXCEEDED', { requested, available, quota: quota.max }, { message });
}

function checkUntil({ reservations }: Ledger, offer: Availability, until: number): void {
  if (until === 0) return;
  let lastEnd = 0;
  for (const { availabilityId, validUntil } of reservations.values()) {
    if (availabilityId === offer.id && validUntil > lastEnd) lastEnd = validUntil;
  }
  if (until >= lastEnd) return;
  const message = `A slot in this offer runs until ${utcMinute(BigInt(lastEnd))}. Choose an end after it, or none.`;
  throw new ReservationsError('UNTIL_BEFORE_SALES_END', { until, lastEnd }, { message });
}

function belowReserved(requested: bigint, reserved: bigint): ReservationsError {
  const message = `${bytesText(reserved)} of this offer are in sales. Offer at least as much, or wait until they end.`;
  return new ReservationsError('TOTAL_BELOW_RESERVED', { requested, reserved }, { message });
}

function belowTied(requested: bigint, tied: bigint): ReservationsError {
  const message = `${exactTokens(tied)} tokens of collateral of this offer are in sales. Give at least as much, or wait until they end.`;
  return new ReservationsError('COLLATERAL_BELOW_TIED', { requested, tied }, { message });
}

function windingDown({ id, name }: Availability): ReservationsError {
  const message = `The offer "${name}" is deleted and goes with its last slot; only its name can be changed. Create a new offer.`;
  return new ReservationsError('OFFER_WINDING_DOWN', { availabilityId: id }, { message });
}
