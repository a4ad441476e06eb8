import { safeStorage } from 'electron';
import type { KeyStoreState } from '../../shared/wallet.ts';
import type { SecretBox } from '../wallet/secretbox.ts';

/**
 * The key store of the operating system, by Electron. What crosses to it is text, so that a copy of the secret lies in
 * memory as a string until the platform clears it.
 */
export const systemKeyStore: SecretBox = {
  isAvailable: async () => {
    const refusal = refusalOf(process.platform === 'linux' ? safeStorage.getSelectedStorageBackend() : 'own');
    if (refusal) return refusal;
    return (await safeStorage.isAsyncEncryptionAvailable()) ? { ok: true } : { ok: false, reason: CLOSED };
  },
  seal: (secret) => safeStorage.encryptStringAsync(Buffer.from(secret).toString('base64')),
  open: async (sealed) => {
    const { result } = await safeStorage.decryptStringAsync(Buffer.from(sealed));
    return Buffer.from(result, 'base64');
  },
};

/** Without a keyring Linux has a back end that seals with a password which stands in the program: plain text in effect. */
function refusalOf(backend: string): KeyStoreState | undefined {
  if (backend === 'basic_text') return { ok: false, reason: PLAIN };
  return backend === 'unknown' ? { ok: false, reason: UNKNOWN } : undefined;
}

const OTHERWISE = 'Use a key file, or unlock with the passphrase.';
const PLAIN = `This session has no keyring, so that secrets would lie on the disk as good as plain text. Set up a keyring such as GNOME Keyring or KWallet. ${OTHERWISE}`;
const UNKNOWN = `It is not known which keyring this session has, if any. ${OTHERWISE}`;
const CLOSED = `The key store of this system is locked or missing. ${OTHERWISE}`;
