import { describe, expect, it } from 'vitest';
import { MultiMap } from '../../../../src/main/engine/lib/multimap.ts';

describe('MultiMap', () => {
  it('has each value of a key once, and forgets a key without values', () => {
    const map = new MultiMap<string, number>();
    for (const value of [1, 2, 1]) map.add('a', value);
    map.add('b', 3);
    expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([[1, 2], [3], [], 2]);
    map.delete('a', 1);
    map.delete('a', 2);
    map.delete('c', 9);
    expect([map.get('a'), map.size]).toEqual([[], 1]);
    map.clear();
    expect(map.size).toBe(0);
  });

  it('gives a copy, so that what is met may be deleted', () => {
    const map = new MultiMap<string, number>();
    for (const value of [1, 2, 3]) map.add('a', value);
    for (const value of map.get('a')) map.delete('a', value);
    expect(map.size).toBe(0);
  });
});
