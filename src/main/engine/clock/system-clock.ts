import { throwIfAborted } from '../lib/abort.ts';
import { sleep } from '../lib/retry.ts';
import type { Clock } from './clock.ts';

/** The computer's time. When that is set back, this one stands still until it has caught up. */
export class SystemClock implements Clock {
  #latest = 0;

  now(): number {
    this.#latest = Math.max(this.#latest, Math.floor(Date.now() / 1000));
    return this.#latest;
  }

  async waitUntil(time: number, { signal }: { signal: AbortSignal }): Promise<void> {
    throwIfAborted(signal);
    while (this.now() < time) await sleep(Math.min(time * 1000 - Date.now(), RECHECK_MS), signal);
  }
}

/** A timer does not notice that the time was set, or that the computer slept. */
const RECHECK_MS = 60_000;
