import { formatBytes, unitBytes } from '../../../src/shared/units.ts';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  columnUnit,
  partOfText,
  partsInWords,
  partsThatAddUp,
  preciseText,
  shortPrice,
  shortTokens,
  timeText,
  wholeUnit,
} from '../../../src/renderer/src/lib/format.ts';

const GB = 1_000_000_000n;
const stepsIn = (text: string) => BigInt(text.replace(/[.,]/g, ''));

describe('formatting', () => {
  it('rounds parts so that as shown they add up to the sum as shown', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: 0n, max: 10n ** 16n }), { minLength: 1, maxLength: 6 }),
        (sizes) => {
          const steps = partsThatAddUp(sizes, GB).map(stepsIn);
          const sum = sizes.reduce((total, size) => total + size, 0n);
          const wanted = (2n * sum * 10n + GB) / (2n * GB);
          expect(steps.reduce((total, step) => total + step, 0n)).toBe(wanted);
          // No part is off by more than one step of its last decimal.
          for (const [index, step] of steps.entries()) {
            const exact = (sizes[index] ?? 0n) * 10n;
            expect(step * GB - exact <= GB && exact - step * GB < GB).toBe(true);
          }
        },
      ),
    );
  });

  it('shows parts in the unit of their whole, adding up in it, and what would be nothing there in its own', () => {
    const size = fc.bigInt({ min: 0n, max: 4n * 10n ** 12n });
    fc.assert(
      fc.property(fc.array(size, { minLength: 1, maxLength: 5 }), (sizes) => {
        const sum = sizes.reduce((total, one) => total + one, 0n);
        const unit = wholeUnit(sum);
        const texts = partsInWords(sizes);
        for (const [index, text] of texts.entries())
          expect(text.startsWith('0.0 ')).toBe(sizes[index] === 0n);
        const isLarge = (one: bigint) => one * 10n >= unitBytes(unit);
        const inUnit = sizes.filter(isLarge).reduce((total, one) => total + one, 0n);
        const shown = texts
          .filter((_, index) => isLarge(sizes[index] ?? 0n))
          .reduce((total, text) => total + stepsIn(text.replace(` ${unit}`, '')), 0n);
        if (inUnit > 0n) expect(shown).toBe(stepsIn(formatBytes(inUnit, unit).value));
      }),
    );
    expect(partsInWords([412_300_000_000n, 0n, 99_999_999n])).toEqual(['412.3 GB', '0.0 GB', '100.0 MB']);
    expect(partsInWords([412_300_000_000n, 12n])).toEqual(['412.3 GB', '12 B']);
    expect(partsInWords([1000n, 12n])).toEqual(['1.0 kB', '12 B']);
  });

  it('shows a column in the unit of its largest size, and a part in the unit of its whole', () => {
    expect(columnUnit([1000n, 5_000_000n])).toBe('MB');
    expect(columnUnit([])).toBe('B');
    expect(partOfText(292_100_000_000n, 500n * GB)).toEqual({ part: '292.1', whole: '500.0', unit: 'GB' });
  });

  it('leaves decimals out of large prices where there is little room, never of small ones', () => {
    expect(shortPrice(1_000_000_000n, 18)).toBe('2,592,000');
    expect(shortPrice(232n, 18)).toBe('0.60');
    expect(shortTokens(1_300n * 10n ** 18n, 18)).toBe('1,300');
    expect(shortTokens(5n * 10n ** 17n, 18)).toBe('0.50');
  });

  it('leaves the day out of a time of today only', () => {
    const noon = new Date(2026, 10, 22, 12, 0).getTime() / 1000;
    expect(timeText(noon + 17 * 60, noon)).toBe('12:17');
    expect(timeText(noon - 2 * 86_400, noon)).toBe('20 Nov 12:00');
    expect(preciseText(new Date(2026, 10, 22, 12, 17, 4, 21).getTime())).toBe('12:17:04.021');
  });
});
