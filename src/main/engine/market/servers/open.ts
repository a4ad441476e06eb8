import type { InterfaceAbi } from 'ethers';
import type { Logger } from '../../logger.ts';
import { MarketError } from '../errors.ts';
import { RevertDecoder } from '../reverts.ts';
import { HttpTransport } from './http.ts';
import { ServerPool, type ServerPoolOptions } from './pool.ts';
import { AT_A_TIME, Server } from './server.ts';
import { serverAddress, type ServerAddress } from './serveraddress.ts';
import type { Transport, TransportLimits } from './transport.ts';
import { WebSocketTransport } from './websocket.ts';

/** What servers are asked for: a chain, and whose reverts they tell of. */
export interface ServersModules {
  rpcUrls: readonly string[];
  chainId: number;
  abi: InterfaceAbi;
  logger: Logger;
}

/** How long answers may take, and how servers are compared and waited for. */
export type ServersOptions = ServerPoolOptions & TransportLimits;

/** The servers at these addresses as one; nothing is asked yet. @throws MarketError CHAIN_UNREACHABLE for a bad address */
export function openServers(modules: ServersModules, options: ServersOptions = {}): ServerPool {
  const [first, ...others] = [...new Set(modules.rpcUrls)].map((url) => openServer(url, modules, options));
  if (!first) {
    const message = 'No RPC address is set. Set at least one in the settings.';
    throw new MarketError('CHAIN_UNREACHABLE', {}, { message });
  }
  return new ServerPool({ servers: [first, ...others], logger: modules.logger }, options);
}

export function openServer(
  url: string,
  { chainId, abi, logger }: Omit<ServersModules, 'rpcUrls'>,
  { nowMs, ...limits }: TransportLimits & Pick<ServerPoolOptions, 'nowMs'> = {},
): Server {
  const address = serverAddress(url);
  const open = (onLost: () => void) => transportTo(address, limits, onLost);
  return new Server({
    address,
    open,
    chainId,
    reverts: new RevertDecoder(abi),
    logger,
    ...(nowMs && { nowMs }),
  });
}

function transportTo(
  address: ServerAddress,
  { answerMs, answerBytes }: TransportLimits,
  onLost: () => void,
): Transport {
  const limits = {
    ...(answerMs !== undefined && { answerMs }),
    ...(answerBytes !== undefined && { answerBytes }),
  };
  return address.way === 'http'
    ? new HttpTransport(address, { connections: AT_A_TIME, ...limits })
    : new WebSocketTransport(address, { onLost, ...limits });
}
