import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import type { Logger } from '../logger.ts';
import { checkVersion } from './dataversion.ts';
import { StoreError, storeErrorFor, systemCode } from './errors.ts';

/** Small records under slash paths, such as `/meta/sales/reservations/<id>`. Source of the paths: engine.md 1.10. */
export interface Database {
  get(key: string): Promise<string | undefined>;
  /** All records below a path, in the order of their keys: `/a` lists `/a/b` and `/a/b/c`, but not `/a` or `/ab`. */
  list(prefix: string): Promise<[key: string, value: string][]>;
  /** All or nothing, and on the disk when it resolves. A later operation on the same key wins. */
  batch(operations: readonly Operation[]): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

export type Operation =
  | { readonly type: 'put'; readonly key: string; readonly value: string }
  | { readonly type: 'del'; readonly key: string };

/**
 * The database of a data folder, which is made when it is not there. One process at a time may have it open.
 * @throws StoreError DATA_FOLDER_IN_USE, DATA_FOLDER_OF_ANOTHER_VERSION, DATA_FOLDER_UNUSABLE, DATABASE_DAMAGED;
 * each with a text that says what to do
 */
export async function openDatabase({
  folder,
  logger,
}: {
  folder: string;
  logger: Logger;
}): Promise<Database> {
  try {
    await mkdir(folder, { recursive: true });
    await checkVersion(folder);
  } catch (cause) {
    throw cause instanceof StoreError ? cause : unusable(folder, cause);
  }
  const level = new ClassicLevel<string, string>(join(folder, 'database'));
  try {
    await level.open();
  } catch (cause) {
    throw openingError(folder, cause);
  }
  logger.debug('Database opened', { folder });
  return new LevelDatabase(level);
}

class LevelDatabase implements Database {
  readonly #level: ClassicLevel<string, string>;

  constructor(level: ClassicLevel<string, string>) {
    this.#level = level;
  }

  async get(key: string): Promise<string | undefined> {
    return await this.#run(() => this.#level.get(key));
  }

  async list(prefix: string): Promise<[key: string, value: string][]> {
    // '0' is the character after '/'.
    return await this.#run(() => this.#level.iterator({ gt: `${prefix}/`, lt: `${prefix}0` }).all());
  }

  async batch(operations: readonly Operation[]): Promise<void> {
    await this.#run(() => this.#level.batch([...operations], { sync: true }));
  }

  async close(): Promise<void> {
    await this.#level.close();
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      const isDamaged = systemCode(cause) === 'LEVEL_CORRUPTION';
      throw isDamaged
        ? damaged(this.#level.location, cause)
        : storeErrorFor(cause, 'DATABASE_FAILED', this.#level.location);
    }
  }
}

function openingError(folder: string, error: unknown): StoreError {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  switch (systemCode(cause)) {
    case 'LEVEL_LOCKED':
      return new StoreError('DATA_FOLDER_IN_USE', { folder }, { cause, message: inUseText(folder) });
    case 'LEVEL_CORRUPTION':
      return damaged(folder, cause);
    default:
      return unusable(folder, cause);
  }
}

const inUseText = (folder: string): string =>
  `Another Slotkeeper is using ${folder}. Close that one first, or choose another data folder.`;

function damaged(folder: string, cause: unknown): StoreError {
  const message = `The database in ${folder} is damaged. Restore the folder from a copy, or move it away to start anew; the slots in it would then have to be fetched again.`;
  return new StoreError('DATABASE_DAMAGED', { folder }, { cause, message });
}

function unusable(folder: string, cause: unknown): StoreError {
  const message = `The data folder ${folder} cannot be used. Check that it is a folder, that it may be written to, and that the disk is not full.`;
  return new StoreError('DATA_FOLDER_UNUSABLE', { folder }, { cause, message });
}
