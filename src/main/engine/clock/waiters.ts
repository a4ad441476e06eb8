import { abortError, throwIfAborted } from '../lib/abort.ts';

/** Those who wait for a time; they are released earliest first. A clock calls `release(now)` whenever its time moved. */
export class Waiters {
  readonly #waiting = new Set<{ time: number; resolve: () => void }>();

  get size(): number {
    return this.#waiting.size;
  }

  /** The earliest time waited for, or undefined. */
  get next(): number | undefined {
    let next: number | undefined;
    for (const { time } of this.#waiting) if (next === undefined || time < next) next = time;
    return next;
  }

  async wait(time: number, signal: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    await new Promise<void>((resolve, reject) => {
      const waiter = { time, resolve: () => done(resolve) };
      const onAbort = () => done(() => reject(abortError(signal)));
      const done = (settle: () => void) => {
        this.#waiting.delete(waiter);
        signal.removeEventListener('abort', onAbort);
        settle();
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(waiter);
    });
  }

  release(now: number): void {
    const due = [...this.#waiting].filter(({ time }) => time <= now);
    for (const { resolve } of due.toSorted((a, b) => a.time - b.time)) resolve();
  }
}
