/** The two channels between the window and the desktop application: one asks, one tells. */
export const channels = { call: 'slotkeeper:call', event: 'slotkeeper:event' } as const;

/** Under which name the preload leaves the bridge on `window`. */
export const BRIDGE_NAME = 'slotkeeperBridge';

/** The subprotocol of the WebSocket, and what stands before the token that is offered beside it. */
export const WEB_PROTOCOL = 'bridge.v1';
export const TOKEN_PREFIX = 'token.';

/** From the browser: one call. `input` is text of the codec. */
export interface WebCall {
  readonly id: number;
  readonly name: string;
  readonly input: string;
}

/** To the browser: the answer to a call, or an event. Both hold text of the codec. */
export type WebMessage = { readonly id: number; readonly reply: string } | { readonly event: string };
