import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bytesText,
  countText,
  durationText,
  exactPricePerGbMonth,
  exactTokens,
  formatBytes,
  gasText,
  parseBytes,
  parseDuration,
  parseTokens,
  perBytePerSecond,
  percentText,
  perGbMonth,
  pricePerGbMonth,
  rateText,
  shortId,
  tokensText,
} from '../../src/shared/units.ts';

const TOKEN = 10n ** 18n;
const amounts = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });

describe('sizes', () => {
  test.each([
    [0n, '0 B'],
    [999n, '999 B'],
    [1000n, '1.0 kB'],
    [65_536n, '65.5 kB'],
    [8_388_608n, '8.4 MB'],
    [999_940_000n, '999.9 MB'],
    [999_960_000n, '1.0 GB'],
    [17_179_869_184n, '17.2 GB'],
    [412_300_000_000n, '412.3 GB'],
    [1_500_000_000_000n, '1.50 TB'],
    [12_345_678_000_000_000n, '12,345.68 TB'],
    [-17_179_869_184n, '−17.2 GB'],
  ])('%s bytes are %s', (bytes, text) => expect(bytesText(bytes)).toBe(text));

  test('a column keeps its unit, and rounds nothing to nothing', () => {
    expect(formatBytes(8_388_608n, 'GB')).toEqual({ value: '< 0.1', unit: 'GB' });
    expect(bytesText(120n * 10n ** 9n, 'GB')).toBe('120.0 GB');
    expect(bytesText(1_500_000_000_000n, 'GB')).toBe('1,500.0 GB');
    expect(bytesText(0n, 'GB')).toBe('0.0 GB');
  });

  test('a speed', () => expect(rateText(3_400_000.4)).toBe('3.4 MB/s'));

  test('no size below a thousand units is shown with four digits before the point', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 999_994_999_999_999n }), (bytes) => {
        expect(formatBytes(bytes).value).toMatch(/^\d{1,3}(\.\d+)?$/);
      }),
    );
  });
});

describe('tokens', () => {
  test.each([
    [0n, '0.00'],
    [1n, '< 0.01'],
    [TOKEN / 100n - 1n, '< 0.01'],
    [TOKEN / 100n, '0.01'],
    [(TOKEN * 12_846n) / 10n, '1,284.60'],
    [TOKEN * 1_000_000n, '1,000,000.00'],
    [(TOKEN * 5n) / 1000n + TOKEN, '1.01'],
    [-(TOKEN * 936n) / 10n, '−93.60'],
    [-1n, '> −0.01'],
  ])('%s is %s', (amount, text) => expect(tokensText(amount)).toBe(text));

  test('a plus stands only where it is asked for, and never at zero or a loss', () => {
    expect(tokensText(TOKEN, 18, { plus: true })).toBe('+1.00');
    expect(tokensText(0n, 18, { plus: true })).toBe('0.00');
    expect(tokensText(-TOKEN, 18, { plus: true })).toBe('−1.00');
  });

  test('the exact value has every digit and can be typed in again', () => {
    expect(exactTokens(1_284_600_000_000_000_000_001n)).toBe('1284.600000000000000001');
    expect(exactTokens(-TOKEN / 2n)).toBe('−0.5');
    expect(exactTokens(5n, 0)).toBe('5');
    fc.assert(
      fc.property(amounts, fc.integer({ min: 0, max: 24 }), (amount, decimals) => {
        expect(parseTokens(exactTokens(amount, decimals), decimals)).toEqual({ ok: true, value: amount });
      }),
    );
  });

  test('what is shown is never further from the value than half of the last digit', () => {
    fc.assert(
      fc.property(amounts, (amount) => {
        fc.pre(amount >= TOKEN / 100n);
        const shown = BigInt(tokensText(amount).replace(/[,.]/g, '')) * (TOKEN / 100n);
        const difference = shown > amount ? shown - amount : amount - shown;
        expect(difference <= TOKEN / 200n).toBe(true);
      }),
    );
  });

  test.each([
    [41_234n * 10n ** 12n, '0.041'],
    [1n, '< 0.000001'],
    [4_100_000_000_000n, '0.0000041'],
    [0n, '0'],
    [12n * 10n ** 17n, '1.2'],
    [1234n * TOKEN, '1,234'],
  ])('gas of %s wei is %s', (wei, text) => expect(gasText(wei)).toBe(text));
});

describe('prices', () => {
  test('one smallest unit for a byte and second is 0.002592 tokens for a GB and month', () => {
    expect(exactPricePerGbMonth(1n)).toBe('0.002592');
    expect(pricePerGbMonth(1n)).toBe('0.00259');
    expect(pricePerGbMonth(2n)).toBe('0.00518');
    expect(pricePerGbMonth(0n)).toBe('0');
  });

  test('a price typed for a GB and month is shown as it was typed', () => {
    const price = perBytePerSecond((TOKEN * 60n) / 100n);
    expect(price).toBe(232n);
    expect(pricePerGbMonth(price)).toBe('0.60');
  });

  test('nobody sells below what was typed, and no lower price would do', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 200n }), (asked) => {
        const price = perBytePerSecond(asked);
        expect(perGbMonth(price) >= asked && perGbMonth(price - 1n) < asked).toBe(true);
      }),
    );
  });

  test('a price of the chain survives the way to the field and back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 128n }), (price) => {
        const typed = parseTokens(exactPricePerGbMonth(price));
        expect(typed.ok && perBytePerSecond(typed.value)).toBe(price);
      }),
    );
  });

  test('no price is shown as zero', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 10n ** 9n }),
        fc.integer({ min: 6, max: 40 }),
        (price, decimals) => {
          expect(pricePerGbMonth(price, decimals)).toMatch(/[1-9]/);
        },
      ),
    );
  });
});

describe('other figures', () => {
  test.each([
    [0, '0 s'],
    [59.9, '59 s'],
    [252, '4 min 12 s'],
    [3600, '1 h'],
    [8 * 86_400 + 14 * 3600 + 59, '8 d 14 h'],
    [1_209_600n, '14 d'],
    [86_400 + 5, '1 d'],
    [-61, '−1 min 1 s'],
  ])('%s seconds are %s', (seconds, text) => expect(durationText(seconds)).toBe(text));

  test.each([
    [64n, 100n, '64 %'],
    [0n, 100n, '0 %'],
    [1n, 1000n, '< 1 %'],
    [999n, 1000n, '> 99 %'],
    [994n, 1000n, '99 %'],
    [1000n, 1000n, '100 %'],
    [5n, 0n, '0 %'],
  ])('%s of %s is %s', (part, whole, text) => expect(percentText(part, whole)).toBe(text));

  test('counts have their thousands parted', () => {
    expect(countText(1_204_118)).toBe('1,204,118');
    expect(countText(-1000n)).toBe('−1,000');
    expect(countText(999)).toBe('999');
  });

  test('an id is short by its first and last four digits', () => {
    expect(shortId(`0x9f41${'0'.repeat(56)}c27e`)).toBe('9f41…c27e');
    expect(shortId(`0x9f41${'0'.repeat(56)}c27e@1700000000`)).toBe('9f41…c27e');
    expect(shortId('node')).toBe('node');
  });
});

describe('what people type', () => {
  test.each([
    ['1,5 TB', 1_500_000_000_000n],
    ['500gb', 500_000_000_000n],
    ['120.0', 120_000_000_000n],
    [' 120 ', 120_000_000_000n],
    ['1 GiB', 2n ** 30n],
    ['64 KiB', 65_536n],
    ['8 MB', 8_000_000n],
    ['12 b', 12n],
    ['1.5t', 1_500_000_000_000n],
    ['1,284.6', 1_284_600_000_000n],
    ['1.284,6', 1_284_600_000_000n],
    ['1 284,6 GB', 1_284_600_000_000n],
    ["12'000 MB", 12_000_000_000n],
    ['1,234,567 B', 1_234_567n],
    ['1.234.567 B', 1_234_567n],
    ['0,500', 500_000_000n],
    ['.5', 500_000_000n],
    ['5.', 5_000_000_000n],
    ['+5', 5_000_000_000n],
    ['0', 0n],
  ])('%s is a size of %s bytes', (text, value) => expect(parseBytes(text)).toEqual({ ok: true, value }));

  test.each([
    ['', 'EMPTY'],
    ['   ', 'EMPTY'],
    ['abc', 'NOT_A_NUMBER'],
    ['1.2.3', 'NOT_A_NUMBER'],
    ['1,2,3', 'NOT_A_NUMBER'],
    ['1e9', 'NOT_A_NUMBER'],
    ['12 34', 'NOT_A_NUMBER'],
    ['.', 'NOT_A_NUMBER'],
    ['NaN', 'NOT_A_NUMBER'],
    ['-5 GB', 'NEGATIVE'],
    ['−5 GB', 'NEGATIVE'],
    ['1,500 GB', 'AMBIGUOUS'],
    ['5 bananas', 'UNKNOWN_UNIT'],
    ['1.5 B', 'TOO_PRECISE'],
    ['9223372036854775808 B', 'TOO_LARGE'],
    [`${'9'.repeat(5000)}`, 'TOO_LARGE'],
  ])('%s is refused as %s', (text, code) => expect(parseBytes(text)).toEqual({ ok: false, code }));

  test('tokens, with and without their symbol', () => {
    expect(parseTokens('60.00')).toEqual({ ok: true, value: 60n * TOKEN });
    expect(parseTokens('0.60 TST')).toEqual({ ok: true, value: (TOKEN * 6n) / 10n });
    expect(parseTokens('1,284.60 tst')).toEqual({ ok: true, value: (TOKEN * 12_846n) / 10n });
    expect(parseTokens('5 ETH')).toEqual({ ok: false, code: 'UNKNOWN_UNIT' });
    expect(parseTokens('0.0000000000000000001')).toEqual({ ok: false, code: 'TOO_PRECISE' });
    expect(parseTokens((2n ** 256n).toString(), 0)).toEqual({ ok: false, code: 'TOO_LARGE' });
  });

  test('lengths of time, in days without a unit', () => {
    expect(parseDuration('14')).toEqual({ ok: true, value: 1_209_600n });
    expect(parseDuration('1,5 days')).toEqual({ ok: true, value: 129_600n });
    expect(parseDuration('36h')).toEqual({ ok: true, value: 129_600n });
    expect(parseDuration('10 min')).toEqual({ ok: true, value: 600n });
    expect(parseDuration('90', 's')).toEqual({ ok: true, value: 90n });
    expect(parseDuration('99999999999')).toEqual({ ok: false, code: 'TOO_LARGE' });
  });

  test('no text ends in an exception', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...Array.from('0123456789.,’ -gGbB')) }),
    );
    fc.assert(fc.property(text, (typed) => void parseBytes(typed)));
  });

  test('what the window shows is read as it was meant', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 17n }), (tenths) => {
        const bytes = tenths * 10n ** 8n;
        fc.pre(bytes < 2n ** 63n);
        expect(parseBytes(bytesText(bytes, 'GB'))).toEqual({ ok: true, value: bytes });
      }),
    );
  });
});
