import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SortedList } from '../../../../src/main/engine/lib/sorted-list.ts';

interface Item {
  readonly key: string;
  readonly rank: number;
}

const compare = (a: Item, b: Item) => a.rank - b.rank || (a.key < b.key ? -1 : Number(a.key > b.key));
const newList = (order = compare) =>
  new SortedList<string, Item>({ compare: order, keyOf: ({ key }) => key });
const filled = (ranks: readonly number[], list = newList()) => {
  for (const rank of ranks) list.set({ key: `k${rank}`, rank });
  return list;
};
const ranks = (list: Iterable<Item>) => [...list].map(({ rank }) => rank);

/** Takes the first until none is left. */
function drained(list: SortedList<string, Item>): number[] {
  const taken: number[] = [];
  for (let { first } = list; first; { first } = list) {
    taken.push(first.rank);
    list.delete(first.key);
  }
  return taken;
}

describe('SortedList', () => {
  test('after any sets and deletes it is the sorted map of what was put in', () => {
    const key = fc.integer({ min: 0, max: 200 }).map((n) => `k${n}`);
    const command = fc.oneof(
      { weight: 3, arbitrary: fc.record({ key, rank: fc.integer({ min: 0, max: 20 }) }) },
      { weight: 1, arbitrary: fc.record({ key, rank: fc.constant(undefined) }) },
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 400, size: 'max' }), (commands) => {
        const list = newList();
        const model = new Map<string, Item>();
        for (const { key, rank } of commands) {
          if (rank === undefined) {
            expect(list.delete(key)).toEqual(model.get(key));
            model.delete(key);
          } else {
            list.set({ key, rank });
            model.set(key, { key, rank });
          }
          expect([list.length, list.has(key), list.get(key)]).toEqual([
            model.size,
            model.has(key),
            model.get(key),
          ]);
        }
        const sorted = [...model.values()].toSorted(compare);
        expect([...list]).toEqual(sorted);
        expect([list.first, list.last]).toEqual([sorted.at(0), sorted.at(-1)]);
      }),
      { numRuns: 50 },
    );
  });

  test('keeps what is put in in order, with the first and the last at hand', () => {
    const list = filled([3, 1, 2]);
    expect([ranks(list), list.first?.rank, list.last?.rank]).toEqual([[1, 2, 3], 1, 3]);
  });

  test('keeps the opposite order when it is asked to', () => {
    expect(
      ranks(
        filled(
          [3, 1, 2],
          newList((a, b) => compare(b, a)),
        ),
      ),
    ).toEqual([3, 2, 1]);
  });

  test('gives the first again and again, in order', () => {
    expect(drained(filled([5, 9, 1, 7, 3]))).toEqual([1, 3, 5, 7, 9]);
  });

  test('gives the first again and again, in the opposite order', () => {
    const list = filled(
      [5, 9, 1, 7, 3],
      newList((a, b) => compare(b, a)),
    );
    expect(drained(list)).toEqual([9, 7, 5, 3, 1]);
  });

  test('stays in order whichever element is taken out of it', () => {
    for (let removed = 0; removed < 100; removed++) {
      const list = filled(Array.from({ length: 100 }, (_, i) => (i * 37) % 100));
      expect(list.delete(`k${removed}`)?.rank).toBe(removed);
      expect(ranks(list)).toEqual(Array.from({ length: 100 }, (_, i) => i).filter((i) => i !== removed));
    }
  });

  test('can be emptied from its end', () => {
    const list = filled([2, 1, 3]);
    for (let { last } = list; last; { last } = list) list.delete(last.key);
    expect([list.length, list.first, list.last]).toEqual([0, undefined, undefined]);
  });

  test('has no first when it is empty, and takes out nothing that is not there', () => {
    expect([newList().first, newList().last, newList().delete('a')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('is empty after clear', () => {
    const list = filled([1, 2]);
    list.clear();
    expect([list.length, list.has('k1'), list.first, [...list]]).toEqual([0, false, undefined, []]);
  });

  test('puts an element in place of the one with its key, where it belongs now', () => {
    const list = filled([1, 2, 3]);
    list.set({ key: 'k1', rank: 9 });
    expect(ranks(list)).toEqual([2, 3, 9]);
    list.set({ key: 'k4', rank: 4 });
    expect(ranks(list)).toEqual([2, 3, 4, 9]);
  });

  test('holds 65,535 elements, and gives them in order', () => {
    const all = Array.from({ length: 65_535 }, (_, i) => (i * 40_503) % 65_536);
    expect(drained(filled(all))).toEqual(all.toSorted((a, b) => a - b));
  });
});
