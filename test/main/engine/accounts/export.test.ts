import { parse } from 'csv-parse/sync';
import { afterEach, describe, expect, it } from 'vitest';
import type { AccountLine } from '../../../../src/shared/accounts.ts';
import { setCurrentLanguage } from '../../../../src/shared/i18n/language.ts';
import { csvOf, jsonOf } from '../../../../src/main/engine/accounts/export.ts';
import { sumsOf } from '../../../../src/main/engine/accounts/sums.ts';

const token = { symbol: 'TST', decimals: 18 };
const lines: AccountLine[] = [
  { id: 'e', kind: 'gas', amount: -1n, at: 1_700_000_400, isBefore: false, purpose: 'prove' },
  { id: 'd', kind: 'slash', amount: -(10n ** 19n) - 3n, at: 1_700_000_300, isBefore: false },
  { id: 'c', kind: 'payout', amount: 2n ** 200n + 1n, at: 1_700_000_200, isBefore: false, slotIndex: 0 },
  { id: 'b', kind: 'transferOut', amount: -5n, at: 1_700_000_100, isBefore: false, counterparty: '=1+1' },
  { id: 'a', kind: 'collateralOut', amount: -400n, at: 1_700_000_000, isBefore: true },
];

const records = (text: string) => {
  return parse(text, { columns: true, bom: false }) as Record<string, string>[];
};

afterEach(() => setCurrentLanguage('en'));

describe('The table of the accounts', () => {
  it('reads back to the sums of the accounts, to the last unit, raw and as decimals', () => {
    const rows = records(csvOf(lines, { token }));
    expect(rows).toHaveLength(lines.length);
    const { earned, slashed, collateral, transfers, gas } = sumsOf(lines);
    const sum = (unit: string) =>
      rows
        .filter((row) => row['unit'] === unit)
        .reduce((all, row) => all + BigInt(row['amount_smallest_units'] ?? ''), 0n);
    expect(sum('TST')).toBe(earned + slashed + collateral + transfers);
    expect(sum('ETH')).toBe(gas);
    for (const row of rows) {
      const [, sign, whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(row['amount'] ?? '') ?? [];
      const raw = BigInt(`${whole}${fraction.padEnd(18, '0')}`) * (sign === '-' ? -1n : 1n);
      expect(raw.toString()).toBe(row['amount_smallest_units']);
    }
  });

  it('has the oldest line first, times in UTC, and lines that end as other programs expect', () => {
    const text = csvOf(lines, { token });
    expect(records(text).map((row) => row['line_id'])).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(records(text)[0]).toMatchObject({
      time_utc: '2023-11-14T22:13:20Z',
      unix_time: '1700000000',
      before_accounts_began: 'yes',
      moves_wallet: 'yes',
    });
    expect(text.split('\r\n')).toHaveLength(lines.length + 2);
  });

  it('holds nothing that a spreadsheet would run', () => {
    const text = csvOf(lines, { token: { symbol: '=cmd|calc', decimals: 18 } });
    const cells = records(text).flatMap((row) => Object.entries(row));
    const risky = cells.filter(([name, cell]) => /^[=+@\t\r-]/.test(cell) && !name.startsWith('amount'));
    expect(risky).toEqual([]);
    expect(records(text)[1]?.['counterparty']).toBe("'=1+1");
    expect(records(text)[1]?.['amount_smallest_units']).toBe('-5');
  });

  it('is the same in every language', () => {
    const units = { token, began: undefined };
    const texts = () => [csvOf(lines, units), jsonOf(lines, units)];
    const english = texts();
    setCurrentLanguage('de');
    expect(texts()).toEqual(english);
  });

  it('has its head when there is nothing to tell', () => {
    expect(csvOf([], { token })).toMatch(/^time_utc,unix_time,kind,unit,amount,/);
  });

  it('is there as JSON with every digit, and with the balance it starts from', () => {
    const began = { at: 1_699_999_999, block: 7, tokens: 2n ** 100n, gas: 5n };
    const read = JSON.parse(jsonOf(lines, { token, began })) as {
      began: { tokens: string };
      lines: { amount: string; decimalAmount: string }[];
    };
    expect(read.began.tokens).toBe((2n ** 100n).toString());
    expect(read.lines.map(({ amount }) => amount)).toEqual(
      lines.toReversed().map(({ amount }) => String(amount)),
    );
    expect(read.lines[3]?.decimalAmount).toBe('-10.000000000000000003');
  });
});
