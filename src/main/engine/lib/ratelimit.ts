import { Mutex } from './mutex.ts';
import { sleep as sleepMs } from './retry.ts';

/**
 * So much per second, in the order of asking: each waits for the time that its amount takes, and one that gives up has
 * used nothing. Of what was not used only the last moment is made up for, so that a pause is followed by no flood.
 */
export class RateLimit {
  readonly #perSecond: number;
  readonly #nowMs: () => number;
  readonly #sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly #line = new Mutex();
  /** Until when the limit is used up; it may lie a moment back. */
  #usedUntilMs: number;

  constructor(
    perSecond: number,
    { nowMs = () => performance.now(), sleep = sleepMs }: RateLimitModules = {},
  ) {
    this.#perSecond = perSecond;
    this.#nowMs = nowMs;
    this.#sleep = sleep;
    this.#usedUntilMs = nowMs();
  }

  /** How much goes through in `ms`. */
  amountIn(ms: number): number {
    return (this.#perSecond * ms) / 1000;
  }

  /** @throws an abort error */
  async take(amount: number, { signal }: { signal: AbortSignal }): Promise<void> {
    await this.#line.run(
      async () => {
        const now = this.#nowMs();
        const until = Math.max(this.#usedUntilMs, now - MADE_UP_MS) + (amount * 1000) / this.#perSecond;
        if (until > now) await this.#sleep(until - now, signal);
        this.#usedUntilMs = until;
      },
      { signal },
    );
  }
}

export interface RateLimitModules {
  readonly nowMs?: () => number;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Timers fire late by as much, and a limit should be reached all the same. */
const MADE_UP_MS = 50;
