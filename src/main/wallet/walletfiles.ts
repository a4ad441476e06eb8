import { chmod, mkdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Address } from '../engine/contracts/ids.ts';
import type { Logger } from '../engine/logger.ts';
import { syncFolder, writeFileDurably } from '../engine/stores/durablefile.ts';
import { systemCode } from '../engine/stores/errors.ts';
import { diskFiles, type FileSystem } from '../engine/stores/filesystem.ts';
import { walletError } from './errors.ts';
import { parseUnattended, type Unattended } from './unattended.ts';

/** The files of a wallet, in a folder that only its owner can open. A keystore is replaced or set aside, never lost. */
export class WalletFiles {
  readonly #folder: string;
  readonly #fs: FileSystem;
  readonly #logger: Logger;

  constructor({ folder, fs = diskFiles, logger }: { folder: string; fs?: FileSystem; logger: Logger }) {
    this.#folder = folder;
    this.#fs = fs;
    this.#logger = logger;
  }

  get keystoreFile(): string {
    return join(this.#folder, 'keystore.json');
  }

  get unattendedFile(): string {
    return join(this.#folder, 'unattended.json');
  }

  /** The text of the keystore; undefined when there is none. Rights that others have on it are taken away. */
  async readKeystore(): Promise<string | undefined> {
    const text = await this.#read(this.keystoreFile);
    if (text === undefined) return undefined;
    await this.#shut(this.#folder, 0o700);
    await this.#shut(this.keystoreFile, 0o600);
    return text;
  }

  /**
   * Puts a keystore in the place of the one that is there, which stays until `verify` has found the new one readable.
   * A crash at any moment leaves one of the two, whole.
   */
  async replaceKeystore(text: string, verify: (written: string) => Promise<void>): Promise<void> {
    const next = join(this.#folder, 'keystore.next.json');
    await this.#write(next, text);
    try {
      await verify((await this.#read(next)) ?? '');
    } catch (error) {
      await this.#do(() => this.#fs.remove(next));
      throw error;
    }
    await this.#do(async () => {
      await this.#fs.rename(next, this.keystoreFile);
      await syncFolder(this.#folder, this.#fs);
    });
  }

  /** @throws WalletError WALLET_EXISTS when there is one already */
  async addKeystore(text: string, verify: (written: string) => Promise<void>): Promise<void> {
    await this.replaceKeystore(text, async (written) => {
      await verify(written);
      if ((await this.#read(this.keystoreFile)) !== undefined) throw walletExists(this.keystoreFile);
    });
  }

  /** Gives the keystore another name, under which it is no wallet of ours any more; answers with that name. */
  async setAside(address: Address | undefined, nowMs: number): Promise<string> {
    const time = new Date(nowMs).toISOString().replace(/[:.]/g, '-');
    const kept = join(this.#folder, `keystore-${address ?? 'unreadable'}-${time}.json`);
    await this.writeUnattended(undefined);
    await this.#do(async () => {
      await this.#fs.rename(this.keystoreFile, kept);
      await syncFolder(this.#folder, this.#fs);
    });
    return kept;
  }

  /** @throws WalletError UNATTENDED_DAMAGED */
  async readUnattended(): Promise<Unattended | undefined> {
    const text = await this.#read(this.unattendedFile);
    return text === undefined ? undefined : parseUnattended(text, this.unattendedFile);
  }

  async writeUnattended(choice: Unattended | undefined): Promise<void> {
    if (choice) return this.#write(this.unattendedFile, `${JSON.stringify(choice, null, 2)}\n`);
    await this.#do(() => this.#fs.remove(this.unattendedFile));
  }

  async #write(file: string, text: string): Promise<void> {
    await this.#do(async () => {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await chmod(this.#folder, 0o700);
      await writeFileDurably(file, text, this.#fs, { mode: 0o600 });
    });
  }

  async #read(file: string): Promise<string | undefined> {
    try {
      return Buffer.from(await this.#fs.read(file)).toString('utf8');
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw unusable(file, error);
    }
  }

  async #shut(path: string, mode: number): Promise<void> {
    if (process.platform === 'win32') return;
    await this.#do(async () => {
      if (((await stat(path)).mode & 0o077) === 0) return;
      await chmod(path, mode);
      this.#logger.warn('Others could read the wallet; that was ended', { file: basename(path) });
    });
  }

  async #do(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw unusable(this.#folder, error);
    }
  }
}

export const walletExists = (where: string) =>
  walletError('WALLET_EXISTS', `There is a wallet already: ${where}. Remove it first; its file is kept.`);

const unusable = (path: string, cause: unknown) =>
  walletError(
    'WALLET_FOLDER_UNUSABLE',
    `${path} cannot be read or written. Check the space left, and that it belongs to you.`,
    { details: { path }, cause },
  );
