import { FIELD_ORDER } from './field.ts';

/** What is added to the state of the permutation: to all of it in a full round, to its first element in a partial one. */
export interface RoundConstants {
  readonly firstFull: readonly Triple[];
  readonly partial: readonly bigint[];
  readonly lastFull: readonly Triple[];
}

export type Triple = readonly [bigint, bigint, bigint];

/**
 * The round constants, drawn from the Grain shift register that the parameters of the hash are the seed of. They are the
 * first set that was published for Poseidon2: its seed says 1 where that of the later one says 0. Drawn at the first
 * call, in some 10 ms. Source: proofs.md §1.2.
 */
export function roundConstants(): RoundConstants {
  drawn ??= drawConstants();
  return drawn;
}

let drawn: RoundConstants | undefined;

function drawConstants(): RoundConstants {
  const draw = elementSource();
  const triples = (count: number): Triple[] => Array.from({ length: count }, () => [draw(), draw(), draw()]);
  return {
    firstFull: triples(FULL_ROUNDS / 2),
    partial: Array.from({ length: PARTIAL_ROUNDS }, draw),
    lastFull: triples(FULL_ROUNDS / 2),
  };
}

const FULL_ROUNDS = 8;
const PARTIAL_ROUNDS = 56;
const FIELD_BITS = 254;

/** Number and width in bits of each parameter, in the order of the seed. */
const seed = [
  [1, 2], // a prime field
  [1, 4], // the S-box, as the first set of constants names it
  [FIELD_BITS, 12],
  [3, 12], // elements of the state
  [FULL_ROUNDS, 10],
  [PARTIAL_ROUNDS, 10],
  [2 ** 30 - 1, 30],
] as const;
const TAPS = [62, 51, 38, 23, 13, 0];
const DISCARDED_BITS = 160;

/** Draws numbers of the field, the highest bit first; those that are too large are left out. */
function elementSource(): () => bigint {
  const bit = bitSource();
  return () => {
    for (;;) {
      let value = 0n;
      for (let i = 0; i < FIELD_BITS; i++) value = (value << 1n) | BigInt(bit());
      if (value < FIELD_ORDER) return value;
    }
  };
}

/** Of each two bits of the register the first says whether the second is taken. */
function bitSource(): () => number {
  const bits = seed.flatMap(([value, width]) => Array.from(value.toString(2).padStart(width, '0'), Number));
  let start = 0;
  const step = (): number => {
    let next = 0;
    for (const tap of TAPS) next ^= bits[start + tap] as number;
    start += 1;
    bits.push(next);
    return next;
  };
  for (let i = 0; i < DISCARDED_BITS; i++) step();
  return () => {
    while (step() === 0) step();
    return step();
  };
}
