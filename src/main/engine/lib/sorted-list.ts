/**
 * A list kept in a strict total order, with the position of each element found by its key.
 * Insertion and removal are a binary search and a move of the tail: at 65,535 elements a memmove of half a megabyte.
 * Invariant: `compare` never answers 0 for two elements with different keys.
 */
export class SortedList<K, T> implements Iterable<T> {
  readonly #items: T[] = [];
  readonly #byKey = new Map<K, T>();
  readonly #compare: (a: T, b: T) => number;
  readonly #keyOf: (item: T) => K;

  constructor({ compare, keyOf }: { compare: (a: T, b: T) => number; keyOf: (item: T) => K }) {
    this.#compare = compare;
    this.#keyOf = keyOf;
  }

  get length(): number {
    return this.#items.length;
  }

  /** The element at a position; 0 is the first in order. */
  at(index: number): T | undefined {
    return this.#items.at(index);
  }

  get(key: K): T | undefined {
    return this.#byKey.get(key);
  }

  has(key: K): boolean {
    return this.#byKey.has(key);
  }

  /** Adds an element, or puts it in place of the one with the same key. */
  set(item: T): void {
    this.delete(this.#keyOf(item));
    this.#items.splice(this.#position(item), 0, item);
    this.#byKey.set(this.#keyOf(item), item);
  }

  delete(key: K): T | undefined {
    const item = this.#byKey.get(key);
    if (item === undefined) return undefined;
    this.#byKey.delete(key);
    this.#items.splice(this.#position(item), 1);
    return item;
  }

  clear(): void {
    this.#items.length = 0;
    this.#byKey.clear();
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#items.values();
  }

  /** The first position whose element is not before `item`: where it stands, or where it belongs. */
  #position(item: T): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(this.#items[middle] as T, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
