import type { Api } from '../../../shared/api.ts';
import { BRIDGE_NAME } from '../../../shared/channels.ts';
import type { Bridge, Client } from '../../../shared/contract.ts';
import { createClient, createEvents, type OnEvent } from '../../../shared/client.ts';
import { logInAgain } from './login.ts';
import { LiveStore } from './live-store.ts';
import { createWebSocketBridge } from './websocket-bridge.ts';

/** What the window talks to the node with. */
export interface Connection {
  readonly client: Client<Api>;
  readonly onEvent: OnEvent<Api>;
  /** Not started: whoever shows it starts and stops it. */
  readonly live: LiveStore;
}

/** Over the preload's bridge in the desktop application, else over a WebSocket to the headless node we came from. */
export function connect(bridge: Bridge = desktopBridge() ?? browserBridge()): Connection {
  const client = createClient<Api>(bridge);
  const onEvent = createEvents<Api>(bridge);
  const onConnection = bridge.onConnection?.bind(bridge);
  return { client, onEvent, live: new LiveStore({ client, onEvent, ...(onConnection && { onConnection }) }) };
}

function desktopBridge(): Bridge | undefined {
  return (window as { [BRIDGE_NAME]?: Bridge })[BRIDGE_NAME];
}

const browserBridge = (): Bridge =>
  createWebSocketBridge(window, {
    open: (url, protocols) => new WebSocket(url, protocols),
    onRefused: () => void logInAgain(window),
  });
