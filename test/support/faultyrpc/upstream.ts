import { HttpTransport } from '../../../src/main/engine/market/servers/http.ts';
import type { Answer } from '../../../src/main/engine/market/servers/jsonrpc.ts';
import { serverAddress } from '../../../src/main/engine/market/servers/serveraddress.ts';

/** The honest server behind the faulty one. */
export type Upstream = (method: string, params: readonly unknown[]) => Promise<Answer>;

export function httpUpstream(url: string): { ask: Upstream; close: () => void } {
  const transport = new HttpTransport(serverAddress(url), { connections: 16 });
  return { ask: (method, params) => transport.ask(method, params), close: () => transport.close() };
}
