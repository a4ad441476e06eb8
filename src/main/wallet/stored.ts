import type { Address } from '../engine/contracts/ids.ts';
import { isEngineError } from '../engine/errors.ts';
import type { Secret } from '../engine/lib/secret.ts';
import { WalletError, walletError } from './errors.ts';
import { decryptedKey, parseKeystore, type Keystore } from './keystore.ts';
import type { PrivateKey } from './privatekey.ts';

/** The keystore file of a wallet as it was found; `open` says what is wrong with one that is damaged. */
export class StoredWallet {
  readonly text: string;
  /** Of its account; undefined when it is damaged. */
  readonly address: Address | undefined;
  readonly damage: WalletError | undefined;
  readonly #file: string;
  readonly #keystore: Keystore | undefined;

  constructor(text: string, file: string) {
    this.text = text;
    this.#file = file;
    try {
      this.#keystore = parseKeystore(text);
      this.address = this.#keystore.address;
      // Without it nobody could tell a changed key from the true one.
      if (this.address === undefined) this.damage = damaged(file, 'It names no address.');
    } catch (error) {
      this.damage = damaged(file, error instanceof WalletError ? error.message : '');
    }
  }

  /** @throws WalletError WRONG_PASSPHRASE, WALLET_DAMAGED */
  async open(passphrase: Secret, options: { signal?: AbortSignal } = {}): Promise<PrivateKey> {
    if (this.damage) throw this.damage;
    const keystore = this.#keystore ?? parseKeystore(this.text);
    try {
      return await decryptedKey(keystore, passphrase, options);
    } catch (error) {
      throw isEngineError(error, 'BAD_KEYSTORE') ? damaged(this.#file, error.message) : error;
    }
  }
}

/** @throws WalletError when `text` is not the keystore of this account under this passphrase */
export async function mustOpen(text: string, passphrase: Secret, address: Address): Promise<void> {
  using key = await decryptedKey(parseKeystore(text), passphrase);
  if (key.address !== address) throw notAsWritten();
}

export const notAsWritten = () =>
  walletError(
    'WALLET_FOLDER_UNUSABLE',
    'The disk does not give back what was written to it. Nothing was changed.',
  );

const damaged = (file: string, what: string) =>
  walletError(
    'WALLET_DAMAGED',
    `The wallet's file ${file} is damaged. ${what} Nothing was changed: put a copy of the file back, or remove the wallet (the file is kept) and import its words or its key.`,
    { details: { file } },
  );
