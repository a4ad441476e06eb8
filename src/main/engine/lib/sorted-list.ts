import { createRequire } from 'node:module';
import type * as SortedBtree from 'sorted-btree';

/**
 * A list kept in a strict total order, each element found by its key as well. Adding, removing and looking at either end
 * take time in the logarithm of its length, finding by key takes none.
 * Invariant: `compare` never answers 0 for two elements with different keys.
 */
export class SortedList<K, T> implements Iterable<T> {
  readonly #byKey = new Map<K, T>();
  readonly #keyOf: (item: T) => K;
  readonly #tree: InstanceType<typeof BTree<T, undefined>>;

  constructor({ compare, keyOf }: { compare: (a: T, b: T) => number; keyOf: (item: T) => K }) {
    this.#keyOf = keyOf;
    this.#tree = new BTree<T, undefined>(undefined, compare, NODE_SIZE);
  }

  get length(): number {
    return this.#byKey.size;
  }

  get first(): T | undefined {
    return this.#tree.minKey();
  }

  get last(): T | undefined {
    return this.#tree.maxKey();
  }

  get(key: K): T | undefined {
    return this.#byKey.get(key);
  }

  has(key: K): boolean {
    return this.#byKey.has(key);
  }

  /** Adds an element, or puts it in place of the one with the same key. */
  set(item: T): void {
    const key = this.#keyOf(item);
    this.delete(key);
    this.#tree.set(item, undefined);
    this.#byKey.set(key, item);
  }

  delete(key: K): T | undefined {
    const item = this.#byKey.get(key);
    if (item === undefined) return undefined;
    this.#byKey.delete(key);
    this.#tree.delete(item);
    return item;
  }

  clear(): void {
    this.#byKey.clear();
    this.#tree.clear();
  }

  /** In order. What is added or removed meanwhile may or may not be met. */
  [Symbol.iterator](): Iterator<T> {
    return this.#tree.keys();
  }
}

// Node gives an importer of this CommonJS package its `exports`, a bundler their `default`; asked this way it is one thing.
const { default: BTree } = createRequire(import.meta.url)('sorted-btree') as typeof SortedBtree;

/** Elements in a node of the tree; measured with the queue's order, no other size is faster. */
const NODE_SIZE = 64;
