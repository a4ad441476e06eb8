import { open } from 'node:fs/promises';
import { UsageError } from '../cli.ts';
import { commandError } from './errors.ts';
import type { Terminal } from './terminal.ts';

export interface SecretQuestion {
  /** `The passphrase of the wallet` */
  readonly what: string;
  /** The flag by which a file can be named, and the file that was. */
  readonly flag?: string;
  readonly file?: string | undefined;
  /** Typed twice, so that it is not mistyped. */
  readonly isNew?: boolean;
}

/**
 * Secrets for one command, one after the other: from a file that was named, from a person who types them unseen, or as
 * lines of standard input. Never from an argument: other accounts can read those.
 */
export class SecretInput {
  readonly #terminal: Terminal;
  readonly #signal: AbortSignal;
  #lines: string[] | undefined;

  constructor(terminal: Terminal, { signal }: { signal: AbortSignal }) {
    this.#terminal = terminal;
    this.#signal = signal;
  }

  /** @throws UsageError when there is none; CommandError NOT_THE_SAME; or an abort error */
  async next(question: SecretQuestion): Promise<string> {
    if (question.file !== undefined) return this.#fromFile(question.file);
    return this.#terminal.canAsk ? this.#typed(question) : this.#piped(question);
  }

  async #fromFile(path: string): Promise<string> {
    const file = await open(path, 'r');
    try {
      const { size, mode } = await file.stat();
      if (size > MAX_SECRET_BYTES) throw new UsageError(`${path} is too large to hold a secret.`);
      if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
        this.#terminal.say(
          `Other accounts of this computer can read ${path}. Take that right away: chmod 600.`,
        );
      }
      return (await file.readFile('utf8')).replace(/\r?\n$/, '');
    } finally {
      await file.close();
    }
  }

  async #typed({ what, isNew }: SecretQuestion): Promise<string> {
    const options = { signal: this.#signal };
    const secret = (await this.#terminal.askSecret(`${what}: `, options)).reveal();
    if (!isNew) return secret;
    const again = (await this.#terminal.askSecret('The same again: ', options)).reveal();
    if (again === secret) return secret;
    throw commandError('NOT_THE_SAME', 'The two were not the same. Nothing was changed.');
  }

  async #piped({ what, flag }: SecretQuestion): Promise<string> {
    this.#lines ??= (await this.#terminal.readInput({ signal: this.#signal })).split(/\r?\n/);
    const line = this.#lines.shift();
    if (line) return line;
    const named = flag === undefined ? '' : ` Name a file with ${flag}, or`;
    throw new UsageError(`${what} is missing.${named} give it as a line on standard input.`);
  }
}

const MAX_SECRET_BYTES = 65_536;
