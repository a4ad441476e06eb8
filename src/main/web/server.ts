import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { join } from 'node:path';
import { Secret } from '../engine/lib/secret.ts';
import { Tasks } from '../engine/lib/tasks.ts';
import type { Logger } from '../engine/logger.ts';
import { pathOfTarget, readAsset, securityHeaders } from './assets.ts';
import { WebError } from './errors.ts';
import { Guard, type Refusal } from './guard.ts';
import { SocketBridge, type SocketBridgeModules, type SocketBridgeOptions } from './socket-bridge.ts';

export interface WebServerModules extends SocketBridgeModules {
  /** Where the built window lies; without it there is the bridge only. */
  readonly rendererFolder?: string;
}

export interface WebServerOptions extends SocketBridgeOptions {
  /** A name or address of this computer itself. */
  host?: string;
  /** 0 takes any free one. */
  port?: number;
  /** Without it a new one of 256 bits. */
  token?: Secret;
  /** Closes the server when it aborts. */
  signal?: AbortSignal;
}

export interface WebServer {
  /** With the token in its fragment, which a browser sends to nobody. */
  readonly url: string;
  readonly port: number;
  /** Ends every connection and waits for what runs; idempotent. */
  close(): Promise<void>;
}

/** Serves the window and its bridge to this computer, and to it only. @throws WebError */
export async function startWebServer(
  { rendererFolder, ...modules }: WebServerModules,
  { host = '127.0.0.1', port = 0, token = newToken(), signal, ...limits }: WebServerOptions = {},
): Promise<WebServer> {
  signal?.throwIfAborted();
  if (!['127.0.0.1', '::1', 'localhost'].includes(host)) throw notLoopback(host);
  if (rendererFolder !== undefined) await mustBeBuilt(rendererFolder);
  const server = createServer();
  await listen(server, host, port);
  const boundPort = portOf(server);
  const guard = new Guard({ port: boundPort, token });
  const running = new RunningServer(server, guard, rendererFolder, modules, limits);
  const onAbort = () => void running.close();
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  const what = rendererFolder === undefined ? 'Commands are answered' : 'Window is served';
  modules.logger.info(what, { host, port: boundPort });
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${boundPort}/#token=${token.reveal()}`,
    port: boundPort,
    close: () => {
      signal?.removeEventListener('abort', onAbort);
      return running.close();
    },
  };
}

class RunningServer {
  readonly #server: Server;
  readonly #guard: Guard;
  readonly #rendererFolder: string | undefined;
  readonly #logger: Logger;
  readonly #bridge: SocketBridge;
  readonly #requests: Tasks;
  #closed: Promise<void> | undefined;

  constructor(
    server: Server,
    guard: Guard,
    rendererFolder: string | undefined,
    modules: SocketBridgeModules,
    limits: SocketBridgeOptions,
  ) {
    this.#server = server;
    this.#guard = guard;
    this.#rendererFolder = rendererFolder;
    this.#logger = modules.logger;
    this.#bridge = new SocketBridge(modules, limits);
    this.#requests = new Tasks((error) => this.#logger.error('Request failed', { error }));
    server.on('request', (request, response) =>
      this.#requests.track('request', this.#answer(request, response)),
    );
    server.on('upgrade', (request, socket, head) => {
      socket.on('error', () => socket.destroy());
      const refusal = guard.refuseUpgrade(request);
      if (!refusal) return this.#bridge.accept(request, socket, head);
      this.#log(request, refusal);
      socket.end(refusalHead(refusal));
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    await this.#bridge.close();
    this.#server.closeAllConnections();
    await Promise.all([closed, this.#requests.settle()]);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = this.#guard.refuseRequest(request);
    if (refusal || this.#rendererFolder === undefined) {
      this.#refuse(request, response, refusal ?? noWindow);
      return;
    }
    const { status, headers, body } = await readAsset(this.#rendererFolder, pathOfTarget(request.url ?? ''));
    response.writeHead(status, { ...headers, 'Content-Length': body.length });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  #refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
    this.#log(request, refusal);
    response.writeHead(refusal.status, { ...securityHeaders, 'Content-Type': 'text/plain; charset=utf-8' });
    response.end(`${refusal.reason}\n`);
  }

  #log({ method, headers }: IncomingMessage, { status, reason }: Refusal): void {
    this.#logger.warn('Request refused', {
      method,
      status,
      reason,
      host: headers.host,
      origin: headers.origin,
    });
  }
}

const noWindow: Refusal = { status: 404, reason: 'Not found' };

const newToken = () => new Secret(randomBytes(32).toString('base64url'));

async function listen(server: Server, host: string, port: number): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    throw listenError(cause, port);
  }
}

function listenError(cause: unknown, port: number): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EADDRINUSE') {
    const message = `Port ${port} is taken by another program. End that one, or choose another with --port (0 takes any free one).`;
    return new WebError('PORT_IN_USE', { port }, { cause, message });
  }
  if (code === 'EACCES') {
    const message = `Port ${port} may not be used by this account. Choose one above 1023 with --port (0 takes any free one).`;
    return new WebError('PORT_NOT_ALLOWED', { port }, { cause, message });
  }
  return cause;
}

function notLoopback(host: string): WebError {
  const message = `The window is served to this computer only, not on ${host}. Use 127.0.0.1.`;
  return new WebError('NOT_LOOPBACK', { host }, { message });
}

/** @throws WebError WINDOW_NOT_BUILT */
async function mustBeBuilt(folder: string): Promise<void> {
  await access(join(folder, 'index.html')).catch((cause: unknown) => {
    const message = `The window is not built: there is no index.html in ${folder}. Run npm run build.`;
    throw new WebError('WINDOW_NOT_BUILT', { folder }, { cause, message });
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('The server listens on no port');
  return address.port;
}

/** The whole answer to a WebSocket that is refused. */
function refusalHead({ status, reason }: Refusal): string {
  const body = `${reason}\n`;
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}
