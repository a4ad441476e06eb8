import { inspect } from 'node:util';

/**
 * A text that must never be printed: a private key, a passphrase, a mnemonic, a token.
 * Every way to turn it into text gives `[redacted]`; only `reveal()` gives the text. The logging proxy also blots out
 * the text of every secret that is alive, so that one quoted in a library's error message is not written either.
 */
export class Secret {
  readonly #text: string;
  readonly #pattern: RegExp | undefined;

  constructor(text: string) {
    this.#text = text;
    this.#pattern = patternOf(text);
    if (this.#pattern !== undefined) living.add(new WeakRef(this));
  }

  reveal(): string {
    return this.#text;
  }

  /** `line` with this secret blotted out. */
  blot(line: string): string {
    return this.#pattern === undefined ? line : line.replace(this.#pattern, REDACTED);
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

export const REDACTED = '[redacted]';

/** Blots out every living secret in `line`, with and without a leading `0x`, in any case of letters. */
export function blotSecrets(line: string): string {
  for (const reference of living) {
    const secret = reference.deref();
    if (secret === undefined) living.delete(reference);
    else line = secret.blot(line);
  }
  return line;
}

/** Shorter texts would blot out innocent words. */
const SHORTEST_BLOTTED = 8;

const living = new Set<WeakRef<Secret>>();

function patternOf(text: string): RegExp | undefined {
  const bare = text.startsWith('0x') ? text.slice(2) : text;
  if (bare.length < SHORTEST_BLOTTED) return undefined;
  return new RegExp(`(?:0x)?${bare.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`, 'gi');
}
