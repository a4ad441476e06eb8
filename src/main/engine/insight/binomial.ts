/**
 * Chances in repeated draws, each won with `chance` from 0 to 1. Computed in logarithms, so that neither a chance of
 * 10^-77 nor a million draws is lost in rounding: the relative error stays near 10^-10.
 */

/** At least one of so many draws. */
export const anyOf = (chance: number, draws: number): number =>
  draws === 0 ? 0 : -Math.expm1(draws * Math.log1p(-chance));

/** At least one of events that do not depend on each other. */
export const anyOfEvents = (chances: readonly number[]): number =>
  -Math.expm1(chances.reduce((sum, chance) => sum + Math.log1p(-chance), 0)) || 0;

/** Exactly `count` of so many draws. */
export function exactly(count: number, draws: number, chance: number): number {
  if (count < 0 || count > draws) return 0;
  if (chance <= 0) return count === 0 ? 1 : 0;
  if (chance >= 1) return count === draws ? 1 : 0;
  return Math.exp(logOfExactly(count, draws, chance));
}

/** At least `count` of so many draws. */
export function atLeast(count: number, draws: number, chance: number): number {
  if (count <= 0) return 1;
  if (count > draws || chance <= 0) return 0;
  if (chance >= 1) return 1;
  if (count === 1) return anyOf(chance, draws);
  // Summed on the side that is small, so that a tiny chance is not the difference of two large ones.
  return draws * chance < count ? upperTail(count, draws, chance) : 1 - lowerTail(count - 1, draws, chance);
}

/** Each term is smaller than the one before, and sooner or later adds nothing. */
function upperTail(from: number, draws: number, chance: number): number {
  const odds = chance / (1 - chance);
  let term = Math.exp(logOfExactly(from, draws, chance));
  let sum = 0;
  for (let count = from; count <= draws && sum + term > sum; count++) {
    sum += term;
    term *= ((draws - count) / (count + 1)) * odds;
  }
  return Math.min(1, sum);
}

function lowerTail(to: number, draws: number, chance: number): number {
  let sum = 0;
  for (let count = 0; count <= to; count++) sum += exactly(count, draws, chance);
  return Math.min(1, sum);
}

function logOfExactly(count: number, draws: number, chance: number): number {
  let log = count * Math.log(chance) + (draws - count) * Math.log1p(-chance);
  for (let i = 1; i <= count; i++) log += Math.log((draws - count + i) / i);
  return log;
}
