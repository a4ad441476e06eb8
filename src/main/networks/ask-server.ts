import { once } from 'node:events';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { shownServer } from '../../shared/networks.ts';
import { describeError, EngineError } from '../engine/errors.ts';
import { abortError, abortScope } from '../engine/lib/abort.ts';
import { boundedBody } from './body.ts';

/** Asks one server one thing. @throws ServerError; or an abort error */
export type AskServer = (
  url: string,
  method: string,
  params: readonly unknown[],
  options: { signal: AbortSignal },
) => Promise<unknown>;

/**
 * Why a server gave no result: `CHAIN_UNREACHABLE` no answer came, `RPC_REFUSED` it answered with an error, whose words
 * and number stand in the details.
 */
export class ServerError extends EngineError<
  'CHAIN_UNREACHABLE' | 'RPC_REFUSED',
  { readonly url: string; readonly refusal?: string; readonly refusalCode?: number }
> {}

/** One question over http or a WebSocket, without anything kept open: for looking at a server before a node uses it. */
export const askServer: AskServer = async (url, method, params, { signal }) => {
  using scope = abortScope(signal);
  const timer = setTimeout(() => scope.abort(), TIMEOUT_MS);
  const question = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  try {
    const text = await (url.startsWith('http') ? overHttp : overSocket)(url, question, scope.signal);
    return resultOf(url, text);
  } catch (error) {
    if (signal.aborted) throw abortError(signal);
    if (error instanceof ServerError) throw error;
    const why = scope.signal.aborted ? `nothing within ${TIMEOUT_MS / 1000} s` : describeError(error);
    const message = `No answer from ${shownServer(url)} (${why}). Check the address and that this computer is online.`;
    throw new ServerError('CHAIN_UNREACHABLE', { url: shownServer(url) }, { message, cause: error });
  } finally {
    clearTimeout(timer);
  }
};

const TIMEOUT_MS = 20_000;
const MAX_ANSWER_BYTES = 5_000_000;

async function overHttp(url: string, body: string, signal: AbortSignal): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body, signal });
  const text = Buffer.from(await boundedBody(response, MAX_ANSWER_BYTES)).toString();
  // Some servers say with the status what they also say in the answer.
  if (!response.ok && !text.trimStart().startsWith('{')) throw new Error(`status ${response.status}`);
  return text;
}

async function overSocket(url: string, question: string, signal: AbortSignal): Promise<string> {
  const socket = new WebSocket(url, { maxPayload: MAX_ANSWER_BYTES });
  // A failure ends the waits below; whatever comes after them is of no interest.
  socket.on('error', () => {});
  try {
    await once(socket, 'open', { signal });
    socket.send(question);
    const [data] = (await once(socket, 'message', { signal })) as [Buffer];
    return data.toString();
  } finally {
    socket.terminate();
  }
}

const answerSchema = z.union([
  z.object({ error: z.object({ code: z.number().optional(), message: z.string().default('') }) }),
  z.object({ result: z.unknown() }),
]);

function resultOf(url: string, text: string): unknown {
  const answer = answerSchema.parse(JSON.parse(text));
  if (!('error' in answer)) return answer.result;
  const { code, message } = answer.error;
  throw new ServerError(
    'RPC_REFUSED',
    {
      url: shownServer(url),
      refusal: message.slice(0, 300),
      ...(code !== undefined && { refusalCode: code }),
    },
    { message: `${shownServer(url)} refused: ${message.slice(0, 300)}` },
  );
}
