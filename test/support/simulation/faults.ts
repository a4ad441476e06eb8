import type { Clock } from '../../../src/main/engine/clock/clock.ts';
import { MarketError } from '../../../src/main/engine/market/errors.ts';
import { StoreError } from '../../../src/main/engine/stores/errors.ts';
import type { Random } from './random.ts';

/** Spells of trouble: each lasts until a time. */
export type Spell =
  'outage' | 'flaky' | 'slow' | 'diskFull' | 'noDownloads' | 'noProofs' | 'congested' | 'fullDiskForSlots';

/** How quick the world answers, drawn once for a schedule. */
export interface Pace {
  /** The share of calls that are answered on the spot. */
  readonly onTheSpot: number;
  /** Seconds; the rest takes up to that. */
  readonly slowest: number;
}

/** What goes wrong, and how long things take. Notes when the node was last treated unfairly. */
export class Faults {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #pace: Pace;
  readonly #until = new Map<Spell, number>();
  #unfairUntil = 0;

  constructor({ clock, random }: { clock: Clock; random: Random }, pace: Pace) {
    this.#clock = clock;
    this.#random = random;
    this.#pace = pace;
  }

  /** Up to when something was done to the node under which it may miss a proof. */
  get unfairUntil(): number {
    return this.#unfairUntil;
  }

  begin(spell: Spell, seconds: number): void {
    this.#until.set(spell, Math.max(this.#until.get(spell) ?? 0, this.#clock.now() + seconds));
    this.unfair(seconds + aftermath[spell]);
  }

  endAll(): void {
    this.#until.clear();
  }

  unfair(seconds = 0): void {
    this.#unfairUntil = Math.max(this.#unfairUntil, this.#clock.now() + seconds);
  }

  is(spell: Spell): boolean {
    return this.#clock.now() < (this.#until.get(spell) ?? 0);
  }

  /** Seconds something takes; undefined for no time at all. */
  delay(): number | undefined {
    if (this.is('slow')) return this.#random.int(0, 40);
    return this.#random.chance(this.#pace.onTheSpot) ? undefined : this.#random.int(0, this.#pace.slowest);
  }

  /** Seconds until a transaction is mined. */
  miningTime(): number {
    return this.is('congested') ? this.#random.int(0, 300) : this.#random.int(0, 12);
  }

  /** A transaction is forgotten by the servers that took it. */
  isForgotten(): boolean {
    return this.is('congested') && this.#random.chance(0.15);
  }

  /** @throws MarketError when the chain cannot be reached at this moment */
  demandChain(): void {
    if (this.is('outage')) throw unreachable();
    if (this.is('flaky') && this.#random.chance(0.3)) {
      throw this.#random.chance(0.7)
        ? unreachable()
        : new MarketError('RPC_REFUSED', { refusal: 'too many requests' });
    }
  }

  /** @throws StoreError when nothing can be written */
  demandDisk(spell: 'diskFull' | 'fullDiskForSlots' = 'diskFull'): void {
    if (this.is(spell) && this.#random.chance(0.7)) throw new StoreError('DISK_FULL', {});
  }

  chance(probability: number): boolean {
    return this.#random.chance(probability);
  }
}

const unreachable = () => new MarketError('CHAIN_UNREACHABLE', {});

/** How long the consequences of what began in a spell may last beyond it, seconds. */
const aftermath: Readonly<Record<Spell, number>> = {
  outage: 0,
  flaky: 0,
  slow: 120,
  // Up to 300 s until it is mined, or 180 s until what was forgotten is given up.
  congested: 500,
  diskFull: 60,
  fullDiskForSlots: 60,
  noDownloads: 60,
  noProofs: 0,
};
