import { walletError } from './errors.ts';

/**
 * Makes whoever guesses passphrases wait: after the third wrong one in a row a second, and twice as long after each
 * further one, up to a minute. It is for guesses through us; whoever has the file is held up by scrypt alone.
 */
export class Attempts {
  readonly #nowMs: () => number;
  #failures = 0;
  #notBeforeMs = -Infinity;

  constructor({ nowMs = () => performance.now() }: { nowMs?: () => number } = {}) {
    this.#nowMs = nowMs;
  }

  /** @throws WalletError TOO_MANY_ATTEMPTS */
  check(): void {
    const waitSeconds = Math.ceil((this.#notBeforeMs - this.#nowMs()) / 1000);
    if (waitSeconds <= 0) return;
    const message = `${this.#failures} wrong passphrases in a row. Try again in ${waitSeconds} s.`;
    throw walletError('TOO_MANY_ATTEMPTS', message, { details: { waitSeconds } });
  }

  failed(): void {
    this.#failures += 1;
    const late = this.#failures - FREE;
    if (late >= 0) this.#notBeforeMs = this.#nowMs() + Math.min(LONGEST_MS, 1000 * 2 ** Math.min(late, 10));
  }

  succeeded(): void {
    this.#failures = 0;
    this.#notBeforeMs = -Infinity;
  }
}

const FREE = 3;
const LONGEST_MS = 60_000;
