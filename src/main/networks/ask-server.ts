import { EngineError, isEngineError } from '../engine/errors.ts';
import { HttpTransport } from '../engine/market/servers/http.ts';
import type { Answer } from '../engine/market/servers/jsonrpc.ts';
import { blotted, serverAddress } from '../engine/market/servers/serveraddress.ts';
import { WebSocketTransport } from '../engine/market/servers/websocket.ts';

/** Asks one server one thing. @throws ServerError; or an abort error */
export type AskServer = (
  url: string,
  method: string,
  params: readonly unknown[],
  options: { signal: AbortSignal },
) => Promise<unknown>;

/**
 * Why a server gave no result: `CHAIN_UNREACHABLE` no answer came, `RPC_REFUSED` it answered with an error, whose words
 * and number stand in the details.
 */
export class ServerError extends EngineError<
  'CHAIN_UNREACHABLE' | 'RPC_REFUSED',
  { readonly server: string; readonly refusal?: string; readonly refusalCode?: number }
> {}

/** How a server is named where people read, without what may be a key in its address. */
export const serverName = (url: string): string => serverAddress(url).name;

/** One question without anything kept open: for looking at a server before a node uses it. */
export const askServer: AskServer = async (url, method, params, { signal }) => {
  const address = serverAddress(url);
  const transport =
    address.way === 'http'
      ? new HttpTransport(address, { connections: 1 })
      : new WebSocketTransport(address, { onLost: () => {} });
  try {
    return resultOf(
      await transport.ask(method, params, { signal }),
      (text) => blotted(text, address),
      address.name,
    );
  } catch (error) {
    if (!isEngineError(error) || error instanceof ServerError) throw error;
    const message = `No answer from ${address.name}: ${error.message}. Check the address and that this computer is online.`;
    throw new ServerError('CHAIN_UNREACHABLE', { server: address.name }, { message, cause: error });
  } finally {
    transport.close();
  }
};

function resultOf(answer: Answer, blot: (text: string) => string, server: string): unknown {
  if (!('error' in answer)) return answer.result;
  const refusal = blot(answer.error.message).slice(0, 300);
  const details = { server, refusal, refusalCode: answer.error.code };
  throw new ServerError('RPC_REFUSED', details, { message: `${server} refused: ${refusal}` });
}
