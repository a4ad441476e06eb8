import type { IncomingMessage } from 'node:http';
import { afterMs, type After } from '../../shared/after.ts';
import type { Logger } from '../engine/logger.ts';
import type { Refusal } from './door.ts';

/** Who was refused, in few and short lines: ten a minute, and the rest of that minute as a count at its end. */
export class RefusalLog {
  readonly #logger: Logger;
  readonly #after: After;
  #count = 0;
  #cancel: (() => void) | undefined;

  constructor(logger: Logger, { after = afterMs }: { after?: After } = {}) {
    this.#logger = logger;
    this.#after = after;
  }

  write({ method, headers: { host, origin } }: IncomingMessage, { status, reason }: Refusal): void {
    this.#cancel ??= this.#after(MINUTE_MS, () => this.close());
    this.#count += 1;
    if (this.#count > MOST_LINES) return;
    const fields = { method, status, reason, host: shortened(host), origin: shortened(origin) };
    this.#logger.warn('Request refused', fields);
  }

  /** Writes the count of this minute, if there is one. */
  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const more = this.#count - MOST_LINES;
    this.#count = 0;
    if (more > 0) this.#logger.warn('More requests were refused', { count: more });
  }
}

const shortened = (text: string | undefined): string | undefined => text?.slice(0, LONGEST_TEXT);

const MINUTE_MS = 60_000;
const MOST_LINES = 10;
const LONGEST_TEXT = 100;
