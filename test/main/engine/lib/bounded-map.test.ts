import { describe, expect, it } from 'vitest';
import { BoundedMap } from '../../../../src/main/engine/lib/bounded-map.ts';

describe('a bounded map', () => {
  it('forgets what was not touched for longest', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    expect(map.get('a')).toBe(1);
    map.set('c', 3);
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([1, undefined, 3]);
    expect(map.size).toBe(2);
  });

  it('takes a new value for a known key without forgetting another', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.set('b', 3);
    expect([map.get('a'), map.get('b')]).toEqual([1, 3]);
  });

  it('gives a value away', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    expect([map.take('a'), map.take('a')]).toEqual([1, undefined]);
    map.delete('b');
    expect(map.size).toBe(0);
    map.set('c', 3);
    map.clear();
    expect(map.size).toBe(0);
  });
});
