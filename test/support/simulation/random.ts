import { SeededNumbers } from '../random.ts';

/** A stream of numbers that follow from a seed: the only chance there is in a simulation. */
export class Random extends SeededNumbers {
  constructor(seed: number) {
    super(seed);
    // Neighbouring seeds shall not begin alike.
    for (let i = 0; i < 4; i++) this.next();
  }

  /** A key, with the chance of its weight. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][];
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [key, weight] of entries) if ((left -= weight) < 0) return key;
    return (entries.at(-1) as [K, number])[0];
  }

  bytes(count: number): Buffer {
    const bytes = Buffer.alloc(count);
    for (let i = 0; i < count; i++) bytes[i] = this.int(0, 255);
    return bytes;
  }

  /** A stream of its own, so that what it is used for does not shift this one. */
  fork(): Random {
    return new Random(this.int(0, 4_294_967_295));
  }
}

/** A number below 1 that follows from its parts alone, whenever it is asked for. */
export function drawOf(...parts: readonly (string | number)[]): number {
  let hash = 2_166_136_261;
  for (const char of parts.join('/')) hash = Math.imul(hash ^ char.charCodeAt(0), 16_777_619);
  return new Random(hash).next();
}
