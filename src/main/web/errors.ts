import { EngineError } from '../engine/errors.ts';

export type WebErrorCode =
  | 'PORT_IN_USE'
  | 'PORT_NOT_ALLOWED'
  | 'NOT_LOOPBACK'
  | 'WINDOW_NOT_BUILT'
  | 'ADDRESS_NOT_HERE'
  | 'TLS_UNUSABLE'
  | 'PASSWORD_UNSUITABLE';

/** Why the window cannot be served. The message says what to do. */
export class WebError extends EngineError<WebErrorCode> {}
