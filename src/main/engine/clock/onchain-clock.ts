import { throwIfAborted } from '../lib/abort.ts';
import type { Clock } from './clock.ts';
import { Waiters } from './waiters.ts';

/**
 * The time of the newest block, plus what has passed on the computer since it was seen. It follows the chain at
 * whatever speed the chain's time runs, and never goes back. Whoever follows the chain calls `sawBlock`.
 */
export class OnchainClock implements Clock {
  readonly #waiters = new Waiters();
  #blockTime = 0;
  #blockNumber = -1;
  #seenAtMs = 0;
  #latest = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ monotonicMs = () => performance.now() }: { monotonicMs?: () => number } = {}) {
    this.#monotonicMs = monotonicMs;
  }

  readonly #monotonicMs: () => number;

  now(): number {
    if (this.#blockNumber < 0) throw new Error('The chain clock was asked before the first block was seen');
    const passed = Math.floor((this.#monotonicMs() - this.#seenAtMs) / 1000);
    this.#latest = Math.max(this.#latest, this.#blockTime + passed);
    return this.#latest;
  }

  /** A new head of the chain. Older ones and repetitions are ignored. */
  sawBlock({ number, timestamp }: { number: number; timestamp: number }): void {
    if (number <= this.#blockNumber) return;
    this.#blockNumber = number;
    this.#blockTime = timestamp;
    this.#seenAtMs = this.#monotonicMs();
    this.#tick();
  }

  async waitUntil(time: number, { signal }: { signal: AbortSignal }): Promise<void> {
    throwIfAborted(signal);
    if (this.now() >= time) return;
    const waiting = this.#waiters.wait(time, signal);
    this.#arm();
    try {
      await waiting;
    } finally {
      this.#arm();
    }
  }

  #tick(): void {
    this.#waiters.release(this.now());
    this.#arm();
  }

  /** One timer for the earliest waiter; a new block may come sooner. An hour at most, as Node's timers end at 24.8 days. */
  #arm(): void {
    clearTimeout(this.#timer);
    const next = this.#waiters.next;
    if (next === undefined) return;
    const passedMs = this.#monotonicMs() - this.#seenAtMs;
    const leftMs = (next - this.#blockTime) * 1000 - passedMs;
    this.#timer = setTimeout(() => this.#tick(), Math.min(3_600_000, Math.max(1, Math.ceil(leftMs))));
  }
}
