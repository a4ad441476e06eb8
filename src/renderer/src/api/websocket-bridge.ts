import { afterMs, type After } from '../../../shared/after.ts';
import { TOKEN_PREFIX, WEB_PROTOCOL, type WebCall, type WebMessage } from '../../../shared/channels.ts';
import type { Bridge } from '../../../shared/contract.ts';

/** What the bridge needs of a browser's page. */
export interface Page {
  readonly location: {
    readonly origin: string;
    readonly pathname: string;
    readonly search: string;
    readonly hash: string;
  };
  readonly history: { replaceState(data: unknown, unused: string, url: string): void };
  readonly sessionStorage: { getItem(key: string): string | null; setItem(key: string, value: string): void };
}

/** What the bridge needs of a browser's WebSocket. */
export interface Socket {
  addEventListener(type: 'open' | 'close', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  send(data: string): void;
  close(): void;
}

export interface WebSocketBridgeOptions {
  open: (url: string, protocols: string[]) => Socket;
  after?: After;
  /** Called when a connection was not opened at all, and no token was there to open it with. */
  onRefused?: () => void;
}

export interface WebSocketBridge extends Bridge {
  readonly onConnection: (listener: (connected: boolean) => void) => () => void;
  /** Ends the connection for good. */
  close(): void;
}

/**
 * The way to a headless node. It connects at once and again after every loss, waiting longer each time up to ten
 * seconds. Calls made while it connects are sent once it is open; those that are open when it closes reject.
 */
export function createWebSocketBridge(page: Page, options: WebSocketBridgeOptions): WebSocketBridge {
  const connection = new ReconnectingSocket(page, options);
  return {
    invoke: (name, input) => connection.invoke(name, input),
    subscribe: (listener) => add(connection.eventListeners, listener),
    onConnection: (listener) => add(connection.connectionListeners, listener),
    close: () => connection.close(),
  };
}

/**
 * The token that stands in the fragment of the printed URL. It is kept for this tab, so that a reload works, and taken
 * from the address bar, so that it is not copied or bookmarked with it.
 */
export function takeToken({ location, history, sessionStorage }: Page): string | undefined {
  const token = /^#token=([\w-]+)$/.exec(location.hash)?.[1];
  if (token === undefined) return sessionStorage.getItem(TOKEN_KEY) ?? undefined;
  sessionStorage.setItem(TOKEN_KEY, token);
  history.replaceState(null, '', location.pathname + location.search);
  return token;
}

const TOKEN_KEY = 'slotkeeper.token';
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

class ReconnectingSocket {
  readonly eventListeners = new Set<(message: string) => void>();
  readonly connectionListeners = new Set<(connected: boolean) => void>();

  readonly #open: () => Socket;
  readonly #after: After;
  readonly #onRefused: () => void;
  readonly #calls = new Map<
    number,
    { message: string; resolve: (reply: string) => void; reject: (error: Error) => void }
  >();
  #socket: Socket | undefined;
  #state: 'connecting' | 'open' | 'waiting' | 'closed' = 'waiting';
  #failures = 0;
  #lastId = 0;
  #cancelWait: () => void = () => {};

  constructor(page: Page, { open, after = afterMs, onRefused = () => {} }: WebSocketBridgeOptions) {
    const token = takeToken(page);
    const protocols = [WEB_PROTOCOL, ...(token === undefined ? [] : [TOKEN_PREFIX + token])];
    this.#open = () => open(`${page.location.origin.replace(/^http/, 'ws')}/bridge`, protocols);
    this.#after = after;
    this.#onRefused = token === undefined ? onRefused : () => {};
    this.#connect();
  }

  async invoke(name: string, input: string): Promise<string> {
    if (this.#state === 'waiting' || this.#state === 'closed') throw new Error('Not connected to the node');
    const id = ++this.#lastId;
    const message = JSON.stringify({ id, name, input } satisfies WebCall);
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { message, resolve, reject });
      if (this.#state === 'open') this.#socket?.send(message);
    });
  }

  close(): void {
    this.#cancelWait();
    const socket = this.#socket;
    this.#leave('closed');
    socket?.close();
  }

  #connect(): void {
    const socket = this.#open();
    this.#socket = socket;
    this.#state = 'connecting';
    const isCurrent = () => this.#socket === socket;
    socket.addEventListener('open', () => isCurrent() && this.#opened(socket));
    socket.addEventListener('close', () => isCurrent() && this.#lost());
    socket.addEventListener('message', ({ data }) => isCurrent() && this.#receive(String(data)));
  }

  #opened(socket: Socket): void {
    this.#state = 'open';
    this.#failures = 0;
    for (const { message } of this.#calls.values()) socket.send(message);
    for (const listener of this.connectionListeners) listener(true);
  }

  #lost(): void {
    if (this.#state === 'connecting') this.#onRefused();
    this.#leave('waiting');
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#cancelWait = this.#after(waitMs, () => this.#connect());
  }

  #leave(state: 'waiting' | 'closed'): void {
    const wasOpen = this.#state === 'open';
    this.#state = state;
    this.#socket = undefined;
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const { reject } of calls) reject(new Error('The connection to the node was lost'));
    if (wasOpen) for (const listener of this.connectionListeners) listener(false);
  }

  #receive(data: string): void {
    const message = JSON.parse(data) as WebMessage;
    if ('event' in message) {
      for (const listener of this.eventListeners) listener(message.event);
      return;
    }
    this.#calls.get(message.id)?.resolve(message.reply);
    this.#calls.delete(message.id);
  }
}

function add<T>(listeners: Set<(value: T) => void>, listener: (value: T) => void): () => void {
  const own = (value: T) => listener(value);
  listeners.add(own);
  return () => void listeners.delete(own);
}
