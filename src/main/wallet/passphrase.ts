import type { Secret } from '../engine/lib/secret.ts';
import { walletError } from './errors.ts';

/** Shorter ones are soon guessed by whoever has the file. */
export const SHORTEST_PASSPHRASE = 8;
export const LONGEST_PASSPHRASE = 1000;

/** Of a passphrase that is to protect a wallet from now on. @throws WalletError PASSPHRASE_UNSUITABLE */
export function checkPassphrase(passphrase: Secret): void {
  const { length } = passphrase.reveal();
  if (length >= SHORTEST_PASSPHRASE && length <= LONGEST_PASSPHRASE) return;
  const message = `A passphrase has ${SHORTEST_PASSPHRASE} to ${LONGEST_PASSPHRASE} characters. Choose another one.`;
  throw walletError('PASSPHRASE_UNSUITABLE', message);
}

/**
 * The bytes a key is derived from, in the form that ethers takes; they are the caller's to wipe. Other programs take the
 * text as it was typed: for letters that can be written in several ways those bytes differ, and come second.
 */
export function passphraseBytes(passphrase: Secret): [Buffer, ...Buffer[]] {
  const typed = passphrase.reveal();
  const normal = typed.normalize('NFKC');
  return normal === typed ? [Buffer.from(typed)] : [Buffer.from(normal), Buffer.from(typed)];
}
