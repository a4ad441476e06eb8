import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Chance } from '../../../src/main/practice/chance.ts';

test('the same seed and labels give the same number, from 0 up to but not 1', () => {
  fc.assert(
    fc.property(fc.integer(), fc.array(fc.oneof(fc.string(), fc.integer())), (seed, labels) => {
      const number = new Chance(seed).unit(...labels);
      expect(number).toBe(new Chance(seed).unit(...labels));
      expect(number).toBeGreaterThanOrEqual(0);
      expect(number).toBeLessThan(1);
    }),
  );
});

test('labels are told apart, not run together', () => {
  const chance = new Chance(1);
  expect(chance.unit('a', 'b')).not.toBe(chance.unit('ab'));
  expect(chance.unit(1, 2)).not.toBe(chance.unit(12));
  expect(chance.unit('x')).not.toBe(new Chance(2).unit('x'));
});

test('all whole numbers of a range come, and no others', () => {
  const chance = new Chance(5);
  const drawn = new Set(Array.from({ length: 500 }, (_, index) => chance.between(3, 6, index)));
  expect([...drawn].sort((a, b) => a - b)).toEqual([3, 4, 5, 6]);
});
