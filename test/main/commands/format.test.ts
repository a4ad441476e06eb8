import { describe, expect, it } from 'vitest';
import { distanceText, timeTextOfMs, visibleText } from '../../../src/main/commands/format.ts';
import { rowMeant } from '../../../src/main/commands/rows.ts';
import { factsText, tableText } from '../../../src/main/commands/table.ts';
import {
  bytesOf,
  choiceOf,
  momentOf,
  priceOf,
  rawOf,
  secondsOf,
  tokensOf,
  wholeOf,
} from '../../../src/main/commands/values.ts';
import { plainJson } from '../../../src/shared/plain-json.ts';

describe('A table', () => {
  const columns = [
    { title: 'NAME', of: ([name = '']: string[]) => name },
    { title: 'SIZE', of: ([, size = '']: string[]) => size, align: 'right' as const },
    { title: 'STATE', of: ([, , state = '']: string[]) => state },
  ];

  it('stands in columns, numbers to the right, nothing behind the last cell', () => {
    const rows = [
      ['Größe', '1.0 GB', 'active'],
      ['b', '12.5 GB', ''],
    ];
    expect(tableText(columns, rows)).toBe(
      ['NAME      SIZE  STATE', 'Größe   1.0 GB  active', 'b      12.5 GB'].join('\n'),
    );
    expect(tableText(columns, [])).toBe('NAME  SIZE  STATE');
  });

  it('of facts leaves out what is not known', () => {
    const facts = factsText([
      ['Id', '1'],
      ['Unknown', undefined],
      ['State', 'ok'],
    ]);
    expect(facts).toBe('Id     1\nState  ok');
  });
});

describe('JSON for other programs', () => {
  it('writes amounts as digits, and in one line', () => {
    const value = {
      amount: 2n ** 70n,
      bytes: new Uint8Array([1, 255]),
      when: new Date(0),
      none: undefined,
      list: [1n, undefined, null, 'a\nb'],
      map: new Map([[1n, new Set([2n])]]),
      safe: Infinity,
    };
    expect(plainJson(value)).toBe(
      '{"amount":"1180591620717411303424","bytes":"0x01ff","when":"1970-01-01T00:00:00.000Z",' +
        '"list":["1",null,null,"a\\nb"],"map":{"1":["2"]},"safe":null}',
    );
  });
});

describe('What is typed', () => {
  it('is an exact amount', () => {
    expect(bytesOf('--size', '500GB')).toBe(500_000_000_000n);
    expect(bytesOf('--size', '1,5 TB')).toBe(1_500_000_000_000n);
    expect(secondsOf('--duration', '30')).toBe(2_592_000n);
    expect(secondsOf('--off', '10min')).toBe(600n);
    expect(tokensOf('--collateral', '0.5', 18)).toBe(5n * 10n ** 17n);
    expect(priceOf('--price', '0.002592', 18)).toBe(1n);
    expect(rawOf('--price-raw', '12')).toBe(12n);
    expect(momentOf('--until', '2027-01-31T00:00:00Z')).toBe(1_801_353_600);
    expect(momentOf('--until', 'none')).toBe(0);
    expect(momentOf('--until', '1800000000')).toBe(1_800_000_000);
  });

  it.each([
    [() => bytesOf('--size', '1,500'), /--size.*1500 or 1\.5/],
    [() => bytesOf('--size', '5 apples'), /unit is not known/],
    [() => bytesOf('--size', ''), /nothing stands there/],
    [() => tokensOf('--collateral', '-1', 18), /below zero/],
    [() => rawOf('--price-raw', '1.5'), /digits only/],
    [() => momentOf('--until', 'tomorrow'), /a date such as/],
    [() => wholeOf('--limit', '0', { min: 1, max: 5 }), /from 1 to 5/],
    [() => choiceOf('--level', 'loud', ['info', 'warn']), /one of info, warn/],
  ])('%#: is refused by the name of the flag', (read, problem) => {
    expect(read).toThrow(problem);
    expect(read).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

describe('A row that is named', () => {
  const rows = [
    { id: '0xabc1', name: 'First' },
    { id: '0xabc2', name: 'abc' },
    { id: '0xabd3@100', name: 'Old' },
    { id: '0xabd3@200', name: 'Newer' },
  ];

  it.each([
    ['0xabc1', 0],
    ['ABC2', 1],
    ['First', 0],
    ['abc', 1],
    ['abd3@200', 3],
    ['abd@100', 2],
  ])('%s is the one that is meant', (text, index) => {
    expect(rowMeant(rows, text, 'offer')).toBe(rows[index]);
  });

  it.each([
    ['ab', /could be 4 of them/],
    ['abd3', /could be 2 of them/],
    ['x', /no offer "x"/],
    ['', /no offer ""/],
  ])('"%s" is refused', (text, problem) => {
    expect(() => rowMeant(rows, text, 'offer')).toThrow(problem);
  });
});

describe('Texts', () => {
  it('cannot move the cursor', () => {
    expect(visibleText('a\u001B[2Jb\u202Ec\n')).toBe(String.raw`a\u001b[2Jb\u202ec\u000a`);
  });

  it('of times say the day, and how far it is', () => {
    expect(timeTextOfMs(new Date(2026, 10, 2, 3, 4, 5).getTime())).toBe('2026-11-02 03:04:05');
    expect(timeTextOfMs(NaN)).toBe('never');
    expect([distanceText(100, 40), distanceText(40, 100)]).toEqual(['in 1 min', '1 min ago']);
  });
});
