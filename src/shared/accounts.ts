import { z } from 'zod';

/**
 * The accounts: every movement of the money of the account that sells, line by line. (The "ledger" of the engine is
 * another book: it holds which bytes and how much collateral are promised to whom.)
 *
 * `slash` moves nothing in the wallet: it was taken from collateral that had left it before. All other kinds do.
 */
export const accountKinds = [
  'collateralOut',
  'collateralBack',
  'repairReward',
  'payout',
  'slash',
  'gas',
  'transferIn',
  'transferOut',
] as const;
export type AccountKind = (typeof accountKinds)[number];

export const gasPurposes = ['reserve', 'approve', 'fill', 'prove', 'free', 'filler'] as const;
export type GasPurpose = (typeof gasPurposes)[number];

/** One movement. Amounts of `gas` are wei, all others smallest units of the token. */
export interface AccountLine {
  /** The same however often the chain tells of it. */
  readonly id: string;
  readonly kind: AccountKind;
  /** What it did to the account: negative for what left it, or was slashed. */
  readonly amount: bigint;
  /** Chain time, Unix seconds. */
  readonly at: number;
  /** Not known of what was before the accounts began, and of some slashes. */
  readonly block?: number;
  readonly transactionHash?: string;
  /** The row of its sale in the table of sales, where it belongs to one. */
  readonly saleId?: string;
  readonly slotId?: string;
  readonly requestId?: string;
  readonly slotIndex?: number;
  /** Of gas: what the transaction was for; absent for gas of which only the sum is known. */
  readonly purpose?: GasPurpose;
  /** Of gas: the transaction was mined and reverted. */
  readonly isFailed?: boolean;
  /** Of a transfer that is no sale's: from or to whom. */
  readonly counterparty?: string;
  /** It happened before the accounts began: part of the opening balance, and taken from what sales had noted. */
  readonly isBefore: boolean;
}

/** Sums of a month or a sale. Amounts are signed like those of the lines. */
export interface AccountSums {
  readonly lines: number;
  /** Payouts and repair rewards. */
  readonly earned: bigint;
  /** Collateral that left and came back. */
  readonly collateral: bigint;
  readonly slashed: bigint;
  readonly transfers: bigint;
  /** wei */
  readonly gas: bigint;
}

export interface MonthSums extends AccountSums {
  /** In UTC: `2026-11`. */
  readonly month: string;
}

export interface SaleSums extends AccountSums {
  readonly saleId: string;
  readonly slotId: string;
  readonly requestId: string;
  readonly slotIndex: number;
  /** Of its newest line. */
  readonly at: number;
}

export interface AccountTotals {
  /** Undefined as long as the chain was not reached since the accounts were made. */
  readonly began?: AccountBeginning;
  readonly all: AccountSums;
  /** Newest first. */
  readonly months: readonly MonthSums[];
  /** Those of the newest line first, at most 1,000. */
  readonly sales: readonly SaleSums[];
}

export interface AccountBeginning {
  readonly at: number;
  readonly block: number;
  /** What the chain said the account held then. */
  readonly tokens: bigint;
  /** wei */
  readonly gas: bigint;
}

/** Whose lines: all that is given must fit. */
export const accountFilter = {
  month: z
    .string()
    .regex(/^\d{4}-(?:0[1-9]|1[0-2])$/)
    .optional(),
  saleId: z.string().max(100).optional(),
  kind: z.enum(accountKinds).optional(),
};
export interface AccountFilter {
  readonly month?: string | undefined;
  readonly saleId?: string | undefined;
  readonly kind?: AccountKind | undefined;
}

export interface AccountPage {
  /** Newest first. */
  readonly lines: readonly AccountLine[];
  /** How many lines fit the filter. */
  readonly total: number;
  /** The sums of all that fit. */
  readonly sums: AccountSums;
}

export interface AccountBalance {
  readonly opening: bigint;
  /** The sum of all lines since. */
  readonly lines: bigint;
  readonly chain: bigint;
  /** `chain − (opening + lines)`: what the lines do not explain. */
  readonly difference: bigint;
  /** Chain time at which a difference was seen first; absent when there is none. */
  readonly since?: number;
}

/** Whether the lines add up to what the chain says the account holds. */
export interface AccountCheck {
  /** Chain time and block for which it holds. */
  readonly at: number;
  readonly block: number;
  readonly began: AccountBeginning;
  readonly tokens: AccountBalance;
  /** wei */
  readonly gas: AccountBalance;
  /** Transactions of the account that this node did not send, or has not seen mined yet. */
  readonly otherTransactions: number;
}

export const earningSteps = ['day', 'month'] as const;
export type EarningStep = (typeof earningSteps)[number];

/** One bar of the chart. */
export interface EarningBar {
  /** In UTC: `2026-11-25`, or `2026-11`. */
  readonly name: string;
  /** Unix seconds of its beginning. */
  readonly from: number;
  readonly settled: bigint;
  /** What running sales pay if they run to their end; it stands where that end is. */
  readonly expected: bigint;
  /** Zero or below. */
  readonly slashed: bigint;
  /** wei, zero or below. */
  readonly gas: bigint;
}

export interface EarningChart {
  readonly step: EarningStep;
  /** Oldest first, without gaps. */
  readonly bars: readonly EarningBar[];
  /** Chain time. */
  readonly now: number;
  /** Expected after the last bar. */
  readonly later: bigint;
}
