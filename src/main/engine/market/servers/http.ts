import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { abortError, throwIfAborted } from '../../lib/abort.ts';
import { answerTo, nonsense, parseMessage, questionText, type Answer } from './jsonrpc.ts';
import type { ServerAddress } from './serveraddress.ts';
import {
  ANSWER_BYTES,
  ANSWER_MS,
  TOO_LARGE,
  unanswered,
  type AskOptions,
  type Transport,
  type TransportLimits,
} from './transport.ts';

/**
 * JSON-RPC over HTTP, one question a request, over few connections that are kept open. Node's own client and not that of
 * ethers, which takes no signal, repeats throttled requests by itself, and takes any refused call for a revert.
 */
export class HttpTransport implements Transport {
  readonly #url: URL;
  readonly #agent: HttpAgent;
  readonly #answerMs: number;
  readonly #answerBytes: number;
  readonly #underWay = new Set<(error: Error) => void>();
  #lastId = 0;
  #isClosed = false;

  constructor(
    { url }: ServerAddress,
    {
      connections,
      answerMs = ANSWER_MS,
      answerBytes = ANSWER_BYTES,
    }: { connections: number } & TransportLimits,
  ) {
    this.#url = url;
    // An idle connection is closed before a server does, which would take a question with it.
    const options = { keepAlive: true, maxSockets: connections, timeout: IDLE_MS };
    this.#agent = url.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
    this.#answerMs = answerMs;
    this.#answerBytes = answerBytes;
  }

  async ask(method: string, params: readonly unknown[], { signal }: AskOptions = {}): Promise<Answer> {
    throwIfAborted(signal);
    if (this.#isClosed) throw closed();
    const id = ++this.#lastId;
    const reply = await this.#post(questionText(id, method, params), signal);
    if (reply === TOO_LARGE || reply.status === 413) return tooLarge(method);
    return answerIn(reply, id);
  }

  close(): void {
    this.#isClosed = true;
    for (const fail of this.#underWay) fail(closed());
    this.#agent.destroy();
  }

  #post(body: string, signal: AbortSignal | undefined): Promise<Reply | typeof TOO_LARGE> {
    return new Promise((resolve, reject) => {
      const request = (this.#url.protocol === 'https:' ? httpsRequest : httpRequest)(this.#url, {
        method: 'POST',
        agent: this.#agent,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      });
      const end = (settle: () => void) => {
        clearTimeout(timer);
        this.#underWay.delete(fail);
        signal?.removeEventListener('abort', onAbort);
        settle();
      };
      const fail = (error: Error) => {
        end(() => reject(error));
        request.destroy();
      };
      const onAbort = () => fail(abortError(signal));
      const timer = setTimeout(
        () => fail(unanswered({ reason: `nothing within ${this.#answerMs / 1000} seconds` })),
        this.#answerMs,
      );
      this.#underWay.add(fail);
      signal?.addEventListener('abort', onAbort, { once: true });
      request.on('error', (error) => fail(unanswered({ reason: error.message }, error)));
      request.on('response', (response) => {
        readAll(response, this.#answerBytes).then(
          (text) => {
            end(() => resolve(text === undefined ? TOO_LARGE : replyOf(response, text)));
            if (text === undefined) request.destroy();
          },
          (error: Error) => fail(unanswered({ reason: `the connection broke: ${error.message}` }, error)),
        );
      });
      request.end(body);
    });
  }
}

const closed = () => unanswered({ reason: 'the connection was closed' });

/** Servers close idle connections after a minute, some sooner. */
const IDLE_MS = 15_000;

interface Reply {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

function replyOf({ statusCode = 0, headers }: IncomingMessage, text: string): Reply {
  return { status: statusCode, retryAfter: headers['retry-after'], text };
}

/** Undefined when there is more than may be. Rejects when the connection is cut in the middle. */
async function readAll(response: IncomingMessage, limit: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Some servers give a refusal of JSON-RPC with a status that is no success. */
function answerIn({ status, retryAfter, text }: Reply, id: number): Answer {
  if (status === 429 || (status === 503 && retryAfter !== undefined)) {
    const retryAfterMs = retryAfter === undefined ? undefined : waitMs(retryAfter);
    throw unanswered({ reason: `it is asked too often (HTTP ${status})`, isThrottled: true, retryAfterMs });
  }
  if (status === 200) return answerTo(id, parseMessage(text));
  const refusal = refusalIn(text, id);
  if (refusal) return refusal;
  throw unanswered({ reason: `HTTP ${status}${hintByStatus[status] ?? ''}` });
}

function refusalIn(text: string, id: number): Answer | undefined {
  try {
    const answer = answerTo(id, parseMessage(text));
    return 'error' in answer ? answer : undefined;
  } catch {
    return undefined;
  }
}

const moved = ', it is served at another address. Correct the RPC address in the settings.';
const hintByStatus: Readonly<Record<number, string>> = {
  301: moved,
  302: moved,
  307: moved,
  308: moved,
  401: ', it wants a key. Check the RPC address in the settings.',
  403: ', it wants a key. Check the RPC address in the settings.',
  404: ', there is nothing at the address. Check the RPC address in the settings.',
};

/** `Retry-After` says seconds or a date. Undefined when it says nothing of use. */
function waitMs(retryAfter: string): number | undefined {
  const seconds = /^\d{1,9}$/.test(retryAfter.trim()) ? Number(retryAfter) : undefined;
  const ms = seconds === undefined ? Date.parse(retryAfter) - Date.now() : seconds * 1000;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

function tooLarge(method: string): Answer {
  if (method !== 'eth_getLogs') throw nonsense('an answer larger than any honest one', method);
  return { error: { code: 0, message: TOO_LARGE } };
}
