import { isAborted } from './abort.ts';

/**
 * The promises somebody started and does not await. `settle()` waits for all of them, also for those that are added
 * while it waits; so the owner's `stop()` leaves nothing running. A rejection is handed to `onError`, an abort to nobody.
 */
export class Tasks {
  readonly #running = new Set<Promise<void>>();
  readonly #onError: (error: unknown, name: string) => void;

  constructor(onError: (error: unknown, name: string) => void) {
    this.#onError = onError;
  }

  get size(): number {
    return this.#running.size;
  }

  track(name: string, work: Promise<unknown>): void {
    const task: Promise<void> = work
      .then(
        () => {},
        (error: unknown) => {
          if (!isAborted(error)) this.#onError(error, name);
        },
      )
      .finally(() => this.#running.delete(task));
    this.#running.add(task);
  }

  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
