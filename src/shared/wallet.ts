import { z } from 'zod';
import { call } from './contract.ts';

/**
 * Secrets cross in these calls only from whoever typed them to main; the one that crosses to a window is the answer of
 * `createWallet`. Their schemas set bounds and nothing else, so that no complaint about an input repeats it.
 */
const secretText = (maxLength: number) => z.string().min(1).max(maxLength);
const passphrase = secretText(1000);

/** What a window asks about the key that sells. It never hears the key itself: exports go to a file. */
export const walletCalls = {
  walletStatus: call(z.strictObject({})).returns<WalletStatus & { readonly keyStore: KeyStoreState }>(),

  /**
   * Makes new words. They are told in this answer and never again; the wallet is made once those at `positions` (from 0)
   * were repeated to `confirmMnemonic`, within half an hour.
   * @throws WALLET_EXISTS, PASSPHRASE_UNSUITABLE
   */
  createWallet: call(
    z.strictObject({ wordCount: z.union([z.literal(12), z.literal(24)]).default(12), passphrase }),
  ).returns<{ words: string[]; positions: number[] }>(),

  /** @throws NOTHING_TO_CONFIRM, WORDS_DO_NOT_MATCH, WALLET_EXISTS */
  confirmMnemonic: call(z.strictObject({ words: z.array(secretText(100)).max(24) })).returns<{
    address: string;
  }>(),

  /**
   * Takes a key that was made elsewhere; `account` counts the accounts of the same words. From now on `passphrase`
   * protects it. @throws BAD_MNEMONIC, BAD_PRIVATE_KEY, BAD_KEYSTORE, WRONG_PASSPHRASE of a keystore, WALLET_EXISTS,
   * PASSPHRASE_UNSUITABLE
   */
  importWallet: call(
    z.strictObject({
      from: z.discriminatedUnion('kind', [
        z.strictObject({
          kind: z.literal('mnemonic'),
          mnemonic: secretText(1000),
          account: z
            .int()
            .min(0)
            .max(2 ** 31 - 1)
            .default(0),
        }),
        z.strictObject({ kind: z.literal('privateKey'), privateKey: secretText(200) }),
        z.strictObject({
          kind: z.literal('keystore'),
          keystore: secretText(65_536),
          keystorePassphrase: passphrase,
        }),
      ]),
      passphrase,
    }),
  ).returns<{ address: string }>(),

  /** @throws NO_WALLET, WRONG_PASSPHRASE, TOO_MANY_ATTEMPTS, WALLET_DAMAGED */
  unlockWallet: call(z.strictObject({ passphrase })).returns<null>(),

  /** Stops the node, too. @throws SLOTS_AT_STAKE while slots have to be proven, unless `force` */
  lockWallet: call(z.strictObject({ force: z.boolean().default(false) })).returns<null>(),

  /** A key file that holds the old one is no longer used. @throws as `unlockWallet`; PASSPHRASE_UNSUITABLE */
  changePassphrase: call(z.strictObject({ passphrase, newPassphrase: passphrase })).returns<null>(),

  /**
   * How the wallet is unlocked when the node starts and nobody is there.
   * @throws NO_KEY_STORE, KEY_FILE_UNUSABLE, KEY_FILE_UNSAFE, and as `unlockWallet`
   */
  setUnattended: call(
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('none') }),
      z.strictObject({ kind: z.literal('keyStore'), passphrase }),
      z.strictObject({ kind: z.literal('keyFile'), path: z.string().min(1).max(4096) }),
    ]),
  ).returns<null>(),

  /**
   * Writes the keystore or the private key to a file that is chosen in a dialog of main's, once that was confirmed there.
   * @throws CONFIRM_AT_TERMINAL where main has no window, NOT_CONFIRMED, and as `unlockWallet`
   */
  exportWallet: call(z.strictObject({ what: z.enum(['keystore', 'privateKey']), passphrase })).returns<{
    file: string;
  }>(),

  /** Makes room for another wallet; the file of this one is kept under another name. @throws WALLET_UNLOCKED, NOT_CONFIRMED */
  removeWallet: call(z.strictObject({})).returns<{ keptAs: string }>(),
} as const;

/** Of the key that sells. Nothing here is secret. */
export interface WalletStatus {
  /** `none` until one was made or imported. */
  readonly state: 'none' | 'locked' | 'unlocked';
  readonly address?: string;
  /** How it is unlocked when nobody is there. */
  readonly unattended: 'none' | 'keyStore' | 'keyFile' | 'environment';
  /** Why that did not work, or why the wallet cannot be used. */
  readonly failure?: { readonly code: string; readonly message: string };
}

/** Whether this system's key store can be used; if not, why, in whole sentences. */
export type KeyStoreState = { readonly ok: true } | { readonly ok: false; readonly reason: string };
