import { z } from 'zod';
import { MarketError } from '../errors.ts';

/** What a server said to one question. A refusal is an answer too. */
export type Answer = { readonly result: unknown } | { readonly error: ErrorAnswer };

export interface ErrorAnswer {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

export function questionText(id: number, method: string, params: readonly unknown[]): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params });
}

/** @throws MarketError HOSTILE_VALUE */
export function parseMessage(text: string): RpcMessage {
  const parsed = rpcMessage.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw nonsense('a message that is not of JSON-RPC', text);
}

/** @throws MarketError HOSTILE_VALUE when it is no answer to the question with that id */
export function answerTo(id: number, message: RpcMessage): Answer {
  // A server that could not read the question cannot know its id.
  const isOurs = message.id === id || (message.error !== undefined && (message.id ?? null) === null);
  if (!isOurs) throw nonsense('an answer to another question', message);
  if (message.error) return { error: message.error };
  if ('result' in message) return { result: message.result };
  throw nonsense('an answer with nothing in it', message);
}

/** What the server sent is a fault of the server. */
export function nonsense(what: string, sent: unknown): MarketError {
  const details = {
    what,
    sent: (typeof sent === 'string' ? sent : (JSON.stringify(sent) ?? '')).slice(0, 200),
  };
  return new MarketError('HOSTILE_VALUE', details, { message: `The server sent ${what}` });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw nonsense('something that is not JSON', text);
  }
}

const errorAnswer = z.union([
  z.object({
    code: z.number().catch(0),
    message: z.string().catch('no reason given'),
    data: z.unknown().optional(),
  }),
  z.string().transform((message) => ({ code: 0, message, data: undefined })),
]);

const rpcMessage = z.object({
  id: z.union([z.number(), z.string(), z.null()]).optional(),
  method: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: errorAnswer.nullish().transform((error) => error ?? undefined),
});
export type RpcMessage = z.infer<typeof rpcMessage>;
