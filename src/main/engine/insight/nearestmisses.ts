import type { NearestMiss } from '../../../shared/insight.ts';
import type { Availability } from '../sales/availability.ts';
import { conflictOf, type WishTerms } from '../sales/matching.ts';
import { conditionRules, emptied } from './verdict.ts';

/**
 * The few requests that an offer missed by least: by the fewest conditions, then by the smallest factor. What was asked
 * and what the offer has differ by a factor in each condition; the largest of them counts. (An end is compared as the time
 * for which the request runs: the part of it that lies beyond the offer's end.)
 */
export class NearestMisses {
  readonly #limit: number;
  readonly #nearest: { distance: Distance; miss: NearestMiss }[] = [];

  constructor({ limit = 10 }: { limit?: number } = {}) {
    this.#limit = limit;
  }

  /** Nearest first; of equals the one that came first. */
  list(): NearestMiss[] {
    return this.#nearest.map(({ miss }) => miss);
  }

  /** Whether it would be among the nearest. */
  wouldTake(offer: Availability, wish: WishTerms): boolean {
    return this.#placeOf(distanceOf(offer, wish)) < this.#limit;
  }

  /** `miss` is asked for only when it is among the nearest. */
  add(offer: Availability, wish: WishTerms, miss: () => NearestMiss): void {
    const distance = distanceOf(offer, wish);
    const place = this.#placeOf(distance);
    if (place >= this.#limit) return;
    this.#nearest.splice(place, 0, { distance, miss: miss() });
    this.#nearest.length = Math.min(this.#nearest.length, this.#limit);
  }

  #placeOf(distance: Distance): number {
    return this.#nearest.findLastIndex((other) => byDistance(other.distance, distance) <= 0) + 1;
  }
}

interface Distance {
  readonly rules: number;
  /** At least 1. */
  readonly factor: number;
}

const byDistance = (a: Distance, b: Distance): number => a.rules - b.rules || a.factor - b.factor;

function distanceOf(offer: Availability, wish: WishTerms): Distance {
  const empty = emptied(offer);
  const factors = conditionRules.flatMap((rule) => {
    const conflict = conflictOf(rule, empty, wish);
    if (!conflict) return [];
    return [rule === 'until' ? lateness(offer, wish) : factorOf(conflict.details ?? nothing)];
  });
  return { rules: factors.length, factor: Math.max(1, ...factors) };
}

const nothing = { asked: 1n, yours: 1n };

const lateness = ({ until }: Availability, { requestEndsAt, duration }: WishTerms): number =>
  1 + (requestEndsAt - until) / Math.max(1, Number(duration));

function factorOf({ asked, yours }: { readonly asked: bigint; readonly yours: bigint }): number {
  const [less, more] = asked < yours ? [asked, yours] : [yours, asked];
  return less <= 0n ? Infinity : Number((more * PRECISION) / less) / Number(PRECISION);
}

const PRECISION = 1_000_000n;
