import type { After } from '../../src/shared/after.ts';

/** Timers moved by hand. `after` and `nowMs` may be passed on their own. */
export class ManualTimers {
  #now = 0;
  #waiting: { at: number; work: () => void }[] = [];

  readonly nowMs = (): number => this.#now;

  readonly after: After = (ms, work) => {
    const timer = { at: this.#now + ms, work };
    this.#waiting.push(timer);
    return () => void (this.#waiting = this.#waiting.filter((other) => other !== timer));
  };

  /** How many timers wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Runs what falls due, in order, also what is set meanwhile. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (let next = this.#takeNext(until); next !== undefined; next = this.#takeNext(until)) {
      this.#now = Math.max(this.#now, next.at);
      next.work();
    }
    this.#now = until;
  }

  #takeNext(until: number): { at: number; work: () => void } | undefined {
    let next: { at: number; work: () => void } | undefined;
    for (const timer of this.#waiting) {
      if (timer.at <= until && (next === undefined || timer.at < next.at)) next = timer;
    }
    if (next) this.#waiting = this.#waiting.filter((other) => other !== next);
    return next;
  }
}
