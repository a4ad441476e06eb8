import type { Clock } from '../../src/main/engine/clock/clock.ts';
import { throwIfAborted } from '../../src/main/engine/lib/abort.ts';
import { Waiters } from '../../src/main/engine/clock/waiters.ts';

/** A clock moved by hand. */
export class FakeClock implements Clock {
  readonly #waiters = new Waiters();
  #now: number;

  constructor(now = 1_700_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  get nextWaiter(): number | undefined {
    return this.#waiters.next;
  }

  async waitUntil(time: number, { signal }: { signal: AbortSignal }): Promise<void> {
    throwIfAborted(signal);
    if (this.#now < time) await this.#waiters.wait(time, signal);
  }

  set(now: number): void {
    this.#now = Math.max(this.#now, now);
    this.#waiters.release(this.#now);
  }

  advance(seconds: number): void {
    this.set(this.#now + seconds);
  }
}
