import type { Clock } from '../../../src/main/engine/clock/clock.ts';
import type { Sent } from '../../../src/main/engine/market/market.ts';
import type { Faults } from './faults.ts';
import type { Timeline } from './timeline.ts';

/** The transactions of an account that were sent and are not mined yet. They outlive the process that sent them. */
export class Mempool {
  readonly #clock: Clock;
  readonly #timeline: Timeline;
  readonly #faults: Faults;
  #lastMinedAt = 0;

  constructor({ clock, timeline, faults }: { clock: Clock; timeline: Timeline; faults: Faults }) {
    this.#clock = clock;
    this.#timeline = timeline;
    this.#faults = faults;
  }

  /** Settles once it is mined, in the order of sending, as the contract judges it; never when it is forgotten. */
  send(transact: () => Promise<Sent>): Promise<Sent> {
    if (this.#faults.isForgotten()) return new Promise(() => {});
    const at = Math.max(this.#clock.now() + this.#faults.miningTime(), this.#lastMinedAt + 1);
    this.#lastMinedAt = at;
    const mined = new Promise<void>((resolve) => this.#timeline.add(at, this, resolve)).then(transact);
    // Whoever sent it may be dead by then.
    mined.catch(() => {});
    return mined;
  }
}
