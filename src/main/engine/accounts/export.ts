import { stringify } from 'csv-stringify/sync';
import type { AccountBeginning, AccountLine } from '../../../shared/accounts.ts';
import { plainTokens } from '../../../shared/units.ts';

export interface ExportedUnits {
  readonly token: { readonly symbol: string; readonly decimals: number };
}

/**
 * A table for other programs, the oldest line first: comma, CRLF, a head; times in UTC. Amounts stand twice, as whole
 * smallest units and exactly as decimals. A text that a spreadsheet would take for a formula is made harmless.
 */
export function csvOf(lines: readonly AccountLine[], { token }: ExportedUnits): string {
  const rows = lines.toReversed().map((line) => ({
    time_utc: new Date(line.at * 1000).toISOString().replace('.000Z', 'Z'),
    unix_time: line.at,
    kind: line.kind,
    unit: line.kind === 'gas' ? 'ETH' : token.symbol,
    amount: { decimal: decimalOf(line, token.decimals) },
    amount_smallest_units: line.amount,
    moves_wallet: line.kind === 'slash' ? 'no' : 'yes',
    before_accounts_began: line.isBefore ? 'yes' : 'no',
    purpose: line.purpose ?? '',
    failed: line.isFailed ? 'yes' : 'no',
    request_id: line.requestId ?? '',
    slot_index: line.slotIndex ?? '',
    slot_id: line.slotId ?? '',
    counterparty: line.counterparty ?? '',
    block: line.block ?? '',
    transaction_hash: line.transactionHash ?? '',
    line_id: line.id,
  }));
  return stringify(rows, {
    header: true,
    columns: [...columns],
    record_delimiter: 'windows',
    escape_formulas: true,
    // A negative amount begins like a formula, and is none.
    cast: { object: (value) => ({ value: String(value['decimal']), escape_formulas: false }) },
  });
}

/** The same for programs that read JSON: amounts as text of digits, with what is needed to add them up. */
export function jsonOf(
  lines: readonly AccountLine[],
  { token, began }: ExportedUnits & { began: AccountBeginning | undefined },
): string {
  const shown = lines.toReversed().map((line) => ({
    ...line,
    amount: line.amount.toString(),
    decimalAmount: decimalOf(line, token.decimals),
    unit: line.kind === 'gas' ? 'ETH' : token.symbol,
    movesWallet: line.kind !== 'slash',
  }));
  const opening = began && { ...began, tokens: began.tokens.toString(), gas: began.gas.toString() };
  return `${JSON.stringify({ token, began: opening ?? null, lines: shown }, null, 2)}\n`;
}

const decimalOf = ({ kind, amount }: AccountLine, decimals: number): string =>
  plainTokens(amount, kind === 'gas' ? 18 : decimals);

const columns = [
  'time_utc',
  'unix_time',
  'kind',
  'unit',
  'amount',
  'amount_smallest_units',
  'moves_wallet',
  'before_accounts_began',
  'purpose',
  'failed',
  'request_id',
  'slot_index',
  'slot_id',
  'counterparty',
  'block',
  'transaction_hash',
  'line_id',
] as const;
