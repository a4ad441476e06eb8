import { FIELD_ORDER } from './field.ts';
import { roundConstants, type Triple } from './grain.ts';

/**
 * The hash of slots and storage proofs, Poseidon2 with a state of three elements, in plain numbers: about 150 µs a
 * permutation. It is what the quick one (`Poseidon2Wasm`) is held to, and does where there is little to hash.
 * Source: proofs.md §1.2, §1.4.
 */
export function permute([a, b, c]: Triple): Triple {
  const { firstFull, partial, lastFull } = roundConstants();
  let state = external([a, b, c]);
  for (const round of firstFull) state = fullRound(state, round);
  for (const constant of partial) state = partialRound(state, constant);
  for (const round of lastFull) state = fullRound(state, round);
  return state;
}

/**
 * A node of a tree from its two children. `key` says where it stands: 1 when the children are leaves, and 2 more when
 * there is no right one, for which 0 is taken.
 */
export function compress(left: bigint, right: bigint, key: number): bigint {
  return permute([left, right, BigInt(key)])[0];
}

/** Hashes elements, `rate` (1 or 2) of them at a time, to one. An element 1, then zeros, always follow them. */
export function sponge(elements: readonly bigint[], rate: 1 | 2 = 2): bigint {
  const padded = [...elements, 1n];
  if (padded.length % rate !== 0) padded.push(0n);
  let state: Triple = [0n, 0n, spongeStart(rate)];
  for (let i = 0; i < padded.length; i += rate) {
    const [first, second, capacity] = state;
    state = permute([
      first + (padded[i] as bigint),
      rate === 2 ? second + (padded[i + 1] as bigint) : second,
      capacity,
    ]);
  }
  return state[0];
}

/** The third element of the state before anything was absorbed. */
export const spongeStart = (rate: 1 | 2): bigint => 2n ** 64n + 256n * 3n + BigInt(rate);

function fullRound([a, b, c]: Triple, [k, l, m]: Triple): Triple {
  return external([fifthPower(a + k), fifthPower(b + l), fifthPower(c + m)]);
}

function partialRound([a, b, c]: Triple, constant: bigint): Triple {
  const first = fifthPower(a + constant);
  const sum = first + b + c;
  return [(sum + first) % FIELD_ORDER, (sum + b) % FIELD_ORDER, (sum + 2n * c) % FIELD_ORDER];
}

function external([a, b, c]: Triple): Triple {
  const sum = a + b + c;
  return [(sum + a) % FIELD_ORDER, (sum + b) % FIELD_ORDER, (sum + c) % FIELD_ORDER];
}

function fifthPower(value: bigint): bigint {
  const square = (value * value) % FIELD_ORDER;
  return (((square * square) % FIELD_ORDER) * value) % FIELD_ORDER;
}
