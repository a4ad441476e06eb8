/**
 * Knows whether anything is under way in this process that does not wait for time: calls to the chain, the database, the
 * disk. What is between two of them is done within one turn of the event loop.
 */
export class Busy {
  #running = 0;

  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
    }
  }

  /** The same object, its asynchronous methods counted while they run. */
  watch<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          const result: unknown = value.apply(target, args);
          if (!(result instanceof Promise)) return result;
          return this.during(() => result);
        };
      },
    });
  }

  /** Resolves when nothing has run for a few turns. */
  async idle(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS;) {
      await new Promise(setImmediate);
      quiet = this.#running === 0 ? quiet + 1 : 0;
    }
  }
}

const QUIET_TURNS = 4;
