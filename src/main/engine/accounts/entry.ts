import { z } from 'zod';
import { addressText, amount, hex32, option, signedAmount, uint } from '../../../shared/schemas.ts';
import type { Address, RequestId, SlotId } from '../contracts/ids.ts';
import { storedPurposes } from '../contracts/storedtransaction.ts';

/**
 * What is kept of one event of the chain; the lines that people see are made from it. The id names the event, so that
 * an event that is told again finds its entry and makes no second one.
 */

const hash = hex32();

/** Which slot it is about; nothing of a transaction that is about none. */
const aboutSlot = {
  slotId: option(hex32<SlotId>()),
  requestId: option(hex32<RequestId>()),
  slotIndex: option(uint),
};

const place = { at: uint, block: uint, transactionHash: hash };

/** Gas that a transaction of the account used, whether it succeeded or not. */
const gasEntry = z.object({
  type: z.literal('gas'),
  id: z.string(),
  ...place,
  ...aboutSlot,
  amount,
  purpose: z.enum(storedPurposes),
  isFailed: z.boolean(),
});

/** All tokens that one transaction moved to the account or away from it. */
const tokenEntry = z.object({
  type: z.literal('tokens'),
  id: z.string(),
  ...place,
  ...aboutSlot,
  /** What the node sent it for; undefined when it was not the node's. */
  purpose: option(z.enum(storedPurposes)),
  transfers: z.array(
    z.object({ counterparty: addressText<Address>(), amount: signedAmount, isOfMarket: z.boolean() }),
  ),
  /** Of those that others moved, the many beyond the first: how many, and their sum. */
  rest: option(z.object({ count: uint, amount: signedAmount })),
  /** Of a payout: what of it the contract had on record as collateral, and what of that was put in. */
  split: option(z.object({ returned: amount, put: amount })),
});

/** Collateral that was taken while it lay in the contract. */
const slashEntry = z.object({
  type: z.literal('slash'),
  id: z.string(),
  slotId: hex32<SlotId>(),
  requestId: hex32<RequestId>(),
  slotIndex: uint,
  startedAt: uint,
  at: uint,
  block: option(uint),
  transactionHash: option(hash),
  /** Negative where less was taken in the end than was thought before. */
  amount: signedAmount,
});

/** What a sale had brought and cost before the accounts began, as far as it was noted. */
const beforeEntry = z.object({
  type: z.literal('before'),
  id: z.string(),
  slotId: hex32<SlotId>(),
  requestId: hex32<RequestId>(),
  slotIndex: uint,
  startedAt: uint,
  filledAt: option(uint),
  endedAt: option(uint),
  put: amount,
  back: amount,
  payout: amount,
  /** wei of transactions of which no record was left. */
  gas: amount,
});

export const entrySchema = z.discriminatedUnion('type', [gasEntry, tokenEntry, slashEntry, beforeEntry]);

export type Entry = z.output<typeof entrySchema>;
export type GasEntry = z.output<typeof gasEntry>;
export type TokenEntry = z.output<typeof tokenEntry>;
export type SlashEntry = z.output<typeof slashEntry>;
export type BeforeEntry = z.output<typeof beforeEntry>;

/** What the account held when the accounts began, by the chain. */
export const openingSchema = z.object({
  at: uint,
  block: uint,
  blockHash: hash,
  /** Where they began at first: of what was up to there the entries of before tell. Without it, at `block`. */
  firstBlock: uint.exactOptional(),
  tokens: amount,
  gas: amount,
  /** Transactions of the account that were mined up to then. */
  transactions: uint,
});
export type Opening = z.output<typeof openingSchema>;

const balanceSchema = z.object({
  opening: amount,
  lines: signedAmount,
  chain: amount,
  difference: signedAmount,
  since: uint.exactOptional(),
});

export const checkSchema = z.object({
  at: uint,
  block: uint,
  tokens: balanceSchema,
  gas: balanceSchema,
  otherTransactions: z.int(),
});
export type StoredCheck = z.output<typeof checkSchema>;
