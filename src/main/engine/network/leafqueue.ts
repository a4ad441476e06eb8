import { untilAborted } from '../lib/abort.ts';
import { deferred } from './deferred.ts';

/**
 * Between peers that deliver and a reader that stores. Whoever adds should wait for room before asking for more; what was
 * asked for already is always taken, so that the queue exceeds its size by at most what is in flight.
 */
export class LeafQueue<T> implements AsyncIterable<T> {
  readonly #size: number;
  readonly #items: T[] = [];
  #end: { error?: unknown } | undefined;
  #changed = deferred<void>();

  constructor(size: number) {
    this.#size = size;
  }

  add(item: T): void {
    this.#items.push(item);
    this.#wake();
  }

  async room({ signal }: { signal: AbortSignal }): Promise<void> {
    while (this.#items.length >= this.#size) await untilAborted(this.#changed.promise, signal);
  }

  /** The reader gets what is there, then the end, or `error` thrown. */
  end(outcome: { error?: unknown } = {}): void {
    this.#end ??= outcome;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    for (;;) {
      for (let item = this.#items.shift(); item !== undefined; item = this.#items.shift()) {
        this.#wake();
        yield item;
      }
      if (this.#end) {
        if ('error' in this.#end) throw this.#end.error;
        return;
      }
      await this.#changed.promise;
    }
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = deferred();
  }
}
