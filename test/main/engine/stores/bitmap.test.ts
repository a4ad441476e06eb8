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
});
