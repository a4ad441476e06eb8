import type { KeyStoreState } from '../../shared/wallet.ts';
import { walletError } from './errors.ts';
import { PrivateKey } from './privatekey.ts';

/** The operating system's key store: what it seals only the same person on the same computer can open. */
export interface SecretBox {
  isAvailable(): Promise<KeyStoreState>;
  seal(secret: Uint8Array): Promise<Uint8Array>;
  open(sealed: Uint8Array): Promise<Uint8Array>;
}

/** @throws WalletError NO_KEY_STORE, KEY_STORE_FAILED */
export async function sealedKey(box: SecretBox, key: PrivateKey): Promise<Uint8Array> {
  return await asked(box, () => key.use((bytes) => box.seal(bytes)));
}

/** @throws WalletError NO_KEY_STORE, KEY_STORE_FAILED, BAD_PRIVATE_KEY */
export async function unsealedKey(box: SecretBox, sealed: Uint8Array): Promise<PrivateKey> {
  return new PrivateKey(await asked(box, () => box.open(sealed)));
}

/** Where there is none, as under plain Node. */
export const noSecretBox: SecretBox = {
  isAvailable: async () => ({ ok: false, reason: NONE }),
  seal: async () => {
    throw walletError('NO_KEY_STORE', NONE);
  },
  open: async () => {
    throw walletError('NO_KEY_STORE', NONE);
  },
};

async function asked(box: SecretBox, work: () => Promise<Uint8Array>): Promise<Uint8Array> {
  const state = await box.isAvailable();
  if (!state.ok) throw walletError('NO_KEY_STORE', state.reason);
  try {
    return await work();
  } catch (cause) {
    const message = 'The key store of this system does not answer as it should. Unlock with the passphrase.';
    throw walletError('KEY_STORE_FAILED', message, { cause });
  }
}

const NONE =
  'Only the desktop reaches the key store of this system. Use a key file, or unlock with the passphrase.';
