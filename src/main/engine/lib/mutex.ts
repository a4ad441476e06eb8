import { throwIfAborted } from './abort.ts';

/** One at a time, in the order of asking. A waiter whose signal aborts leaves without having run. */
export class Mutex {
  #tail: Promise<void> = Promise.resolve();

  async run<T>(work: () => T | Promise<T>, { signal }: { signal?: AbortSignal } = {}): Promise<T> {
    const before = this.#tail;
    let release = () => {};
    this.#tail = new Promise((resolve) => (release = resolve));
    await before;
    try {
      throwIfAborted(signal);
      return await work();
    } finally {
      release();
    }
  }
}
