import { Random } from './random.ts';

/**
 * What the engine takes from `node:crypto`, from a seed. A simulation test puts it in place of the true one:
 * `vi.mock('node:crypto', async (actual) => ({ ...(await actual<object>()), ...(await import('…/seededcrypto.ts')) }))`.
 */
export const randomBytes = (count: number): Buffer => source.bytes(count);
/** From `min` up to and without `max`. */
export const randomInt = (min: number, max: number): number => source.int(min, max - 1);

export function seedCrypto(seed: number): void {
  source = new Random(seed);
}

let source = new Random(1);
