import { abortError, throwIfAborted } from './abort.ts';

/** As `Mutex`, but of those who wait the one with the lowest rank goes first; of equals, whoever asked first. */
export class Turns {
  readonly #waiting: { rank: number; begin: () => void }[] = [];
  #isTaken = false;

  async run<T>(
    work: () => T | Promise<T>,
    { rank, signal }: { rank: number; signal: AbortSignal },
  ): Promise<T> {
    throwIfAborted(signal);
    if (this.#isTaken) await this.#turn(rank, signal);
    this.#isTaken = true;
    try {
      throwIfAborted(signal);
      return await work();
    } finally {
      this.#next();
    }
  }

  #turn(rank: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.splice(this.#waiting.indexOf(turn), 1);
        reject(abortError(signal));
      };
      const turn = {
        rank,
        begin: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      const place = this.#waiting.findIndex((other) => other.rank > rank);
      this.#waiting.splice(place === -1 ? this.#waiting.length : place, 0, turn);
    });
  }

  /** The turn is handed on without being free in between, so that nobody who asks now gets ahead. */
  #next(): void {
    const next = this.#waiting.shift();
    if (next) next.begin();
    else this.#isTaken = false;
  }
}
