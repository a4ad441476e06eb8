import { inspect } from 'node:util';

/**
 * The base of every error the engine throws on purpose. `code` is what callers test and what the texts for people
 * are keyed by; `details` holds the facts (ids, amounts, limits), so that no message needs string building.
 */
export class EngineError<Code extends string = string, Details extends object = object> extends Error {
  readonly code: Code;
  readonly details: Details;

  constructor(code: Code, details: Details, options?: { cause?: unknown; message?: string }) {
    super(options?.message ?? code, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.details = details;
  }
}

/** Whether `error` is an engine error, and, when a code is given, one with that code. */
export function isEngineError<Code extends string>(error: unknown, code?: Code): error is EngineError<Code> {
  return error instanceof EngineError && (code === undefined || error.code === code);
}

/** The message of an error and of its causes, outermost first, for one line of text. */
export function describeError(error: unknown): string {
  const messages: string[] = [];
  for (let e = error; e !== undefined && messages.length < 5; e = e instanceof Error ? e.cause : undefined) {
    messages.push(messageOf(e));
  }
  return messages.join(': ');
}

/** Anything can be thrown; what is no error is shown as it would be in a log. */
function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  return typeof thrown === 'string' ? thrown : inspect(thrown, { breakLength: Infinity, depth: 2 });
}
