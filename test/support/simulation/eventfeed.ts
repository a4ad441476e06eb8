import type { Clock } from '../../../src/main/engine/clock/clock.ts';
import { Emitter } from '../../../src/main/engine/lib/emitter.ts';
import type { MarketEvent } from '../../../src/main/engine/market/market.ts';
import type { FakeChain } from '../fakechain.ts';
import type { Faults } from './faults.ts';
import type { Lease } from './lease.ts';

/** The last event that is known to be delivered; outlives the process, as the follower's stored cursor does. */
export interface Cursor {
  /** How many events of the chain's history were delivered; undefined before the first start. */
  delivered: number | undefined;
}

export interface EventFeedModules {
  readonly chain: FakeChain;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly lease: Lease;
  readonly cursor: Cursor;
}

/**
 * The chain's events as a process hears them: in order, each once, later; not at all during an outage and all at once
 * after it. At a start it goes on from the stored cursor, which may lie before what was delivered already.
 */
export class EventFeed {
  readonly #modules: EventFeedModules;
  readonly #listeners: Emitter<MarketEvent>;
  readonly #unsubscribe: () => void;
  #delivered: number;
  #isLookPlanned = false;
  #takeBack = () => {};

  constructor(modules: EventFeedModules, onListenerError: (error: unknown) => void) {
    this.#modules = modules;
    this.#listeners = new Emitter(onListenerError);
    const { chain, cursor } = modules;
    this.#delivered = cursor.delivered ?? chain.history.length;
    cursor.delivered = this.#delivered;
    this.#unsubscribe = chain.subscribe(() => this.#planLook());
    if (this.#delivered < chain.history.length) this.#planLook();
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  subscribe(listener: (event: MarketEvent) => void): () => void {
    return this.#listeners.subscribe(listener);
  }

  end(): void {
    this.#unsubscribe();
    this.#takeBack();
  }

  #planLook(): void {
    if (this.#isLookPlanned) return;
    this.#isLookPlanned = true;
    const { clock, faults, lease } = this.#modules;
    this.#takeBack = lease.plan(clock.now() + (faults.is('outage') ? 30 : (faults.delay() ?? 0)), () => {
      this.#isLookPlanned = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    const { chain, faults, cursor, lease } = this.#modules;
    if (faults.is('outage')) return this.#planLook();
    while (this.#delivered < chain.history.length && lease.isAlive) {
      const next = chain.history[this.#delivered++];
      if (next) this.#listeners.emit(next.event);
    }
    // Saving it may come late, and then what was heard is heard again after a restart.
    if (faults.chance(0.8)) cursor.delivered = this.#delivered;
  }
}
