import { EngineError } from '../engine/errors.ts';

/** Each comes with a message that says what to do; none has anything of a secret in it. */
export type WalletErrorCode =
  | 'NO_WALLET'
  | 'WALLET_EXISTS'
  | 'WALLET_LOCKED'
  | 'WALLET_UNLOCKED'
  | 'WALLET_DAMAGED'
  | 'WALLET_FOLDER_UNUSABLE'
  | 'WRONG_PASSPHRASE'
  | 'TOO_MANY_ATTEMPTS'
  | 'PASSPHRASE_UNSUITABLE'
  | 'BAD_MNEMONIC'
  | 'BAD_PRIVATE_KEY'
  | 'BAD_KEYSTORE'
  | 'NOTHING_TO_CONFIRM'
  | 'WORDS_DO_NOT_MATCH'
  | 'OTHER_KEY'
  | 'NO_KEY_STORE'
  | 'KEY_STORE_FAILED'
  | 'KEY_FILE_UNUSABLE'
  | 'KEY_FILE_UNSAFE'
  | 'UNATTENDED_DAMAGED';

export class WalletError extends EngineError<WalletErrorCode> {}

export function walletError(
  code: WalletErrorCode,
  message: string,
  { details = {}, cause }: { details?: object; cause?: unknown } = {},
): WalletError {
  return new WalletError(code, details, { message, cause });
}
