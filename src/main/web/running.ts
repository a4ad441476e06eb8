import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { afterMs, type After } from '../../shared/after.ts';
import { Tasks } from '../engine/lib/tasks.ts';
import type { Logger } from '../engine/logger.ts';
import { pathOfTarget, readAsset, securityHeaders } from './assets.ts';
import { notFound, wrongHost, type Door, type Refusal } from './door.ts';
import { WebError } from './errors.ts';
import type { MetricsEndpoint } from './metrics.ts';
import { RefusalLog } from './refusallog.ts';
import { SocketBridge, type SocketBridgeModules, type SocketBridgeOptions } from './socket-bridge.ts';

export interface RunningModules extends SocketBridgeModules {
  /** Where the built window lies; without it there is the bridge only. */
  readonly rendererFolder?: string;
  readonly metrics?: MetricsEndpoint;
}

export interface RunningOptions extends SocketBridgeOptions {
  after?: After;
}

/** A server that listens, until it is closed. */
export class RunningServer {
  readonly #server: Server;
  readonly #door: Door;
  readonly #rendererFolder: string | undefined;
  readonly #logger: Logger;
  readonly #refusals: RefusalLog;
  readonly #metrics: MetricsEndpoint | undefined;
  readonly #bridge: SocketBridge;
  readonly #requests: Tasks;
  /** Also those that were upgraded, which `closeAllConnections` leaves alone. */
  readonly #sockets = new Set<Socket>();
  #closed: Promise<void> | undefined;

  constructor(
    server: Server,
    door: Door,
    { rendererFolder, metrics, ...modules }: RunningModules,
    { after = afterMs, ...limits }: RunningOptions = {},
  ) {
    this.#server = server;
    this.#door = door;
    this.#metrics = metrics;
    this.#rendererFolder = rendererFolder;
    this.#logger = modules.logger;
    this.#refusals = new RefusalLog(modules.logger, { after });
    this.#bridge = new SocketBridge(modules, limits);
    this.#requests = new Tasks((error) => this.#logger.error('Request failed', { error }));
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('request', (request, response) =>
      this.#requests.track('request', this.#answer(request, response)),
    );
    server.on('upgrade', (request, socket, head) => {
      socket.on('error', () => socket.destroy());
      const refusal = door.refuseUpgrade(request);
      if (!refusal) {
        const release = door.follow?.(request, () => socket.destroy());
        if (release) socket.once('close', release);
        return this.#bridge.accept(request, socket, head);
      }
      this.#refusals.write(request, refusal);
      // Not left half open: its other end may never close it.
      socket.once('finish', () => socket.destroy());
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
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([closed, this.#requests.settle()]);
    this.#refusals.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const own = await this.#door.answer?.(request, response);
    if (own === true) return;
    const refusal = own || this.#door.refuseRequest(request);
    if (refusal !== wrongHost && this.#metrics?.answer(request, response)) return;
    if (refusal || this.#rendererFolder === undefined) {
      this.#refuse(request, response, refusal ?? notFound);
      return;
    }
    const { status, headers, body } = await readAsset(this.#rendererFolder, pathOfTarget(request.url ?? ''));
    response.writeHead(status, { ...headers, 'Content-Length': body.length });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  #refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
    this.#refusals.write(request, refusal);
    response.writeHead(refusal.status, { ...securityHeaders, 'Content-Type': 'text/plain; charset=utf-8' });
    response.end(`${refusal.reason}\n`);
  }
}

/** The port it has then. @throws WebError */
export async function listen(
  server: Server,
  { host, port }: { host: string; port: number },
): Promise<number> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    throw listenError(cause, { host, port });
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('The server listens on no port');
  return address.port;
}

function listenError(cause: unknown, { host, port }: { host: string; port: number }): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EADDRINUSE') {
    const message = `Port ${port} is taken by another program. End that one, or choose another with --port (0 takes any free one).`;
    return new WebError('PORT_IN_USE', { port }, { cause, message });
  }
  if (code === 'EACCES') {
    const message = `Port ${port} may not be used by this account. Choose one above 1023 with --port (0 takes any free one).`;
    return new WebError('PORT_NOT_ALLOWED', { port }, { cause, message });
  }
  if (code === 'EADDRNOTAVAIL') {
    const message = `This computer has no address ${host} now. Choose one that it has.`;
    return new WebError('ADDRESS_NOT_HERE', { host }, { cause, message });
  }
  return cause;
}

/** @throws WebError WINDOW_NOT_BUILT */
export async function mustBeBuilt(folder: string): Promise<void> {
  await access(join(folder, 'index.html')).catch((cause: unknown) => {
    const message = `The window is not built: there is no index.html in ${folder}. Run npm run build.`;
    throw new WebError('WINDOW_NOT_BUILT', { folder }, { cause, message });
  });
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
