import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SortedList } from '../../../../src/main/engine/lib/sorted-list.ts';

interface Item {
  readonly key: string;
  readonly rank: number;
}

const compare = (a: Item, b: Item) => a.rank - b.rank || (a.key < b.key ? -1 : Number(a.key > b.key));
const newList = () => new SortedList<string, Item>({ compare, keyOf: ({ key }) => key });

describe('SortedList', () => {
  test('after any sets and deletes it is the sorted map of what was put in', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
    const command = fc.oneof(
      fc.record({ key, rank: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ key, rank: fc.constant(undefined) }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
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
          expect([...list]).toEqual([...model.values()].toSorted(compare));
          expect(list.length).toBe(model.size);
          expect([list.has(key), list.get(key)]).toEqual([model.has(key), model.get(key)]);
        }
      }),
    );
  });

  test('gives elements by their position', () => {
    const list = newList();
    for (const rank of [3, 1, 2]) list.set({ key: `k${rank}`, rank });
    expect([0, 1, 2, 3, -1].map((index) => list.at(index)?.rank)).toEqual([1, 2, 3, undefined, 3]);
  });

  test('is empty after clear', () => {
    const list = newList();
    list.set({ key: 'a', rank: 1 });
    list.clear();
    expect([list.length, list.has('a'), list.at(0)]).toEqual([0, false, undefined]);
  });
});
