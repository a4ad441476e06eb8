import type { z } from 'zod';
import type { Contract, Handlers, Reply } from '../../shared/contract.ts';
import { decode, encode } from '../../shared/json.ts';
import { EngineError } from '../engine/errors.ts';
import type { Logger } from '../engine/logger.ts';
import { toWireError } from './wire-error.ts';

/** Answers calls, whatever way they came. */
export interface Router {
  /** Takes text of the codec and answers with an encoded `Reply`. Never rejects. */
  dispatch(name: string, input: string): Promise<string>;
}

/**
 * The calls of a contract, each checked by its schema before its handler sees it. What a handler throws becomes a reply
 * with a code; what was not thrown on purpose becomes `INTERNAL`, and only the log knows more.
 */
export function createRouter<C extends Contract>(
  contract: C,
  handlers: Handlers<C>,
  { logger }: { logger: Logger },
): Router {
  const answer = async (name: string, input: string): Promise<unknown> => {
    const definition = Object.hasOwn(contract.calls, name) ? contract.calls[name] : undefined;
    if (!definition)
      throw new RouterError('UNKNOWN_CALL', { call: name }, { message: `Unknown call "${name}".` });
    const parsed = parseInput(definition.input, name, input);
    return (handlers as Record<string, (input: unknown) => unknown>)[name]?.(parsed);
  };
  return {
    dispatch: async (name, input) => {
      try {
        return encode({ ok: true, value: (await answer(name, input)) ?? null } satisfies Reply);
      } catch (error) {
        return encode({ ok: false, error: toWireError(error, { logger, call: name }) } satisfies Reply);
      }
    },
  };
}

export type RouterErrorCode = 'UNKNOWN_CALL' | 'BAD_INPUT';
export class RouterError extends EngineError<RouterErrorCode> {}

/** One thing that is wrong with an input: where, as a path, and what. */
export interface InputIssue {
  readonly path: string;
  readonly message: string;
}

function parseInput(schema: z.ZodType, call: string, text: string): unknown {
  const { success, data, error } = schema.safeParse(decodeInput(call, text));
  if (success) return data;
  const issues = error.issues.map(({ path, message }): InputIssue => ({ path: path.join('.'), message }));
  throw badInput(call, issues);
}

function decodeInput(call: string, text: string): unknown {
  try {
    return decode(text);
  } catch {
    // Why it cannot be read is told with words of the input, which may be secret.
    throw badInput(call, [{ path: '', message: 'This is not the text of a call' }]);
  }
}

function badInput(call: string, issues: readonly InputIssue[]): RouterError {
  const lines = issues.map(({ path, message }) => (path ? `${path}: ${message}` : message));
  return new RouterError('BAD_INPUT', { call, issues }, { message: lines.join('; ') });
}
