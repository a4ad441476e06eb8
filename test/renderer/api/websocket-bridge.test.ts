import { describe, expect, it } from 'vitest';
import {
  createWebSocketBridge,
  type Page,
  type Socket,
} from '../../../src/renderer/src/api/websocket-bridge.ts';
import { ManualTimers } from '../../support/manualtimers.ts';

describe('WebSocket bridge', () => {
  it('takes the token from the fragment, keeps it for this tab and removes it from the address bar', () => {
    const page = fakePage('#token=abc-DEF_1');
    const { dialled } = open(page);
    expect(dialled).toEqual([['ws://127.0.0.1:4000/bridge', ['bridge.v1', 'token.abc-DEF_1']]]);
    expect(page.addressBar).toBe('/?x=1');
  });

  it('uses the token that was kept when the page is reloaded', () => {
    const stored = new Map<string, string>();
    open(fakePage('#token=abc', stored));
    const page = fakePage('#/sales', stored);
    expect(open(page).dialled[0]?.[1]).toEqual(['bridge.v1', 'token.abc']);
    expect(page.addressBar).toBeUndefined();
  });

  it('waits longer after each failure, ten seconds at most, and shortly again after a success', () => {
    const { sockets, timers } = open(fakePage('#token=abc'));
    const waits = Array.from({ length: 8 }, () => {
      sockets.at(-1)?.fire('close');
      return waitFor(timers, sockets);
    });
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
    sockets.at(-1)?.fire('open');
    sockets.at(-1)?.fire('close');
    expect(waitFor(timers, sockets)).toBe(250);
  });

  it('sends what was asked while it connects once it is open', () => {
    const { bridge, sockets } = open(fakePage('#token=abc'));
    void bridge.invoke('snapshot', '{}');
    expect(sockets[0]?.sent).toEqual([]);
    sockets[0]?.fire('open');
    expect(sockets[0]?.sent).toEqual(['{"id":1,"name":"snapshot","input":"{}"}']);
  });

  it('rejects at once while it waits to reconnect', async () => {
    const { bridge, sockets } = open(fakePage('#token=abc'));
    sockets[0]?.fire('close');
    await expect(bridge.invoke('snapshot', '{}')).rejects.toThrow('Not connected');
  });

  it('says when it was let in neither with a token nor without', () => {
    const refused: string[] = [];
    const withToken = open(fakePage('#token=abc'), () => refused.push('with'));
    withToken.sockets[0]?.fire('close');
    const without = open(fakePage('#/sales'), () => refused.push('without'));
    without.sockets[0]?.fire('open');
    without.sockets[0]?.fire('close');
    expect(refused).toEqual([]);
    waitFor(without.timers, without.sockets);
    without.sockets[1]?.fire('close');
    expect(refused).toEqual(['without']);
  });

  it('ends for good when it is closed', async () => {
    const { bridge, sockets, timers } = open(fakePage('#token=abc'));
    sockets[0]?.fire('open');
    const asked = bridge.invoke('snapshot', '{}');
    bridge.close();
    sockets[0]?.fire('close');
    await expect(asked).rejects.toThrow('lost');
    expect(sockets[0]?.isClosed).toBe(true);
    expect(timers.waiting).toBe(0);
  });

  it('ignores what comes from a connection that was given up', () => {
    const { bridge, sockets, timers } = open(fakePage('#token=abc'));
    const received: string[] = [];
    bridge.subscribe((message) => received.push(message));
    sockets[0]?.fire('close');
    timers.advance(250);
    sockets[0]?.fire('message', { data: '{"event":"old"}' });
    sockets[1]?.fire('message', { data: '{"event":"new"}' });
    expect(received).toEqual(['new']);
  });
});

class FakeSocket implements Socket {
  readonly sent: string[] = [];
  isClosed = false;
  readonly #listeners: { type: string; listener: (event: { data: unknown }) => void }[] = [];

  addEventListener(type: string, listener: (event: { data: unknown }) => void): void {
    this.#listeners.push({ type, listener });
  }

  send(data: string): void {
    this.sent.push(data);
  }

  close(): void {
    this.isClosed = true;
  }

  fire(type: 'open' | 'close' | 'message', event: { data: unknown } = { data: '' }): void {
    for (const entry of this.#listeners) if (entry.type === type) entry.listener(event);
  }
}

function open(page: Page, onRefused?: () => void) {
  const timers = new ManualTimers();
  const sockets: FakeSocket[] = [];
  const dialled: [string, string[]][] = [];
  const bridge = createWebSocketBridge(page, {
    after: timers.after,
    ...(onRefused && { onRefused }),
    open: (url, protocols) => {
      dialled.push([url, protocols]);
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
  });
  return { bridge, timers, sockets, dialled };
}

/** How long the bridge waits for its next try. */
function waitFor(timers: ManualTimers, sockets: readonly FakeSocket[]): number {
  const before = sockets.length;
  const from = timers.nowMs();
  while (sockets.length === before) timers.advance(10);
  return timers.nowMs() - from;
}

function fakePage(
  hash: string,
  stored = new Map<string, string>(),
): Page & { addressBar: string | undefined } {
  const page = {
    addressBar: undefined as string | undefined,
    location: { origin: 'http://127.0.0.1:4000', pathname: '/', search: '?x=1', hash },
    history: { replaceState: (_data: unknown, _unused: string, url: string) => void (page.addressBar = url) },
    sessionStorage: {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => void stored.set(key, value),
    },
  };
  return page;
}
