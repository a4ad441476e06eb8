import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

/** What arrived, and how it is answered: over HTTP with the response, over a WebSocket with the socket. */
export interface Question {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
  readonly http?: ServerResponse;
  readonly socket?: WebSocket;
  /** The answer an honest server would give. */
  readonly answer: (result: unknown) => void;
  /** Sends just this. */
  readonly send: (text: string) => void;
}

/** A true server on the loopback, HTTP and WebSocket on one port, whose answers are given by hand. */
export class RpcServer {
  readonly questions: Question[] = [];
  readonly headers: IncomingMessage['headers'][] = [];
  readonly paths: string[] = [];
  /** Connections that were ever opened. */
  connections = 0;
  readonly sockets = new Set<WebSocket>();
  readonly #server: Server;
  readonly #websockets: WebSocketServer;

  static async start(answer: (question: Question) => void, { port = 0 } = {}): Promise<RpcServer> {
    const server = new RpcServer(answer);
    server.#server.listen(port, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  private constructor(answer: (question: Question) => void) {
    const take = (question: Question) => {
      this.questions.push(question);
      answer(question);
    };
    this.#server = createServer((request, response) => {
      this.headers.push(request.headers);
      this.paths.push(request.url ?? '');
      void bodyOf(request).then((body) => take(overHttp(body, response)));
    });
    this.#server.on('connection', () => this.connections++);
    this.#websockets = new WebSocketServer({ server: this.#server });
    this.#websockets.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('message', (data: Buffer) => take(overSocket(data.toString(), socket)));
      socket.on('close', () => this.sockets.delete(socket));
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get httpUrl(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get wsUrl(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    this.#websockets.close();
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

interface Asked {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

function overHttp(body: string, http: ServerResponse): Question {
  const asked = JSON.parse(body) as Asked;
  const send = (text: string) => void http.setHeader('content-type', 'application/json').end(text);
  return { ...asked, http, send, answer: (result) => send(answerText(asked.id, result)) };
}

function overSocket(body: string, socket: WebSocket): Question {
  const asked = JSON.parse(body) as Asked;
  const send = (text: string) => socket.send(text);
  return { ...asked, socket, send, answer: (result) => send(answerText(asked.id, result)) };
}

export const answerText = (id: number | null, result: unknown) =>
  JSON.stringify({ jsonrpc: '2.0', id, result });
