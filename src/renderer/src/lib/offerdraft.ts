import type { AvailabilityRow, QueueRow, StorageRow, WalletRow } from '../../../shared/rows.ts';
import {
  bytesText,
  exactTokens,
  MONTH_SECONDS,
  parseBytes,
  parseDuration,
  parseTokens,
  perBytePerSecond,
  type Parsed,
} from '../../../shared/units.ts';
import { t } from '../i18n/t.ts';

/** What stands in the fields of the form, as typed. With `isRaw` price and duration are the protocol's own numbers. */
export interface OfferDraft {
  readonly space: string;
  readonly price: string;
  readonly longest: string;
  readonly collateral: string;
  readonly name: string;
  /** The last day on which a sale may run, `2026-12-31`; empty: no end. */
  readonly until: string;
}
export type OfferField = keyof OfferDraft;
export const offerFields: readonly OfferField[] = [
  'space',
  'price',
  'longest',
  'until',
  'collateral',
  'name',
];

/** The offer as the node takes it: bytes, seconds, smallest units of the token. */
export interface Offer {
  readonly name: string;
  readonly totalBytes: bigint;
  readonly minPricePerBytePerSecond: bigint;
  readonly durationSeconds: bigint;
  readonly totalCollateral: bigint;
  /** Unix seconds; 0: no end. */
  readonly until: number;
}

/** What the offer may take, and what its running sales need it to keep. */
export interface Limits {
  readonly quotaLeft: bigint;
  readonly diskLeft: bigint;
  /** Bytes and tokens that are in sales of the offer that is edited; a new one has none. */
  readonly inSales: { readonly bytes: bigint; readonly collateral: bigint };
}

export interface CheckedDraft {
  /** What could be read, field by field, so that the figures answer before the last field is right. */
  readonly values: Partial<Offer>;
  /** The rule that a field breaks and what to enter instead. */
  readonly errors: Partial<Record<OfferField, string>>;
  /** Present when nothing is wrong. */
  readonly offer?: Offer;
}

export interface Reading {
  readonly isRaw: boolean;
  readonly decimals: number;
  readonly symbol: string;
  /** Chain time, Unix seconds. */
  readonly now: number;
  /** The end that the offer has; kept to the second while its day is not changed. */
  readonly knownUntil?: number;
}

/**
 * Space that no file, promise or offer takes yet, other than the offer that is edited: what that has it may keep. Of the
 * disk only what other files leave.
 */
export function limitsOf(storage: StorageRow | undefined, edited?: AvailabilityRow): Limits | undefined {
  if (!storage) return undefined;
  const { quotaBytes, usedBytes, reservedBytes, diskLeftBytes } = storage;
  const own = edited?.totalBytes ?? 0n;
  return {
    quotaLeft: atLeastZero(quotaBytes - usedBytes - reservedBytes + own),
    diskLeft: diskLeftBytes + own,
    inSales: edited
      ? {
          bytes: edited.totalBytes - edited.freeBytes,
          collateral: edited.totalCollateral - edited.remainingCollateral,
        }
      : { bytes: 0n, collateral: 0n },
  };
}

export const termsOf = (row: AvailabilityRow): Offer => ({
  name: row.name,
  totalBytes: row.totalBytes,
  minPricePerBytePerSecond: row.minPricePerBytePerSecond,
  durationSeconds: row.durationSeconds,
  totalCollateral: row.totalCollateral,
  until: row.until,
});

/** The terms that differ, as the node takes a change. */
export const changedTerms = (before: Offer, after: Offer): Partial<Offer> =>
  Object.fromEntries(Object.entries(after).filter(([name, value]) => before[name as keyof Offer] !== value));

/** Reads all fields; keeps what was typed, whatever it is. */
export function checkDraft(draft: OfferDraft, reading: Reading, limits: Limits | undefined): CheckedDraft {
  const { isRaw, decimals, symbol } = reading;
  const errors: Partial<Record<OfferField, string>> = {};
  const values = {
    ...read('space', 'totalBytes', isRaw ? parseBytes(draft.space, 'B') : parseBytes(draft.space)),
    ...read('price', 'minPricePerBytePerSecond', readPrice()),
    ...read('longest', 'durationSeconds', parseDuration(draft.longest, isRaw ? 's' : 'd')),
    ...read('collateral', 'totalCollateral', parseTokens(draft.collateral, isRaw ? 0 : decimals, symbol)),
    ...readName(),
    ...readUntil(),
  };
  const space = spaceError(values.totalBytes, limits);
  if (space) errors.space = space;
  const collateral = collateralError(values.totalCollateral, limits, reading);
  if (collateral) errors.collateral = collateral;
  return offerFields.some((field) => errors[field])
    ? { values, errors }
    : { values, errors, offer: values as Offer };

  function read<Name extends keyof Offer>(
    field: OfferField,
    name: Name,
    parsed: Parsed<bigint>,
  ): Partial<Offer> {
    if (parsed.ok && parsed.value > 0n) return { [name]: parsed.value };
    errors[field] = fieldError(field, parsed.ok ? 'ZERO' : parsed.code, isRaw);
    return {};
  }

  function readPrice(): Parsed<bigint> {
    const parsed = parseTokens(draft.price, isRaw ? 0 : decimals, symbol);
    return parsed.ok && !isRaw ? { ok: true, value: perBytePerSecond(parsed.value) } : parsed;
  }

  function readUntil(): Partial<Offer> {
    const until = draft.until === '' ? 0 : endOfDay(draft.until, reading.knownUntil);
    if (until === 0 || until > reading.now) return { until };
    errors.until = t('offerError.untilPast');
    return {};
  }

  function readName(): Partial<Offer> {
    const name = draft.name.trim();
    if (name !== '' && name.length <= LONGEST_NAME) return { name };
    errors.name = name === '' ? t('offerError.nameEmpty') : t('offerError.nameLong', { max: LONGEST_NAME });
    return {};
  }
}

/** Tokens a month if all of it is sold all the time at the lowest price. */
export const monthlyIfSold = ({ totalBytes, minPricePerBytePerSecond }: Offer): bigint =>
  totalBytes * minPricePerBytePerSecond * MONTH_SECONDS;

/** How much more the wallet would need for all that this and the other offers promise as collateral; 0 when it holds it. */
export function tokensShort(
  collateral: bigint,
  others: Iterable<AvailabilityRow>,
  wallet: WalletRow,
): { short: bigint; promised: bigint } {
  let promised = collateral;
  for (const other of others) if (other.state === 'active') promised += other.remainingCollateral;
  return { short: atLeastZero(promised - wallet.tokens), promised };
}

/** Whether the offer would take the slot, by the rules of the node: price, length, size, collateral. What is not filled in does not fit. */
export function wouldFit(offer: Partial<Offer>, slot: QueueRow): boolean {
  const {
    totalBytes = 0n,
    durationSeconds = 0n,
    minPricePerBytePerSecond: price,
    totalCollateral = 0n,
  } = offer;
  return (
    price !== undefined &&
    slot.pricePerBytePerSecond >= price &&
    slot.durationSeconds <= durationSeconds &&
    slot.slotSizeBytes <= totalBytes &&
    // The collateral for a byte that is asked must not exceed what the offer has for each of its bytes.
    slot.collateral * totalBytes <= totalCollateral * slot.slotSizeBytes
  );
}

/** The day of a time as a date field has it, in local time; empty for none. */
export function dayOf(seconds: number): string {
  if (seconds === 0) return '';
  const day = new Date(seconds * 1000);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${String(day.getFullYear()).padStart(4, '0')}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

/** The last second of a day in local time. What a date field cannot hold is in the past. */
function endOfDay(day: string, known = 0): number {
  if (known !== 0 && dayOf(known) === day) return known;
  const end = new Date(`${day}T23:59:59`).getTime();
  return Number.isFinite(end) ? Math.max(1, Math.floor(end / 1000)) : 1;
}

const LONGEST_NAME = 60;
const atLeastZero = (amount: bigint) => (amount < 0n ? 0n : amount);

function spaceError(bytes: bigint | undefined, limits: Limits | undefined): string | undefined {
  if (bytes === undefined || !limits) return undefined;
  const { quotaLeft, diskLeft, inSales } = limits;
  if (bytes < inSales.bytes) return t('offerError.belowSold', { least: bytesText(inSales.bytes) });
  if (bytes > quotaLeft && quotaLeft <= diskLeft)
    return t('offerError.overQuota', { left: bytesText(quotaLeft) });
  if (bytes > diskLeft) return t('offerError.overDisk', { left: bytesText(diskLeft) });
  return undefined;
}

function collateralError(
  amount: bigint | undefined,
  limits: Limits | undefined,
  { decimals, symbol }: Reading,
): string | undefined {
  const least = limits?.inSales.collateral ?? 0n;
  if (amount === undefined || amount >= least) return undefined;
  return t('offerError.belowTied', { least: `${exactTokens(least, decimals)} ${symbol}` });
}

/** What is wrong with a size as it was typed, and what to enter instead. */
export const sizeProblem = (code: string): string => fieldError('space', code, false);

function fieldError(field: OfferField, code: string, isRaw: boolean): string {
  switch (code) {
    case 'NEGATIVE':
    case 'ZERO':
      return t('offerError.notPositive', { example: example(field, isRaw) });
    case 'AMBIGUOUS':
      return t('offerError.ambiguous', { example: example(field, isRaw) });
    case 'UNKNOWN_UNIT':
      return field === 'space'
        ? t('offerError.sizeUnit')
        : t('offerError.unit', { example: example(field, isRaw) });
    case 'TOO_LARGE':
      return t('offerError.tooLarge', { example: example(field, isRaw) });
    case 'TOO_PRECISE':
      return t('offerError.tooPrecise', { example: example(field, isRaw) });
    default:
      return t('offerError.notNumber', { example: example(field, isRaw) });
  }
}

/** What may be typed; for people in the language's signs, raw as the protocol's own numbers. */
function example(field: OfferField, isRaw: boolean): string {
  if (isRaw) return rawExamples[field];
  if (field === 'longest') return '14';
  return field === 'name' || field === 'until' ? '' : t(`offerExample.${field}`);
}

const rawExamples: Readonly<Record<OfferField, string>> = {
  space: '120000000000',
  price: '232',
  longest: '1209600',
  collateral: '60000000000000000000',
  name: '',
  until: '',
};
