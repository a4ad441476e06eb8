import { resolve } from 'node:path';
import type { WalletStatus } from '../../shared/wallet.ts';
import type { Address } from '../engine/contracts/ids.ts';
import type { Secret } from '../engine/lib/secret.ts';
import type { EnvironmentSecrets } from './environment.ts';
import { walletError } from './errors.ts';
import { readKeyFile } from './keyfile.ts';
import { PrivateKey } from './privatekey.ts';
import { sealedKey, unsealedKey, type SecretBox } from './secretbox.ts';
import type { Unattended } from './unattended.ts';
import type { WalletFiles } from './walletfiles.ts';

/** How a wallet is to be unlocked from now on when nobody is there. */
export type UnattendedChoice =
  | { readonly kind: 'none' }
  | { readonly kind: 'keyStore'; readonly passphrase: Secret }
  | { readonly kind: 'keyFile'; readonly path: string };

export interface UnattendedModules {
  readonly files: WalletFiles;
  readonly secretBox: SecretBox;
  readonly environment: EnvironmentSecrets;
  /** Opens the keystore of now. */
  readonly open: (passphrase: Secret) => Promise<PrivateKey>;
}

/** The ways to the key of a wallet that need nobody: the environment comes first, then what the owner chose. */
export class UnattendedKeys {
  readonly #modules: Omit<UnattendedModules, 'environment'>;
  readonly #isByEnvironment: boolean;
  /** Until it was used. */
  #environment: EnvironmentSecrets;

  constructor({ environment, ...modules }: UnattendedModules) {
    this.#modules = modules;
    this.#environment = environment;
    this.#isByEnvironment = Object.keys(environment).length > 0;
  }

  /** @throws WalletError UNATTENDED_DAMAGED */
  async kind(): Promise<WalletStatus['unattended']> {
    if (this.#isByEnvironment) return 'environment';
    return (await this.#modules.files.readUnattended())?.kind ?? 'none';
  }

  /**
   * The private key that the environment gave, once: with it one sells without a wallet. `account` is that of the wallet
   * that is there. @throws WalletError BAD_PRIVATE_KEY, OTHER_KEY
   */
  keyOfEnvironment(account: Address | undefined): PrivateKey | undefined {
    const { privateKey } = this.#environment;
    if (!privateKey) return undefined;
    this.#environment = {};
    const key = parsedKey(privateKey);
    if (account === undefined || account === key.address) return key;
    key.wipe();
    const message = `SLOTKEEPER_PRIVATE_KEY is the key of another account than the wallet's, ${account}. Unset it, or remove the wallet.`;
    throw walletError('OTHER_KEY', message);
  }

  /** The key of this account; undefined when no way was chosen. @throws WalletError which says why the way leads nowhere */
  async key(account: Address): Promise<PrivateKey | undefined> {
    const { files, open } = this.#modules;
    const { passphrase, passphraseFile } = this.#environment;
    this.#environment = {};
    if (passphrase) return await open(passphrase);
    if (passphraseFile !== undefined) return await open(await readKeyFile(passphraseFile));
    const choice = await files.readUnattended();
    if (choice?.kind === 'keyFile') return await open(await readKeyFile(choice.path));
    return choice && (await this.#unsealed(choice, account));
  }

  /** @throws WalletError when that way would not lead to the key now */
  async choose(choice: UnattendedChoice): Promise<void> {
    const { files, secretBox, open } = this.#modules;
    if (choice.kind === 'none') return files.writeUnattended(undefined);
    if (choice.kind === 'keyFile') {
      const path = resolve(choice.path);
      (await open(await readKeyFile(path))).wipe();
      return files.writeUnattended({ kind: 'keyFile', path });
    }
    using key = await open(choice.passphrase);
    const sealed = Buffer.from(await sealedKey(secretBox, key)).toString('base64');
    return files.writeUnattended({ kind: 'keyStore', address: key.address, sealed });
  }

  async #unsealed(
    { address, sealed }: Extract<Unattended, { kind: 'keyStore' }>,
    account: Address,
  ): Promise<PrivateKey> {
    const key = await unsealedKey(this.#modules.secretBox, Buffer.from(sealed, 'base64'));
    if (key.address === address && key.address === account) return key;
    key.wipe();
    const message = 'The key store holds the key of another wallet. Choose again how this one is unlocked.';
    throw walletError('OTHER_KEY', message);
  }
}

function parsedKey(text: Secret): PrivateKey {
  try {
    return PrivateKey.parse(text);
  } catch {
    const message =
      'SLOTKEEPER_PRIVATE_KEY is no private key. Set it to the 64 hexadecimal digits of the account that sells.';
    throw walletError('BAD_PRIVATE_KEY', message);
  }
}
