import type { Secret } from '../engine/lib/secret.ts';
import { decryptedKey, parseKeystore } from './keystore.ts';
import { keyOfMnemonic } from './mnemonic.ts';
import { PrivateKey } from './privatekey.ts';

/** Where a key that was made elsewhere comes from. */
export type KeySource =
  | { readonly kind: 'mnemonic'; readonly mnemonic: Secret; readonly account?: number }
  | { readonly kind: 'privateKey'; readonly privateKey: Secret }
  /** The text of a keystore file, and what opens it. */
  | { readonly kind: 'keystore'; readonly keystore: Secret; readonly keystorePassphrase: Secret };

/** @throws WalletError BAD_MNEMONIC, BAD_PRIVATE_KEY, BAD_KEYSTORE, WRONG_PASSPHRASE */
export async function keyFrom(source: KeySource): Promise<PrivateKey> {
  switch (source.kind) {
    case 'mnemonic':
      return keyOfMnemonic(source.mnemonic, source.account);
    case 'privateKey':
      return PrivateKey.parse(source.privateKey);
    case 'keystore':
      return await decryptedKey(parseKeystore(source.keystore.reveal()), source.keystorePassphrase);
  }
}
