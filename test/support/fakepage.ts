import { WebSocket } from 'ws';
import type { Page, Socket } from '../../src/renderer/src/api/websocket-bridge.ts';

/** A browser's page for the bridge: what it has stored, and what stands in its address bar. */
export class FakePage implements Page {
  readonly location;
  readonly stored: Map<string, string>;
  addressBar: string;

  constructor(url: string, stored: Map<string, string> = new Map()) {
    const { origin, pathname, search, hash } = new URL(url);
    this.location = { origin, pathname, search, hash };
    this.stored = stored;
    this.addressBar = url;
  }

  readonly history = {
    replaceState: (_data: unknown, _unused: string, url: string) => void (this.addressBar = url),
  };
  readonly sessionStorage = {
    getItem: (key: string) => this.stored.get(key) ?? null,
    setItem: (key: string, value: string) => void this.stored.set(key, value),
  };

  /** Opens WebSockets as a browser does for this page: with its origin. */
  readonly open = (url: string, protocols: string[]): Socket & WebSocket =>
    new WebSocket(url, protocols, { origin: this.location.origin });
}
