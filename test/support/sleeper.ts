import { abortError, throwIfAborted } from '../../src/main/engine/lib/abort.ts';

/** Sleep whose time is moved by hand, for one sleeper that does real work, such as reading files, in between. */
export class Sleeper {
  #now = 0;
  readonly #sleeping = new Set<{ readonly at: number; readonly wake: () => void }>();

  readonly nowMs = (): number => this.#now;

  readonly sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    throwIfAborted(signal);
    await new Promise<void>((resolve, reject) => {
      const end = (settle: () => void) => {
        this.#sleeping.delete(sleep);
        signal.removeEventListener('abort', onAbort);
        settle();
      };
      const onAbort = () => end(() => reject(abortError(signal)));
      const sleep = { at: this.#now + ms, wake: () => end(resolve) };
      this.#sleeping.add(sleep);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  };

  get sleeping(): number {
    return this.#sleeping.size;
  }

  /** Resolves when somebody sleeps, and answers with how long. */
  async asleep(): Promise<number> {
    while (this.#sleeping.size === 0) await new Promise(setImmediate);
    return (this.#earliest()?.at ?? 0) - this.#now;
  }

  /** Moves time, and lets whoever wakes work until it sleeps again. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await this.asleep();
      const next = this.#earliest();
      if (!next || next.at > until) break;
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
    this.#now = until;
  }

  #earliest() {
    return [...this.#sleeping].sort((a, b) => a.at - b.at)[0];
  }
}
