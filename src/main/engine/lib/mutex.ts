import { throwIfAborted, untilAborted } from './abort.ts';

/** One at a time, in the order of asking. A waiter whose signal aborts leaves at once, without having run. */
export class Mutex {
  #tail: Promise<void> = Promise.resolve();

  async run<T>(work: () => T | Promise<T>, { signal }: { signal?: AbortSignal } = {}): Promise<T> {
    const before = this.#tail;
    let release = () => {};
    this.#tail = new Promise((resolve) => (release = resolve));
    try {
      await (signal ? untilAborted(before, signal) : before);
      throwIfAborted(signal);
      return await work();
    } finally {
      // Whoever left early still hands on the turn only when it comes.
      void before.then(release);
    }
  }
}
