/** A set of values under each key. A key is there as long as it has values. */
export class MultiMap<K, V> {
  readonly #sets = new Map<K, Set<V>>();

  /** How many keys have values. */
  get size(): number {
    return this.#sets.size;
  }

  /** A copy, so that what is met may be deleted. */
  get(key: K): V[] {
    return [...(this.#sets.get(key) ?? [])];
  }

  add(key: K, value: V): void {
    const values = this.#sets.get(key);
    if (values) values.add(value);
    else this.#sets.set(key, new Set([value]));
  }

  delete(key: K, value: V): void {
    const values = this.#sets.get(key);
    values?.delete(value);
    if (values?.size === 0) this.#sets.delete(key);
  }

  clear(): void {
    this.#sets.clear();
  }
}
