import type { AccountLine } from '../../../shared/accounts.ts';
import type { BeforeEntry, Entry, GasEntry, Opening, SlashEntry, TokenEntry } from './entry.ts';
import { timeOf } from './time.ts';

/** A line, and of which sale it is as far as the entry says: sales know their own ids. */
export type EntryLine = Omit<AccountLine, 'saleId'> & { readonly startedAt?: number };

/** The lines of an entry. Their sum is what it did to the wallet, but for slashes. Nothing that is zero is a line. */
export function linesOf(entry: Entry, opening: Opening | undefined): EntryLine[] {
  const lines = ways(entry, opening).filter(({ amount }) => amount !== 0n);
  return lines.map((line) => ({ ...line, at: timeOf(line.at) }));
}

function ways(entry: Entry, opening: Opening | undefined): EntryLine[] {
  switch (entry.type) {
    case 'gas':
      return [gasLine(entry, isBefore(entry, opening))];
    case 'tokens':
      return tokenLines(entry, isBefore(entry, opening));
    case 'slash':
      return [slashLine(entry, opening === undefined || entry.at <= opening.at)];
    case 'before':
      return beforeLines(entry);
  }
}

const isBefore = ({ block }: { block: number }, opening: Opening | undefined): boolean =>
  opening === undefined || block <= opening.block;

function gasLine(
  { type: kind, id, amount, at, block, transactionHash, purpose, isFailed, ...rest }: GasEntry,
  before: boolean,
): EntryLine {
  const line = { id, kind, amount: -amount, at, block, transactionHash, purpose, isBefore: before };
  return { ...line, ...slotOf(rest), ...(isFailed && { isFailed }) };
}

function tokenLines(entry: TokenEntry, before: boolean): EntryLine[] {
  const { id, at, block, transactionHash, purpose, transfers } = entry;
  const common = { at, block, transactionHash, isBefore: before, ...slotOf(entry) };
  const isSales = purpose === 'fill' || purpose === 'free';
  const others = transfers.filter(({ isOfMarket }) => !(isSales && isOfMarket));
  const transferLines = others.map(({ amount, counterparty }, index): EntryLine => {
    const kind = amount < 0n ? 'transferOut' : 'transferIn';
    return { ...common, id: `${id}/${kind}-${index}`, kind, amount, counterparty };
  });
  if (entry.rest) {
    const { amount } = entry.rest;
    const kind = amount < 0n ? 'transferOut' : 'transferIn';
    transferLines.push({ ...common, id: `${id}/${kind}-rest`, kind, amount });
  }
  if (!isSales) return transferLines;
  const moved = transfers.filter(({ isOfMarket }) => isOfMarket).map(({ amount }) => amount);
  const parts = purpose === 'fill' ? fillParts(moved) : payoutParts(moved, entry.split);
  return [...parts.map((part) => ({ ...common, ...part, id: `${id}/${part.kind}` })), ...transferLines];
}

type Part = Pick<EntryLine, 'kind' | 'amount'>;

const fillParts = (moved: readonly bigint[]): Part[] => [{ kind: 'collateralOut', amount: sum(moved) }];

/**
 * What is known of the sale parts a payout. Without it: one family moves the pay first and then the collateral, the other
 * both at once, which is then all called pay until the sale has told.
 */
function payoutParts(moved: readonly bigint[], split: TokenEntry['split']): Part[] {
  const total = sum(moved);
  const known = split?.returned ?? (moved.length > 1 ? (moved.at(-1) ?? 0n) : 0n);
  const returned = least(known, total);
  const back = least(returned, split?.put ?? returned);
  return [
    { kind: 'collateralBack', amount: back },
    { kind: 'repairReward', amount: returned - back },
    { kind: 'payout', amount: total - returned },
  ];
}

function slashLine(
  { type: kind, id, at, block, transactionHash, amount, startedAt, ...rest }: SlashEntry,
  before: boolean,
): EntryLine {
  const found = {
    ...(block !== undefined && { block }),
    ...(transactionHash !== undefined && { transactionHash }),
  };
  return { id, kind, amount: -amount, at, startedAt, isBefore: before, ...found, ...slotOf(rest) };
}

/** The times are those of the fill and of the end; no transaction is known. */
function beforeLines(entry: BeforeEntry): EntryLine[] {
  const { id, startedAt, filledAt = startedAt, endedAt = filledAt, put, back, payout, gas } = entry;
  const line = (kind: EntryLine['kind'], amount: bigint, at: number): EntryLine => {
    return { id: `${id}/${kind}`, kind, amount, at, startedAt, isBefore: true, ...slotOf(entry) };
  };
  return [
    line('collateralOut', -put, filledAt),
    line('collateralBack', back, endedAt),
    line('payout', payout, endedAt),
    line('gas', -gas, endedAt),
  ];
}

function slotOf({ slotId, requestId, slotIndex }: Pick<GasEntry, 'slotId' | 'requestId' | 'slotIndex'>) {
  return {
    ...(slotId !== undefined && { slotId }),
    ...(requestId !== undefined && { requestId }),
    ...(slotIndex !== undefined && { slotIndex }),
  };
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
