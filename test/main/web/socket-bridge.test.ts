import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../../src/main/engine/logger.ts';
import { startWebServer } from '../../../src/main/web/server.ts';
import { createWebSocketBridge, type Socket } from '../../../src/renderer/src/api/websocket-bridge.ts';
import { bridgeSuite } from '../../support/bridgesuite.ts';
import { FakePage } from '../../support/fakepage.ts';

bridgeSuite(
  'WebSocket',
  async (node) => {
    const rendererFolder = await mkdtemp(join(tmpdir(), 'slotkeeper-web-'));
    await writeFile(join(rendererFolder, 'index.html'), '<!doctype html>');
    const server = await startWebServer({ ...node, rendererFolder, logger: silentLogger });
    const page = new FakePage(server.url);
    const sockets: (Socket & { terminate(): void })[] = [];
    const bridge = createWebSocketBridge(page, {
      open: (url, protocols) => {
        const socket = page.open(url, protocols);
        sockets.push(socket);
        return socket;
      },
      after: (_ms, work) => {
        const soon = setImmediate(work);
        return () => clearImmediate(soon);
      },
    });
    const stop = await connected(bridge);
    return {
      bridge,
      breakConnection: () => sockets.at(-1)?.terminate(),
      close: async () => {
        stop();
        bridge.close();
        await server.close();
        await rm(rendererFolder, { recursive: true });
      },
    };
  },
  { canBreak: true },
);

/** Resolves once the bridge is connected. */
const connected = (bridge: ReturnType<typeof createWebSocketBridge>) =>
  new Promise<() => void>((resolve) => {
    const stop = bridge.onConnection((isConnected) => isConnected && resolve(stop));
  });
