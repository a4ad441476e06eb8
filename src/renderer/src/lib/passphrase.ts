/** As main holds it: a shorter one is refused. */
export const SHORTEST_PASSPHRASE = 8;

/**
 * `short` and `plain` are refused here: too few characters, or too few different ones. `weak`: somebody with the file of
 * the wallet and a fast computer may guess it. `good`: not by trying.
 */
export type PassphraseStrength = 'short' | 'plain' | 'weak' | 'good';

export function strengthOf(passphrase: string): PassphraseStrength {
  if (passphrase.length < SHORTEST_PASSPHRASE) return 'short';
  const different = new Set(passphrase).size;
  if (different < FEWEST_DIFFERENT) return 'plain';
  // What is written twice is guessed once: characters beyond twice the different ones count for nothing.
  const counted = Math.min(passphrase.length, different * 2);
  return counted * Math.log2(alphabetOf(passphrase)) >= GOOD_BITS ? 'good' : 'weak';
}

const FEWEST_DIFFERENT = 5;
/** Ten mixed characters, or three longer words. */
const GOOD_BITS = 64;

/** Of how many signs each may be one. */
function alphabetOf(passphrase: string): number {
  const kinds: readonly (readonly [RegExp, number])[] = [
    [/\p{Ll}/u, 26],
    [/\p{Lu}/u, 26],
    [/\p{N}/u, 10],
    [/[^\p{L}\p{N}]/u, 12],
  ];
  return kinds.reduce((sum, [kind, size]) => (kind.test(passphrase) ? sum + size : sum), 0) || 26;
}
