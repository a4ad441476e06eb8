import { EngineError } from '../engine/errors.ts';

export type WebErrorCode = 'PORT_IN_USE' | 'PORT_NOT_ALLOWED' | 'NOT_LOOPBACK' | 'WINDOW_NOT_BUILT';

/** Why the window cannot be served. The message says what to do. */
export class WebError extends EngineError<WebErrorCode> {}
