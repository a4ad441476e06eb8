import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { LoggingError } from './errors.ts';

/**
 * The names and sizes of the log: `slotkeeper.ndjson` and older parts `slotkeeper.1.ndjson` (newest) to `.4`. Together they
 * never exceed `maxTotalBytes`. Writing itself is the log library's.
 */
export class RotatingFile {
  readonly path: string;
  /** No line may be longer than this. */
  readonly partBytes: number;
  readonly #folder: string;
  readonly #maxTotalBytes: number;

  /** @throws LoggingError `LOG_FILE_UNWRITABLE` */
  constructor({ folder, maxTotalBytes }: { folder: string; maxTotalBytes: number }) {
    this.#folder = folder;
    this.#maxTotalBytes = maxTotalBytes;
    this.partBytes = Math.floor(maxTotalBytes / (OLD_PARTS + 1));
    this.path = this.#pathOf(0);
    try {
      mkdirSync(folder, { recursive: true });
      this.repair();
    } catch (cause) {
      const message = `The log cannot be written in ${folder}. Choose a data folder that can be written.`;
      throw new LoggingError('LOG_FILE_UNWRITABLE', { folder }, { cause, message });
    }
  }

  /** All parts there are, oldest first. */
  get parts(): string[] {
    return logPartNames.map((name) => join(this.#folder, name)).filter((path) => existsSync(path));
  }

  /** Makes the current part the newest old one and lets go of the oldest. The current part is gone afterwards. */
  rotate(): void {
    rmSync(this.#pathOf(OLD_PARTS), { force: true });
    for (let number = OLD_PARTS; number > 0; number--) {
      const newer = this.#pathOf(number - 1);
      if (existsSync(newer)) renameSync(newer, this.#pathOf(number));
    }
    // Parts of an earlier run may have been larger.
    for (const path of this.parts) {
      if (this.#sizeOfParts() + this.partBytes <= this.#maxTotalBytes) return;
      rmSync(path);
    }
  }

  /** Takes off a line that was cut short by a crash or a full disk, so that the next one does not stick to it. */
  repair(): void {
    const file = openSync(this.path, 'a+', 0o600);
    try {
      const { size } = fstatSync(file);
      const tail = Buffer.alloc(Math.min(size, MAX_TAIL_BYTES));
      readSync(file, tail, 0, tail.length, size - tail.length);
      const end = tail.lastIndexOf('\n') + 1;
      if (end < tail.length) ftruncateSync(file, size - tail.length + end);
    } finally {
      closeSync(file);
    }
  }

  #sizeOfParts(): number {
    return this.parts.reduce((total, path) => total + statSync(path).size, 0);
  }

  #pathOf(number: number): string {
    return join(this.#folder, partName(number));
  }
}

const OLD_PARTS = 4;

const partName = (number: number): string =>
  number === 0 ? 'slotkeeper.ndjson' : `slotkeeper.${number}.ndjson`;

/** In the folder of the log, oldest first; any of them may not be there. */
export const logPartNames: readonly string[] = Array.from({ length: OLD_PARTS + 1 }, (_, number) =>
  partName(OLD_PARTS - number),
);

/** No line is longer. */
const MAX_TAIL_BYTES = 1024 * 1024;
