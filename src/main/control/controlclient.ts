import { WebSocket } from 'ws';
import { TOKEN_PREFIX, WEB_PROTOCOL, type WebCall, type WebMessage } from '../../shared/channels.ts';
import type { Bridge } from '../../shared/contract.ts';
import { abortError } from '../engine/lib/abort.ts';
import { Emitter } from '../engine/lib/emitter.ts';
import { readControlFile, type ControlInfo } from './controlfile.ts';

/** The way to a node that runs. It does not come back once it broke: commands are short, and say so. */
export interface ControlBridge extends Bridge {
  /** Resolves when the way is broken, whoever broke it. */
  readonly closed: Promise<void>;
  close(): void;
}

/**
 * The node of a data folder; undefined when none runs. A file that was left behind is told by nobody answering to it:
 * its process is gone, its port is closed or another program's.
 */
export async function reachNode(
  dataDir: string,
  { signal }: { signal: AbortSignal },
): Promise<ControlBridge | undefined> {
  const info = await readControlFile(dataDir);
  const socket = info && (await openSocket(info, signal));
  return socket && new SocketControl(socket);
}

/** Undefined when nobody answers to the token. @throws an abort error */
async function openSocket({ url, token }: ControlInfo, signal: AbortSignal): Promise<WebSocket | undefined> {
  if (signal.aborted) throw abortError(signal);
  const protocols = [WEB_PROTOCOL, TOKEN_PREFIX + token.reveal()];
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/bridge`, protocols, {
    origin: url,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  });
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      socket.terminate();
      reject(abortError(signal));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const settle = (opened: WebSocket | undefined) => {
      signal.removeEventListener('abort', onAbort);
      resolve(opened);
    };
    socket.once('open', () => settle(socket));
    // Refused, cut off, or not what we speak; later ones are followed by `close`.
    socket.on('error', () => settle(undefined));
  });
}

const HANDSHAKE_TIMEOUT_MS = 5000;

class SocketControl implements ControlBridge {
  readonly closed: Promise<void>;
  readonly #socket: WebSocket;
  readonly #events = new Emitter<string>();
  readonly #calls = new Map<number, { resolve: (reply: string) => void; reject: (error: Error) => void }>();
  #lastId = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#receive(data.toString()));
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        for (const { reject } of this.#calls.values())
          reject(new Error('The connection to the node was lost'));
        this.#calls.clear();
        resolve();
      });
    });
  }

  async invoke(name: string, input: string): Promise<string> {
    if (this.#socket.readyState !== this.#socket.OPEN) throw new Error('Not connected to the node');
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, name, input } satisfies WebCall));
    });
  }

  subscribe(listener: (message: string) => void): () => void {
    return this.#events.subscribe(listener);
  }

  close(): void {
    this.#socket.terminate();
  }

  #receive(data: string): void {
    const message = JSON.parse(data) as WebMessage;
    if ('event' in message) return this.#events.emit(message.event);
    this.#calls.get(message.id)?.resolve(message.reply);
    this.#calls.delete(message.id);
  }
}
