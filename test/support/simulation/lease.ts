import type { Clock } from '../../../src/main/engine/clock/clock.ts';
import { Waiters } from '../../../src/main/engine/clock/waiters.ts';
import { throwIfAborted, untilAborted } from '../../../src/main/engine/lib/abort.ts';
import type { Timeline } from './timeline.ts';

export interface LeaseModules {
  /** The world's. */
  readonly clock: Clock;
  readonly timeline: Timeline;
}

/**
 * What binds a process to the world. All it asks of the world passes through here, and once it is dead nothing does: no
 * call has an effect, no answer comes, no wait ends. What is left of the process hangs for ever, as if it were not there.
 */
export class Lease {
  readonly clock: LeasedClock;
  readonly #modules: LeaseModules;
  readonly #onDeath: () => void;
  #isAlive = true;
  #callsLeft = Infinity;

  /** `onDeath` is told of a death that was planned by `dieAfter`. */
  constructor(modules: LeaseModules, onDeath: () => void) {
    this.#modules = modules;
    this.#onDeath = onDeath;
    this.clock = new LeasedClock(modules.clock);
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Whether something it asked for is on its way. */
  get isBusy(): boolean {
    return this.#modules.timeline.has(this);
  }

  end(): void {
    this.#isAlive = false;
    this.#modules.timeline.drop(this);
    this.clock.end();
  }

  /** The process dies at its n-th call from now on, before or after the effect of one. */
  dieAfter(calls: number): void {
    this.#callsLeft = calls;
  }

  /** Plans an event that ends with the process. Answers with what takes it back. */
  plan(at: number, run: () => void): () => void {
    return this.#isAlive ? this.#modules.timeline.add(at, this, run) : () => {};
  }

  /** Waits so many seconds; 0 is later in this second, undefined not at all. Where the process may die. */
  async pass(seconds: number | undefined, signal?: AbortSignal): Promise<void> {
    if (--this.#callsLeft < 0 && this.#isAlive) {
      this.end();
      this.#onDeath();
    }
    if (!this.#isAlive) return never();
    throwIfAborted(signal);
    if (seconds === undefined) return;
    let takeBack = () => {};
    const passed = new Promise<void>((resolve) => {
      takeBack = this.plan(this.#modules.clock.now() + seconds, resolve);
    });
    if (!signal) return passed;
    try {
      await untilAborted(passed, signal);
    } finally {
      takeBack();
    }
  }

  /** Takes effect only while the process lives; the answer comes as later says. */
  async perform<T>(effect: () => Promise<T>, later: number | undefined, signal?: AbortSignal): Promise<T> {
    if (!this.#isAlive) return never();
    // A failure travels like an answer.
    const answer = await settled(effect());
    await this.pass(later, signal);
    return answer();
  }
}

/** The world's clock, as long as the process lives. */
export class LeasedClock implements Clock {
  readonly #clock: Clock;
  readonly #waiters = new Waiters();
  #isAlive = true;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  get nextWaiter(): number | undefined {
    return this.#isAlive ? this.#waiters.next : undefined;
  }

  async waitUntil(time: number, { signal }: { signal: AbortSignal }): Promise<void> {
    throwIfAborted(signal);
    if (!this.#isAlive) return never();
    if (this.now() < time) await this.#waiters.wait(time, signal);
  }

  release(): void {
    if (this.#isAlive) this.#waiters.release(this.now());
  }

  end(): void {
    this.#isAlive = false;
  }
}

export const never = (): Promise<never> => new Promise(() => {});

async function settled<T>(work: Promise<T>): Promise<() => T> {
  try {
    const value = await work;
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
