import { open, realpath, type FileHandle } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { Secret } from '../engine/lib/secret.ts';
import { walletError } from './errors.ts';

/**
 * The passphrase in a file that nobody but its owner can read; a newline at its end is not part of it. A link is
 * followed, and what it leads to is checked. On Windows the file's rights are the owner's own business.
 * @throws WalletError KEY_FILE_UNUSABLE; KEY_FILE_UNSAFE with the command that mends it
 */
export async function readKeyFile(path: string, { uid = process.geteuid?.() } = {}): Promise<Secret> {
  const resolved = await realpath(path).catch((cause: unknown) => {
    throw unusable(path, 'It is not there, or may not be read.', cause);
  });
  const file = await opened(resolved);
  try {
    // What was opened is what is checked and read: a name can be given to another file in between.
    checkFile(resolved, await file.stat(), uid);
    return await passphraseIn(file, resolved);
  } finally {
    await file.close();
  }
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    throw unusable(path, 'It may not be read.', cause);
  }
}

function checkFile(path: string, stats: Stats, uid: number | undefined): void {
  if (!stats.isFile()) throw unusable(path, 'It is not a regular file.');
  if (stats.size > MAX_BYTES) throw unusable(path, 'It is too long to be a passphrase.');
  if (uid === undefined) return;
  if (stats.uid !== uid) throw unsafe(path, 'It belongs to another account', `chown ${uid} ${quoted(path)}`);
  if ((stats.mode & 0o077) !== 0) throw unsafe(path, 'Others may use it', `chmod 600 ${quoted(path)}`);
}

async function passphraseIn(file: FileHandle, path: string): Promise<Secret> {
  const bytes = await file.readFile();
  try {
    const passphrase = bytes.toString('utf8').replace(/\r?\n$/, '');
    if (passphrase === '') throw unusable(path, 'It is empty.');
    return new Secret(passphrase);
  } finally {
    bytes.fill(0);
  }
}

const MAX_BYTES = 4096;

const quoted = (path: string) => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`);

const unusable = (path: string, why: string, cause?: unknown) =>
  walletError('KEY_FILE_UNUSABLE', `The key file ${path} cannot be used. ${why}`, {
    details: { path },
    cause,
  });

const unsafe = (path: string, why: string, command: string) =>
  walletError('KEY_FILE_UNSAFE', `${why}, so the key file ${path} is no secret. Run: ${command}`, {
    details: { path, command },
  });
