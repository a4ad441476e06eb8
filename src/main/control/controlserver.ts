import { randomBytes } from 'node:crypto';
import { Secret } from '../engine/lib/secret.ts';
import type { Logger } from '../engine/logger.ts';
import type { EventSource } from '../ipc/events.ts';
import type { Router } from '../ipc/router.ts';
import { startWebServer } from '../web/server.ts';
import { reachNode } from './controlclient.ts';
import { removeControlFile, writeControlFile } from './controlfile.ts';

export interface ControlModules {
  readonly router: Router;
  readonly events: EventSource;
  readonly logger: Logger;
}

export interface ControlServer {
  /** Nobody reaches the node this way afterwards; idempotent. */
  close(): Promise<void>;
}

/**
 * Lets commands reach this process by its data folder: a bridge on this computer, with a token that only the account
 * which runs the node can read. A node that is there already keeps its place. That it cannot be had ends no node.
 */
export async function serveControl(
  { router, events, logger }: ControlModules,
  { dataDir, version, signal }: { dataDir: string; version: string; signal: AbortSignal },
): Promise<ControlServer> {
  try {
    const other = await reachNode(dataDir, { signal });
    other?.close();
    if (other) return nobody;
    return await serve({ router, events, logger }, { dataDir, version });
  } catch (error) {
    logger.warn('Commands cannot reach this node', { error });
    return nobody;
  }
}

const nobody: ControlServer = { close: async () => {} };

async function serve(
  modules: ControlModules,
  { dataDir, version }: { dataDir: string; version: string },
): Promise<ControlServer> {
  const token = new Secret(randomBytes(32).toString('base64url'));
  const server = await startWebServer(modules, { token });
  const url = `http://127.0.0.1:${server.port}`;
  try {
    await writeControlFile(dataDir, { url, token, pid: process.pid, startedAtMs: Date.now(), version });
  } catch (error) {
    await server.close();
    throw error;
  }
  return {
    close: async () => {
      try {
        await removeControlFile(dataDir, token);
      } finally {
        await server.close();
      }
    },
  };
}
