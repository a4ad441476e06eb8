import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '../../src/main/engine/lib/secret.ts';
import type { FileSystem } from '../../src/main/engine/stores/filesystem.ts';
import type { EnvironmentSecrets } from '../../src/main/wallet/environment.ts';
import type { SecretBox } from '../../src/main/wallet/secretbox.ts';
import { Wallet } from '../../src/main/wallet/wallet.ts';
import { ManualTimers } from './manualtimers.ts';
import { recordingLogger, type RecordedLine } from './recordinglogger.ts';
import { tempFolder } from './tempfolder.ts';

/** A key, its words and its address, which everybody knows: the first account of the words that all wallets test with. */
export const known = {
  mnemonic: 'test test test test test test test test test test test junk',
  privateKey: '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
  address: '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266',
  secondAddress: '0x70997970c51812dc3a010c7d01b50e0d17dc79c8',
} as const;

export const passphrase = new Secret('a long enough passphrase');
export const otherPassphrase = new Secret('quite another passphrase');

export interface WalletSetting {
  /** The data folder; a new one unless named. */
  readonly folder?: string;
  readonly environment?: EnvironmentSecrets;
  readonly secretBox?: SecretBox;
  readonly fs?: FileSystem;
  readonly lines?: RecordedLine[];
}

/** A wallet whose guesses are cheap, in a folder of its own. */
export async function aWallet({ folder, lines = [], ...modules }: WalletSetting = {}) {
  const dataDir = folder ?? (await tempFolder());
  const timers = new ManualTimers();
  const walletFolder = join(dataDir, 'wallet');
  const wallet = new Wallet(
    { folder: walletFolder, logger: recordingLogger(lines).logger, ...modules },
    { scryptN: 2, nowMs: timers.nowMs, after: timers.after },
  );
  const file = join(walletFolder, 'keystore.json');
  return {
    wallet,
    timers,
    lines,
    dataDir,
    walletFolder,
    file,
    keystore: () => readFile(file, 'utf8'),
    /** The rights on a file or folder, in octal. */
    rights: async (path: string) => ((await stat(path)).mode & 0o777).toString(8),
  };
}

/** One that holds the key everybody knows, unlocked. */
export async function aKnownWallet(setting: WalletSetting = {}) {
  const made = await aWallet(setting);
  await made.wallet.import({ kind: 'privateKey', privateKey: new Secret(known.privateKey) }, passphrase);
  return made;
}

/** A key store as an operating system has it: what one seals only it can open. */
export class FakeSecretBox implements SecretBox {
  state: Awaited<ReturnType<SecretBox['isAvailable']>> = { ok: true };
  #mask = 0x5a;

  async isAvailable() {
    return this.state;
  }

  async seal(secret: Uint8Array): Promise<Uint8Array> {
    return Uint8Array.from([0x76, ...secret.map((byte) => byte ^ this.#mask)]);
  }

  async open(sealed: Uint8Array): Promise<Uint8Array> {
    if (sealed[0] !== 0x76) throw new Error('not sealed here');
    return sealed.subarray(1).map((byte) => byte ^ this.#mask);
  }

  /** As when the system was set up anew. */
  forget(): void {
    this.#mask ^= 0xff;
  }
}
