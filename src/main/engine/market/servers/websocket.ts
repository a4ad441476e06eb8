import { WebSocket, type RawData } from 'ws';
import { z } from 'zod';
import { abortError, throwIfAborted, untilAborted } from '../../lib/abort.ts';
import { Emitter } from '../../lib/emitter.ts';
import { answerTo, nonsense, parseMessage, questionText, type Answer, type RpcMessage } from './jsonrpc.ts';
import type { ServerAddress } from './serveraddress.ts';
import {
  ANSWER_BYTES,
  ANSWER_MS,
  unanswered,
  type AskOptions,
  type Transport,
  type TransportLimits,
} from './transport.ts';

export interface WebSocketOptions extends TransportLimits {
  /** Told when an open connection is lost: whoever answers next may be another. */
  readonly onLost?: () => void;
  /** After so long a silence the server is asked whether it is there. */
  readonly quietMs?: number;
  /** The first wait before a lost connection is opened again for the sake of the announcements; doubled each time. */
  readonly reopenMs?: number;
}

/**
 * JSON-RPC over one WebSocket, opened by the first question and again by the next one after it was lost. Announced blocks
 * are hints only: a subscription may fall silent unnoticed (marketplace.md §12).
 */
export class WebSocketTransport implements Transport {
  readonly #url: URL;
  readonly #options: Required<WebSocketOptions>;
  readonly #heads = new Emitter<void>();
  readonly #pending = new Map<
    number,
    { resolve: (answer: Answer) => void; reject: (error: Error) => void }
  >();
  #connection: Promise<WebSocket> | undefined;
  #socket: WebSocket | undefined;
  #lastId = 0;
  #heardAt = 0;
  #quietTimer: NodeJS.Timeout | undefined;
  #reopenTimer: NodeJS.Timeout | undefined;
  #losses = 0;
  #isClosed = false;

  constructor({ url }: ServerAddress, options: WebSocketOptions = {}) {
    this.#url = url;
    this.#options = {
      answerMs: ANSWER_MS,
      answerBytes: ANSWER_BYTES,
      onLost: () => {},
      quietMs: 15_000,
      reopenMs: 500,
      ...options,
    };
  }

  async ask(method: string, params: readonly unknown[], { signal }: AskOptions = {}): Promise<Answer> {
    throwIfAborted(signal);
    const connection = this.#open();
    const socket = await (signal ? untilAborted(connection, signal) : connection);
    return this.#exchange(socket, method, params, signal);
  }

  onHead(listener: () => void): () => void {
    const unsubscribe = this.#heads.subscribe(listener);
    if (this.#socket) this.#subscribe(this.#socket);
    else this.#reopen();
    return unsubscribe;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#reopenTimer);
    this.#socket?.terminate();
    this.#lose(this.#socket, unanswered({ reason: 'the connection was closed' }));
  }

  #open(): Promise<WebSocket> {
    if (this.#isClosed) return Promise.reject(unanswered({ reason: 'the connection was closed' }));
    this.#connection ??= this.#connect();
    return this.#connection;
  }

  #connect(): Promise<WebSocket> {
    const { answerMs, answerBytes } = this.#options;
    const socket = new WebSocket(this.#url, {
      handshakeTimeout: answerMs,
      maxPayload: answerBytes,
      perMessageDeflate: false,
    });
    this.#socket = socket;
    let reason = 'the connection was closed';
    socket.on('error', (error) => (reason = error.message));
    socket.on('message', (data: RawData) => this.#hear(socket, textOf(data)));
    return new Promise((resolve, reject) => {
      socket.on('open', () => {
        this.#losses = 0;
        this.#heard(socket);
        if (this.#heads.size > 0) this.#subscribe(socket);
        resolve(socket);
      });
      socket.on('close', () => {
        const error = unanswered({ reason, isThrottled: /\b429\b/.test(reason) });
        reject(error);
        this.#lose(socket, error);
      });
    });
  }

  #exchange(
    socket: WebSocket,
    method: string,
    params: readonly unknown[],
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    const id = ++this.#lastId;
    const askedAt = performance.now();
    return new Promise<Answer>((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        this.#pending.delete(id);
        settle();
      };
      const onAbort = () => end(() => reject(abortError(signal)));
      const timer = setTimeout(() => {
        const error = unanswered({ reason: `nothing within ${this.#options.answerMs / 1000} seconds` });
        end(() => reject(error));
        // Of a line over which nothing came at all since then nothing is to be hoped.
        if (this.#heardAt < askedAt) this.#drop(socket, error);
      }, this.#options.answerMs);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#pending.set(id, {
        resolve: (answer) => end(() => resolve(answer)),
        reject: (error) => end(() => reject(error)),
      });
      if (signal?.aborted) return onAbort();
      // What cannot be sent any more is told by the loss of the connection.
      socket.send(questionText(id, method, params), () => {});
    });
  }

  #hear(socket: WebSocket, text: string): void {
    if (socket !== this.#socket) return;
    this.#heard(socket);
    try {
      this.#take(parseMessage(text));
    } catch (error) {
      // Which question it was meant for cannot be told, so all are asked again elsewhere.
      this.#drop(socket, error instanceof Error ? error : nonsense('something else', text));
    }
  }

  #take(message: RpcMessage): void {
    if (message.method !== undefined) {
      if (newHead.safeParse(message).success) this.#heads.emit();
      return;
    }
    const { id } = message;
    if (typeof id !== 'number' || id > this.#lastId || id < 1)
      throw nonsense('an answer to no question', message);
    const pending = this.#pending.get(id);
    // What was given up may still be answered.
    if (pending) pending.resolve(answerTo(id, message));
  }

  #heard(socket: WebSocket): void {
    this.#heardAt = performance.now();
    if (this.#quietTimer) return void this.#quietTimer.refresh();
    this.#quietTimer = setTimeout(() => {
      this.#quietTimer = undefined;
      // It ends well, or else with the connection.
      this.#exchange(socket, 'eth_blockNumber', [], undefined).catch(() => {});
    }, this.#options.quietMs);
  }

  #subscribe(socket: WebSocket): void {
    if (socket.readyState !== WebSocket.OPEN) return;
    // What was announced while nobody listened is not announced again.
    this.#heads.emit();
    // A server that knows no announcements is asked for its head as every other.
    this.#exchange(socket, 'eth_subscribe', ['newHeads'], undefined).catch(() => {});
  }

  #drop(socket: WebSocket, error: Error): void {
    socket.terminate();
    this.#lose(socket, error);
  }

  #lose(socket: WebSocket | undefined, error: Error): void {
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    this.#connection = undefined;
    clearTimeout(this.#quietTimer);
    this.#quietTimer = undefined;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#options.onLost();
    this.#reopen();
  }

  /** Only for those who want announcements; a question opens the connection by itself. */
  #reopen(): void {
    if (this.#isClosed || this.#heads.size === 0) return;
    const waitMs = Math.min(LONGEST_REOPEN_MS, this.#options.reopenMs * 2 ** Math.min(this.#losses++, 10));
    clearTimeout(this.#reopenTimer);
    this.#reopenTimer = setTimeout(() => {
      if (!this.#isClosed) this.#open().catch(() => {});
    }, waitMs);
  }
}

const LONGEST_REOPEN_MS = 30_000;

const newHead = z.object({
  method: z.literal('eth_subscription'),
  params: z.object({ subscription: z.string(), result: z.object({}) }),
});

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return data instanceof ArrayBuffer ? Buffer.from(data).toString('utf8') : data.toString('utf8');
}
