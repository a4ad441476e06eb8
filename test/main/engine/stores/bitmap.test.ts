import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bitmap } from '../../../../src/main/engine/stores/bitmap.ts';

describe('Bitmap', () => {
  it('holds what a set would hold, also after the way through bytes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.array(fc.nat()), (length, numbers) => {
        const model = new Set(numbers.map((n) => n % length));
        const bitmap = new Bitmap(length);
        for (const index of model) bitmap.add(index);
        for (const held of [bitmap, bitmap.clone(), new Bitmap(length, bitmap.bytes)]) {
          expect(held.count).toBe(model.size);
          expect([...held.missing()].every((index) => !model.has(index))).toBe(true);
          expect([...held.missing()]).toHaveLength(length - model.size);
        }
      }),
    );
  });

  it('ignores bits behind its end', () => {
    expect(new Bitmap(3, Uint8Array.of(0xff)).count).toBe(3);
  });

  it('refuses bits outside', () => {
    expect(() => new Bitmap(3).add(3)).toThrow(RangeError);
    expect(() => new Bitmap(3).add(-1)).toThrow(RangeError);
    expect(new Bitmap(3).has(3)).toBe(false);
  });

  it('takes bits out as it adds them, each once', () => {
    const bits = new Bitmap(11);
    for (const index of [0, 7, 8, 10]) bits.add(index);
    for (const index of [7, 7, 8, 9]) bits.delete(index);
    expect([bits.count, [...bits.missing()]]).toEqual([2, [1, 2, 3, 4, 5, 6, 7, 8, 9]]);
    expect(new Bitmap(11, bits.bytes).count).toBe(2);
  });
});
