import { abortScope, isAborted } from '../../lib/abort.ts';
import { Limiter } from '../../lib/limiter.ts';
import { Tasks } from '../../lib/tasks.ts';
import type { Logger } from '../../logger.ts';
import { pause, type Timers } from '../timers.ts';

/** Tells it once; resolves with how many nodes were told. */
export type Announce<T> = (thing: T, options: { signal: AbortSignal }) => Promise<number>;

/**
 * Says things at once and again every 30 minutes, each until its signal aborts; sooner when nobody was there to hear. Few
 * at a time, since each takes a search.
 */
export class Announcer<T> {
  readonly #announce: Announce<T>;
  readonly #timers: Timers;
  readonly #logger: Logger;
  readonly #root = abortScope();
  readonly #limiter = new Limiter(AT_A_TIME);
  readonly #tasks: Tasks;

  constructor({ timers, logger }: { timers: Timers; logger: Logger }, announce: Announce<T>) {
    this.#announce = announce;
    this.#timers = timers;
    this.#logger = logger;
    this.#tasks = new Tasks((error) => this.#logger.warn('Announcing ended', { error }));
  }

  /** Resolves after the first time, whether anybody heard it or not. Rejects with an abort error. */
  async provide(thing: T, { signal }: { signal: AbortSignal }): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const repeating = this.#repeat(thing, signal, resolve);
      repeating.catch(reject);
      this.#tasks.track('announce', repeating);
    });
  }

  /** What is provided is provided no more. */
  async stop(): Promise<void> {
    this.#root.abort();
    await this.#tasks.settle();
  }

  async #repeat(thing: T, signal: AbortSignal, onFirst: () => void): Promise<void> {
    using scope = abortScope(signal, this.#root.signal);
    for (;;) {
      const told = await this.#once(thing, scope.signal);
      onFirst();
      await pause(told > 0 ? REPEAT_MS : UNHEARD_MS, { timers: this.#timers, signal: scope.signal });
    }
  }

  /** A search that fails is as one that found nobody. */
  async #once(thing: T, signal: AbortSignal): Promise<number> {
    try {
      return await this.#limiter.run(() => this.#announce(thing, { signal }), { signal });
    } catch (error) {
      if (isAborted(error)) throw error;
      this.#logger.warn('Announcing failed', { error });
      return 0;
    }
  }
}

const AT_A_TIME = 2;
const REPEAT_MS = 30 * 60_000;
const UNHEARD_MS = 30_000;
