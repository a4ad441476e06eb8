import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { WebSocket } from 'ws';
import type { Api } from '../../src/shared/api.ts';
import type { Client } from '../../src/shared/contract.ts';
import type { LiveState } from '../../src/shared/live.ts';
import { createClient, createEvents } from '../../src/shared/client.ts';
import { LiveStore } from '../../src/renderer/src/api/live-store.ts';
import { createWebSocketBridge } from '../../src/renderer/src/api/websocket-bridge.ts';
import { RunningProcess } from './runningprocess.ts';

const root = resolve(import.meta.dirname, '../..');

/** The built headless node as a process of its own, as a person would start it. */
export class HeadlessProcess extends RunningProcess {
  constructor(args: readonly string[], env: Record<string, string> = {}) {
    super(
      spawn(process.execPath, [join(root, 'out/main/headless.js'), ...args], {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
  }

  async url(): Promise<string> {
    return (await this.waitFor(/HEADLESS (http:\S+)/))[1] ?? '';
  }
}

/** A window without a browser: the renderer's own client over a true WebSocket. */
export interface NodeWindow {
  client: Client<Api>;
  live: LiveStore;
  /** Resolves with the first state for which `pick` answers something. */
  until<T>(pick: (state: LiveState['tables']) => T | undefined | false, timeoutMs?: number): Promise<T>;
  close(): void;
}

export function openWindow(url: string): NodeWindow {
  const { origin, pathname, hash } = new URL(url);
  const page = {
    location: { origin, pathname, search: '', hash },
    history: { replaceState: () => {} },
    sessionStorage: { getItem: () => null, setItem: () => {} },
  };
  const bridge = createWebSocketBridge(page, {
    open: (address, protocols) => {
      const socket = new WebSocket(address, protocols, { origin });
      // A refused connection is followed by a close, which the bridge hears, as in a browser.
      socket.on('error', () => {});
      return socket;
    },
  });
  const client = createClient<Api>(bridge);
  const live = new LiveStore({
    client,
    onEvent: createEvents<Api>(bridge),
    onConnection: bridge.onConnection,
  });
  live.start();
  return {
    client,
    live,
    until: (pick, timeoutMs = 60_000) => untilState(live, pick, timeoutMs),
    close: () => {
      live.stop();
      bridge.close();
    },
  };
}

async function untilState<T>(
  live: LiveStore,
  pick: (state: LiveState['tables']) => T | undefined | false,
  timeoutMs: number,
): Promise<T> {
  return new Promise((resolvePicked, reject) => {
    const look = () => {
      const picked = pick(live.state.getSnapshot().tables);
      if (picked === undefined || picked === false) return;
      unsubscribe();
      clearTimeout(timer);
      resolvePicked(picked);
    };
    const unsubscribe = live.state.subscribe(look);
    const timer = setTimeout(() => {
      unsubscribe();
      const tables = live.state.getSnapshot().tables;
      const summary = Object.entries(tables).map(
        ([name, rows]) =>
          `${name}: ${JSON.stringify([...rows.values()].slice(-8), (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}`,
      );
      reject(new Error(`The rows did not come to what was waited for.\n${summary.join('\n')}`));
    }, timeoutMs);
    look();
  });
}

/** A folder of its own, removed by the caller's `await using`. */
export async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'slotkeeper-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
