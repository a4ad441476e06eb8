import type { ServerResponse } from 'node:http';
import type { WebSocket } from 'ws';
import type { Answer } from '../../../src/main/engine/market/servers/jsonrpc.ts';

/** The way back to whoever asked. */
export interface Line {
  readonly socket?: WebSocket;
  answer(id: number | null, answer: Answer): void;
  /** Sends this as it is. */
  send(text: string): void;
  /** Breaks the connection in the middle of the answer. */
  cut(id: number, answer: Answer): void;
  drop(): void;
  refuseAsTooOften(id: number, retryAfterSeconds?: number): void;
}

export class HttpLine implements Line {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  answer(id: number | null, answer: Answer): void {
    this.send(textOf(id, answer));
  }

  send(text: string): void {
    this.#response.setHeader('content-type', 'application/json').end(text);
  }

  cut(id: number, answer: Answer): void {
    const text = textOf(id, answer);
    this.#response.writeHead(200, { 'content-length': Buffer.byteLength(text) });
    this.#response.write(text.slice(0, text.length / 2), () => this.drop());
  }

  drop(): void {
    this.#response.destroy();
  }

  refuseAsTooOften(_id: number, retryAfterSeconds?: number): void {
    if (retryAfterSeconds !== undefined) this.#response.setHeader('retry-after', retryAfterSeconds);
    this.#response.writeHead(429).end('Too many requests');
  }
}

export class SocketLine implements Line {
  readonly socket: WebSocket;

  constructor(socket: WebSocket) {
    this.socket = socket;
  }

  answer(id: number | null, answer: Answer): void {
    this.send(textOf(id, answer));
  }

  send(text: string): void {
    this.socket.send(text, () => {});
  }

  /** Of a message only whole frames arrive; what is cut is the message. */
  cut(id: number, answer: Answer): void {
    const text = textOf(id, answer);
    this.socket.send(text.slice(0, text.length / 2), { fin: false }, () => this.drop());
  }

  drop(): void {
    this.socket.terminate();
  }

  refuseAsTooOften(id: number): void {
    this.answer(id, { error: { code: -32_005, message: 'Too many requests' } });
  }
}

const textOf = (id: number | null, answer: Answer) => JSON.stringify({ jsonrpc: '2.0', id, ...answer });
