import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { describeError } from '../engine/errors.ts';
import type { Logger } from '../engine/logger.ts';

const schema = z.object({
  /** Whether it was said that closing the window does not end the node. */
  toldItRunsOn: z.boolean().default(false),
  bounds: z.object({ x: z.int(), y: z.int(), width: z.int().min(400), height: z.int().min(300) }).optional(),
  /** `bounds` are then where it goes back to. */
  isMaximized: z.boolean().default(false),
  /** The newest crash, and how many there were in a row. */
  crash: z.object({ atMs: z.int().nonnegative(), count: z.int().positive(), reason: z.string() }).optional(),
});

type State = z.output<typeof schema>;

/** What the desktop remembers of its window and its ends. It is comfort only: a file that cannot be read or written stops nothing. */
export class ShellState {
  readonly #file: string;
  readonly #logger: Logger;
  #state: State;

  constructor({ file, logger }: { file: string; logger: Logger }) {
    this.#file = file;
    this.#logger = logger;
    this.#state = read(file);
  }

  get current(): State {
    return this.#state;
  }

  update(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      writeFileSync(`${this.#file}.new`, JSON.stringify(this.#state));
      renameSync(`${this.#file}.new`, this.#file);
    } catch (error) {
      this.#logger.warn('Window state could not be kept', { file: this.#file, reason: describeError(error) });
    }
  }
}

function read(file: string): State {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return schema.parse({});
  }
}
