import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { BRIDGE_NAME } from '../../src/shared/channels.ts';
import type { Bridge } from '../../src/shared/contract.ts';
import { silentLogger } from '../../src/main/engine/logger.ts';
import { serveElectron } from '../../src/main/ipc/electron-transport.ts';
import { isOurPage } from '../../src/main/shell/scheme.ts';
import { BrowserWindow, desktop, ipcMain } from '../doubles/electron.ts';
import { bridgeSuite } from '../support/bridgesuite.ts';

bridgeSuite('preload and Electron channels', async (node) => {
  desktop.reset();
  const page = new BrowserWindow();
  await page.loadURL('app://bundle/index.html');
  const pages = () => [page.webContents];
  const end = serveElectron({ ...node, ipcMain, pages, isOurPage, logger: silentLogger });
  return { bridge: await preload(), close: async () => end() };
});

describe('Preload', () => {
  beforeEach(() => desktop.reset());

  it('exposes invoke and subscribe under one name, and nothing else', async () => {
    const bridge = await preload();
    expect([...desktop.exposed.keys()]).toEqual([BRIDGE_NAME]);
    expect(Object.keys(bridge).sort()).toEqual(['invoke', 'subscribe']);
  });
});

/** Runs the preload as a page that is loaded does. */
async function preload(): Promise<Bridge> {
  desktop.exposed.clear();
  await import(/* @vite-ignore */ `../../src/preload/index.ts?page=${randomUUID()}`);
  return desktop.exposed.get(BRIDGE_NAME) as Bridge;
}
