import { createHash } from 'node:crypto';

/**
 * Chance that can be repeated: the same seed and labels always give the same number in [0, 1). It has no state, so a
 * practice network that was resumed goes on as if it had not been stopped.
 */
export class Chance {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  unit(...labels: readonly (string | number)[]): number {
    const digest = createHash('sha256')
      .update(JSON.stringify([this.#seed, ...labels]))
      .digest();
    return digest.readUInt32BE(0) / 2 ** 32;
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number, ...labels: readonly (string | number)[]): number {
    return low + Math.floor(this.unit(...labels) * (high - low + 1));
  }

  oneOf<T>(choices: readonly [T, ...T[]], ...labels: readonly (string | number)[]): T {
    return choices[this.between(0, choices.length - 1, ...labels)] ?? choices[0];
  }
}
