import { EngineError } from '../engine/errors.ts';

export type PracticeErrorCode =
  | 'NO_CHAIN_BINARY'
  | 'CHAIN_FAILED'
  | 'PRACTICE_FOLDER_IN_USE'
  | 'PRACTICE_STATE_UNREADABLE'
  | 'PRACTICE_STOPPED'
  | 'BAD_SPEED'
  | 'PRACTICE_NO_SLOT'
  | 'PRACTICE_SLASH_UNDER_WAY'
  | 'PROOF_HELD_BACK'
  | 'TRANSACTION_REFUSED'
  | 'TRANSACTION_FAILED'
  | 'TRANSACTION_LOST';

/** Why the practice network cannot start or go on. The message is meant for a person and says what to do. */
export class PracticeError extends EngineError<PracticeErrorCode> {
  constructor(code: PracticeErrorCode, message: string, details: object = {}, cause?: unknown) {
    super(code, details, { message, cause });
  }
}
