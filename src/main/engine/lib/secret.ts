import { inspect } from 'node:util';

/**
 * A text that must never be printed: a private key, a passphrase, a mnemonic, a token.
 * Every way to turn it into text gives `[redacted]`; only `reveal()` gives the text. The logging proxy also blots out
 * the text of every secret that is alive, so that one quoted in a library's error message is not written either.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
    if (text.length >= SHORTEST_BLOTTED) living.add(new WeakRef(this));
  }

  reveal(): string {
    return this.#text;
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
    else line = blot(line, secret.reveal());
  }
  return line;
}

/** Shorter texts would blot out innocent words. */
const SHORTEST_BLOTTED = 8;

const living = new Set<WeakRef<Secret>>();

function blot(line: string, text: string): string {
  const bare = text.startsWith('0x') ? text.slice(2) : text;
  const escaped = bare.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return line.replace(new RegExp(`(?:0x)?${escaped}`, 'gi'), REDACTED);
}
