import type { After } from '../../shared/after.ts';
import type { WalletStatus } from '../../shared/wallet.ts';
import { describeError, isEngineError } from '../engine/errors.ts';
import type { Address } from '../engine/contracts/ids.ts';
import { abortError } from '../engine/lib/abort.ts';
import { Emitter } from '../engine/lib/emitter.ts';
import { Mutex } from '../engine/lib/mutex.ts';
import type { Secret } from '../engine/lib/secret.ts';
import type { Logger } from '../engine/logger.ts';
import type { Signer } from '../engine/market/signer.ts';
import type { FileSystem } from '../engine/stores/filesystem.ts';
import { Attempts } from './attempts.ts';
import { Creation, CreationDesk, type NewWords } from './creation.ts';
import type { EnvironmentSecrets } from './environment.ts';
import { WalletError, walletError } from './errors.ts';
import { keyFrom, type KeySource } from './keysource.ts';
import { encryptedKey } from './keystore.ts';
import type { WordCount } from './mnemonic.ts';
import { checkPassphrase } from './passphrase.ts';
import type { PrivateKey } from './privatekey.ts';
import { noSecretBox, type SecretBox } from './secretbox.ts';
import { mustOpen, notAsWritten, StoredWallet } from './stored.ts';
import { UnattendedKeys, type UnattendedChoice } from './unattendedkeys.ts';
import { walletExists, WalletFiles } from './walletfiles.ts';
import { WalletSigner } from './walletsigner.ts';

export interface WalletModules {
  /** Its own, in the data folder. */
  readonly folder: string;
  /** What was taken out of the environment. */
  readonly environment?: EnvironmentSecrets;
  readonly secretBox?: SecretBox;
  readonly logger: Logger;
  readonly fs?: FileSystem;
}

export interface WalletOptions {
  /** The cost of a guess; lighter in tests only. */
  readonly scryptN?: number;
  readonly nowMs?: () => number;
  readonly after?: After;
}

/** What leaves the wallet: the keystore as it is, or the private key as text. Wiped by whoever asked for it. */
export interface Exported {
  readonly address: Address;
  readonly content: Uint8Array;
}

/**
 * The wallet of a data folder: at most one key, kept as a keystore file, and in memory while it is unlocked. One thing
 * is done at a time. The words of a wallet are not kept: whoever learns the passphrase gets this one account, and not
 * every other one that may hang on them.
 */
export class Wallet {
  readonly onChange: Emitter<WalletStatus>;
  readonly #files: WalletFiles;
  readonly #secretBox: SecretBox;
  readonly #logger: Logger;
  readonly #options: WalletOptions;
  readonly #attempts: Attempts;
  readonly #creating: CreationDesk;
  readonly #unattendedKeys: UnattendedKeys;
  readonly #turns = new Mutex();
  #stored: StoredWallet | undefined;
  #key: PrivateKey | undefined;
  #unattended: WalletStatus['unattended'] = 'none';
  #failure: WalletStatus['failure'];
  #isClosed = false;

  constructor(modules: WalletModules, options: WalletOptions = {}) {
    const { folder, environment = {}, secretBox = noSecretBox, logger, fs } = modules;
    this.onChange = new Emitter((error) => logger.error('A listener of the wallet failed', { error }));
    this.#files = new WalletFiles({ folder, logger, ...(fs && { fs }) });
    this.#secretBox = secretBox;
    this.#logger = logger;
    this.#options = options;
    this.#attempts = new Attempts(options);
    this.#creating = new CreationDesk(options);
    this.#unattendedKeys = new UnattendedKeys({
      files: this.#files,
      secretBox,
      environment,
      open: (passphrase) => this.#openedBy(passphrase),
    });
  }

  /** As it was last looked at. */
  get status(): WalletStatus {
    const address = this.#key?.address ?? this.#stored?.address;
    const locked = this.#stored ? 'locked' : 'none';
    const damage = this.#stored?.damage;
    const failure = damage ? { code: damage.code, message: damage.message } : this.#failure;
    return {
      state: this.#key ? 'unlocked' : locked,
      ...(address !== undefined && { address }),
      unattended: this.#unattended,
      ...(failure && { failure }),
    };
  }

  get keyStore(): ReturnType<SecretBox['isAvailable']> {
    return this.#secretBox.isAvailable();
  }

  /** Looks at the files, which another program of the owner's may have changed. @throws WalletError WALLET_FOLDER_UNUSABLE */
  look(): Promise<WalletStatus> {
    return this.#turns.run(async () => {
      await this.#look();
      return this.status;
    });
  }

  /** Makes a wallet, which is there once some of its words were repeated to `confirm`. */
  create(wordCount: WordCount, passphrase: Secret): Promise<NewWords> {
    return this.#turns.run(async () => {
      checkPassphrase(passphrase);
      await this.#checkThereIsNone();
      const { creation, ...told } = await Creation.begin(wordCount, passphrase, this.#options);
      await mustOpen(creation.keystore, passphrase, creation.key.address);
      this.#creating.hold(creation);
      return told;
    });
  }

  confirm(words: readonly Secret[]): Promise<Address> {
    return this.#turns.run(async () => {
      const creation = this.#creating.current;
      creation.check(words);
      await this.#add(creation.key, creation.keystore, async (written) => {
        if (written !== creation.keystore) throw notAsWritten();
      });
      this.#creating.release();
      this.#logger.info('Wallet created', { address: creation.key.address });
      return creation.key.address;
    });
  }

  import(source: KeySource, passphrase: Secret): Promise<Address> {
    return this.#turns.run(async () => {
      checkPassphrase(passphrase);
      await this.#checkThereIsNone();
      const key = await keyFrom(source);
      try {
        const text = await encryptedKey(key, passphrase, this.#options);
        await this.#add(key, text, (written) => mustOpen(written, passphrase, key.address));
      } catch (error) {
        key.wipe();
        throw error;
      }
      this.#logger.info('Wallet imported', { address: key.address, from: source.kind });
      return key.address;
    });
  }

  unlock(passphrase: Secret, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    return this.#turns.run(async () => this.#hold(await this.#openedBy(passphrase, signal)), {
      ...(signal && { signal }),
    });
  }

  /**
   * Unlocks by what the environment or the owner's choice gives, the environment first; each is tried once. What does not
   * work stands in the status. @throws WalletError BAD_PRIVATE_KEY, OTHER_KEY for a key in the environment
   */
  unlockUnattended(): Promise<void> {
    return this.#turns.run(async () => {
      await this.#look();
      const given = this.#unattendedKeys.keyOfEnvironment(this.#stored?.address);
      if (given) return this.#hold(given);
      if (this.#stored?.address === undefined) return;
      try {
        const key = await this.#unattendedKeys.key(this.#stored.address);
        if (key) this.#hold(key);
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  /** From then on nothing is signed. */
  lock(): Promise<void> {
    return this.#turns.run(() => {
      if (!this.#key) return;
      this.#drop();
      this.#logger.info('Wallet locked');
    });
  }

  changePassphrase(passphrase: Secret, next: Secret): Promise<void> {
    return this.#turns.run(async () => {
      checkPassphrase(next);
      using key = await this.#openedBy(passphrase);
      const text = await encryptedKey(key, next, this.#options);
      await this.#files.replaceKeystore(text, (written) => mustOpen(written, next, key.address));
      this.#logger.info('Passphrase of the wallet changed');
      if (this.#unattended === 'keyFile') await this.#unattendedKeys.choose({ kind: 'none' });
      await this.#look();
    });
  }

  setUnattended(choice: UnattendedChoice): Promise<void> {
    return this.#turns.run(async () => {
      await this.#unattendedKeys.choose(choice);
      this.#failure = undefined;
      await this.#look();
      this.#logger.info('Unattended unlocking set', { by: choice.kind });
    });
  }

  /** Gives away the keystore or the key; whoever calls has asked its owner. */
  export(what: 'keystore' | 'privateKey', passphrase: Secret): Promise<Exported> {
    return this.#turns.run(async () => {
      using key = await this.#openedBy(passphrase);
      const text = what === 'keystore' ? this.#stored?.text : undefined;
      const content = text === undefined ? keyText(key) : Buffer.from(text);
      this.#logger.notice('Wallet exported', { what });
      return { address: key.address, content };
    });
  }

  /** Gives the keystore file another name, with which it is answered. @throws WalletError WALLET_UNLOCKED, NO_WALLET */
  setAside(): Promise<string> {
    return this.#turns.run(async () => {
      await this.#look();
      if (!this.#stored) throw noWallet();
      if (this.#key) throw walletError('WALLET_UNLOCKED', 'The wallet is in use. Lock it first.');
      const keptAs = await this.#files.setAside(this.#stored.address, Date.now());
      this.#failure = undefined;
      await this.#look();
      this.#logger.notice('Wallet set aside', { keptAs });
      return keptAs;
    });
  }

  /** Who signs, as soon as the wallet is unlocked. */
  async whenUnlocked({ signal }: { signal: AbortSignal }): Promise<Signer> {
    while (!this.#key) await this.#change(signal);
    return new WalletSigner(this.#key.address, () => this.#key);
  }

  /** Wipes what is held in memory; nothing can be unlocked afterwards. */
  close(): void {
    this.#isClosed = true;
    this.#creating.forget();
    this.#key?.wipe();
    this.#key = undefined;
  }

  async #look(): Promise<void> {
    const text = await this.#files.readKeystore();
    this.#stored = text === undefined ? undefined : new StoredWallet(text, this.#files.keystoreFile);
    this.#unattended = await this.#kindOfUnattended();
    this.#tell();
  }

  async #kindOfUnattended(): Promise<WalletStatus['unattended']> {
    try {
      return await this.#unattendedKeys.kind();
    } catch (error) {
      this.#fail(error);
      return 'none';
    }
  }

  async #checkThereIsNone(): Promise<void> {
    await this.#look();
    if (this.#stored) throw walletExists(this.#stored.address ?? this.#files.keystoreFile);
    if (this.#key) throw walletExists(`the key in SLOTKEEPER_PRIVATE_KEY`);
  }

  async #add(key: PrivateKey, text: string, verify: (written: string) => Promise<void>): Promise<void> {
    await this.#files.addKeystore(text, verify);
    this.#stored = new StoredWallet(text, this.#files.keystoreFile);
    this.#hold(key);
  }

  async #openedBy(passphrase: Secret, signal?: AbortSignal): Promise<PrivateKey> {
    this.#attempts.check();
    await this.#look();
    if (!this.#stored) throw noWallet();
    try {
      const key = await this.#stored.open(passphrase, { ...(signal && { signal }) });
      this.#attempts.succeeded();
      return key;
    } catch (error) {
      if (isEngineError(error, 'WRONG_PASSPHRASE')) this.#attempts.failed();
      throw error;
    }
  }

  #hold(key: PrivateKey): void {
    if (this.#isClosed) return key.wipe();
    if (this.#key !== key) this.#key?.wipe();
    this.#key = key;
    this.#failure = undefined;
    this.#tell();
  }

  #drop(): void {
    this.#key?.wipe();
    this.#key = undefined;
    this.#tell();
  }

  #fail(error: unknown): void {
    const code = error instanceof WalletError ? error.code : 'INTERNAL';
    const message = error instanceof WalletError ? error.message : describeError(error);
    if (message === this.#failure?.message) return;
    this.#failure = { code, message };
    this.#logger.warn('The wallet cannot be unlocked with nobody there', { code, error });
    this.#tell();
  }

  #tell(): void {
    this.onChange.emit(this.status);
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((onward, reject) => {
      const end = (settle: () => void) => () => {
        unsubscribe();
        signal.removeEventListener('abort', onAbort);
        settle();
      };
      const unsubscribe = this.onChange.subscribe(end(onward));
      const onAbort = end(() => reject(abortError(signal)));
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}

function keyText(key: PrivateKey): Uint8Array {
  return key.use((bytes) => {
    const digits = Buffer.from(bytes).toString('hex');
    return Buffer.from(`0x${digits}\n`);
  });
}

const noWallet = () =>
  walletError('NO_WALLET', 'There is no wallet yet. Create one, or import the key of an account.');
