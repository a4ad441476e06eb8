import { EngineError } from '../engine/errors.ts';

/** Why a command did not do what it was asked, though it was well said. */
export class CommandError extends EngineError<
  'NODE_NOT_RUNNING' | 'NOT_CONFIRMED' | 'NOT_THE_SAME' | 'FILE_THERE' | 'WALLET_EXISTS' | 'MOVE_UNDER_WAY'
> {}

/** A command line that was not understood. */
export class UsageError extends EngineError<'USAGE'> {
  constructor(message: string) {
    super('USAGE', {}, { message: `${message} Run with --help to see what there is.` });
  }
}

export function commandError(code: CommandError['code'], message: string, cause?: unknown): CommandError {
  return new CommandError(code, {}, { message, cause });
}
