import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { afterMs, type After } from '../../shared/after.ts';
import type { AccessSettings } from '../../shared/settings.ts';
import { WebError } from './errors.ts';
import { PasswordDoor } from './passworddoor.ts';
import { listen, mustBeBuilt, RunningServer, type RunningModules } from './running.ts';

export interface OpenServer {
  /** Without any secret. */
  readonly url: string;
  readonly port: number;
  readonly isEncrypted: boolean;
  close(): Promise<void>;
}

export interface OpenServerOptions {
  /** Another one than that of the settings; 0 takes any free one. */
  port?: number;
  /** Any clock of milliseconds that does not go back. */
  nowMs?: () => number;
  after?: After;
}

/** Serves the window to other computers, as the owner set it: with a password, and encrypted where there is a certificate. @throws WebError */
export async function startOpenServer(
  { metrics, ...modules }: RunningModules & { readonly rendererFolder: string },
  access: AccessSettings,
  { port = access.port, nowMs, after = afterMs }: OpenServerOptions = {},
): Promise<OpenServer> {
  const { host, tls } = access;
  const { logger, rendererFolder } = modules;
  await mustBeBuilt(rendererFolder);
  const server = tls ? await secureServer(tls) : createServer();
  // Strangers get less time than a browser on this computer.
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  server.maxConnections = 200;
  const boundPort = await listen(server, { host, port });
  const door = new PasswordDoor({ port: boundPort, access, logger, after, ...(nowMs && { nowMs }) });
  const running = new RunningServer(
    server,
    door,
    { ...modules, ...(metrics?.hasToken && { metrics }) },
    { after },
  );
  const url = `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${boundPort}/`;
  logger.warn('The window is served to other computers, with the password', { url });
  if (!tls) logger.warn('What is sent there is not encrypted: the password can be read on the way', { url });
  return { url, port: boundPort, isEncrypted: tls !== undefined, close: () => running.close() };
}

/** @throws WebError TLS_UNUSABLE */
async function secureServer({ certFile, keyFile }: NonNullable<AccessSettings['tls']>): Promise<Server> {
  try {
    const [cert, key] = await Promise.all([readFile(certFile), readFile(keyFile)]);
    return createSecureServer({ cert, key, minVersion: 'TLSv1.2', handshakeTimeout: 10_000 });
  } catch (cause) {
    const message = `The certificate ${certFile} and the key ${keyFile} cannot be used together.`;
    throw new WebError('TLS_UNUSABLE', { certFile, keyFile }, { cause, message });
  }
}
