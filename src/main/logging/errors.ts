import { EngineError } from '../engine/errors.ts';

export type LoggingErrorCode = 'UNKNOWN_LEVEL' | 'LOG_FILE_UNWRITABLE';

export class LoggingError extends EngineError<LoggingErrorCode> {}
