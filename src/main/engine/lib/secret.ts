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
    if (this.#pattern !== undefined) remember(this, text.length);
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
  living = living.filter(({ reference }) => reference.deref() !== undefined);
  return living.reduce((text, { reference }) => reference.deref()?.blot(text) ?? text, line);
}

/** Shorter texts would blot out innocent words. */
const SHORTEST_BLOTTED = 8;

/** The longest first: of one that begins like another, the rest would be left when that other went before it. */
let living: { readonly length: number; readonly reference: WeakRef<Secret> }[] = [];

function remember(secret: Secret, length: number): void {
  const at = living.findIndex((other) => other.length <= length);
  living.splice(at < 0 ? living.length : at, 0, { length, reference: new WeakRef(secret) });
}

function patternOf(text: string): RegExp | undefined {
  const bare = text.startsWith('0x') ? text.slice(2) : text;
  if (bare.length < SHORTEST_BLOTTED) return undefined;
  return new RegExp(`(?:0x)?${bare.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`, 'gi');
}
