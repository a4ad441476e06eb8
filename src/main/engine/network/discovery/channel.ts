/** What one side puts in, the other reads in order. For few things: what waits is kept. */
export class Channel<T> implements AsyncIterable<T> {
  readonly #waiting: T[] = [];
  #wake: () => void = () => {};
  #end: { error?: Error } | undefined;

  push(value: T): void {
    if (!this.#end) this.#waiting.push(value);
    this.#wake();
  }

  /** The reader gets what waits, and then the error if there is one. */
  close(error?: Error): void {
    this.#end ??= error ? { error } : {};
    this.#wake();
  }

  /** For one reader. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) yield next;
      else if (this.#end) break;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#end.error) throw this.#end.error;
  }
}
