import { BoundedMap } from '../../lib/bounded-map.ts';
import { isPublic, subnetOf, type Endpoint } from '../endpoint.ts';

/**
 * Where others see us, from what they say: believed when three of different subnets agree, and most of those who spoke
 * lately do. A liar has one voice, however many addresses it has in its subnet.
 */
export class ObservedAddress {
  readonly #onChange: (observed: Endpoint) => void;
  /** What each subnet said last. */
  readonly #voices = new BoundedMap<string, Endpoint>(MAX_VOICES);
  #current: Endpoint | undefined;

  /** @param onChange gets it when it is known, and whenever it is another one */
  constructor(onChange: (observed: Endpoint) => void) {
    this.#onChange = onChange;
  }

  get current(): Endpoint | undefined {
    return this.#current;
  }

  add(from: Endpoint, seen: Endpoint): void {
    if (!isPublic(from.host) || !isPublic(seen.host) || seen.port === 0) return;
    this.#voices.set(subnetOf(from.host), seen);
    if (!this.#isBelieved(seen) || isSame(seen, this.#current)) return;
    this.#current = seen;
    this.#onChange(seen);
  }

  #isBelieved(seen: Endpoint): boolean {
    const agreeing = this.#voices.values().filter((other) => isSame(other, seen)).length;
    return agreeing >= AGREEING && agreeing * 2 > this.#voices.size;
  }
}

const isSame = (a: Endpoint, b: Endpoint | undefined): boolean => a.host === b?.host && a.port === b.port;

const MAX_VOICES = 15;
const AGREEING = 3;
