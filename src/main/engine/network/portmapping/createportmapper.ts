import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Logger } from '../../logger.ts';
import type { Reachable } from '../discovery/discovery.ts';
import { systemTimers, type Timers } from '../timers.ts';
import { DatagramSocket } from '../udpsocket.ts';
import { endpointAddress } from '../multiaddr.ts';
import { likelyGateways } from './gateways.ts';
import { natPmpRouters } from './natpmp.ts';
import { PortMapper } from './portmapper.ts';
import type { MappedPort } from './router.ts';
import { upnpRouters } from './upnp.ts';

/** A port mapper for the networks that this computer is in. */
export function createPortMapper({
  logger,
  timers = systemTimers,
}: {
  logger: Logger;
  timers?: Timers;
}): PortMapper {
  const socket = () => new DatagramSocket({ logger }, { host: '0.0.0.0', port: 0 });
  const finders = [
    natPmpRouters({ socket, gateways: likelyGateways, timers }),
    upnpRouters({ socket, ownHost: ownHostTowards, timers }),
  ];
  return new PortMapper({ finders, timers, logger });
}

/** What the discovery is told then. */
export function reachableBy(mapped: readonly MappedPort[]): Required<Reachable> {
  const addresses = (wanted: MappedPort['protocol']) =>
    mapped
      .filter(({ protocol }) => protocol === wanted)
      .map(({ external }) => endpointAddress(external, wanted));
  return { udp: addresses('udp'), tcp: addresses('tcp') };
}

/** The system chooses; nothing is sent. */
export async function ownHostTowards(host: string): Promise<string> {
  const socket = createSocket('udp4');
  try {
    const isConnected = once(socket, 'connect');
    socket.connect(9, host);
    await isConnected;
    return socket.address().address;
  } finally {
    socket.close();
  }
}
