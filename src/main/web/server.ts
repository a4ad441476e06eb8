import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { Secret } from '../engine/lib/secret.ts';
import { WebError } from './errors.ts';
import { Guard } from './guard.ts';
import { listen, mustBeBuilt, RunningServer, type RunningModules } from './running.ts';
import type { SocketBridgeOptions } from './socket-bridge.ts';

export type WebServerModules = RunningModules;

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
  modules: WebServerModules,
  { host = '127.0.0.1', port = 0, token = newToken(), signal, ...limits }: WebServerOptions = {},
): Promise<WebServer> {
  signal?.throwIfAborted();
  if (!['127.0.0.1', '::1', 'localhost'].includes(host)) throw notLoopback(host);
  const { rendererFolder } = modules;
  if (rendererFolder !== undefined) await mustBeBuilt(rendererFolder);
  const server = createServer();
  const boundPort = await listen(server, { host, port });
  const guard = new Guard({ port: boundPort, token });
  const running = new RunningServer(server, guard, modules, limits);
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

const newToken = () => new Secret(randomBytes(32).toString('base64url'));

function notLoopback(host: string): WebError {
  const message = `The window is served to this computer only, not on ${host}. Use 127.0.0.1.`;
  return new WebError('NOT_LOOPBACK', { host }, { message });
}
