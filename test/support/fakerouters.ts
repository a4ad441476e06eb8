import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { throwIfAborted } from '../../src/main/engine/lib/abort.ts';
import type { Endpoint } from '../../src/main/engine/network/endpoint.ts';
import { PortMappingError } from '../../src/main/engine/network/portmapping/errors.ts';
import type {
  LocalPort,
  MapOptions,
  MappedPort,
  Router,
} from '../../src/main/engine/network/portmapping/router.ts';
import type { MemoryDatagrams } from './memorydatagrams.ts';

/** What a router is, whatever it speaks. */
export class RouterState {
  externalHost = '203.0.113.7';
  isRefusing = false;
  isSilent = false;
  /** External ports that somebody else has. */
  readonly taken = new Set<number>();
  /** What is open: `udp 8090` and the port inside. */
  readonly open = new Map<string, number>();
  /** Of the last mapping, in seconds. */
  lifetimeS = 0;

  /** The external port, which is another one when that is taken. */
  map(protocol: string, internal: number, external: number, lifetimeS: number): number {
    const port = this.taken.has(external) ? external + 1_000 : external;
    this.open.set(`${protocol} ${port}`, internal);
    this.lifetimeS = lifetimeS;
    return port;
  }

  unmapInternal(protocol: string, internal: number): void {
    for (const [key, port] of this.open) {
      if (key.startsWith(protocol) && port === internal) this.open.delete(key);
    }
  }
}

/** A router without a network. Held to the same suite as the true ones. */
export class FakeRouter implements Router {
  readonly name = 'fake';
  readonly state: RouterState;
  closed = 0;

  constructor(state = new RouterState()) {
    this.state = state;
  }

  async map({ protocol, port }: LocalPort, { lifetimeS, held, signal }: MapOptions): Promise<MappedPort> {
    this.#check(signal);
    const host = this.state.externalHost;
    if (host.startsWith('100.')) throw new PortMappingError('ROUTER_NOT_PUBLIC', {});
    return {
      protocol,
      port,
      external: { host, port: this.state.map(protocol, port, held?.external.port ?? port, lifetimeS) },
    };
  }

  async unmap({ protocol, port }: MappedPort, { signal }: { signal: AbortSignal }): Promise<void> {
    this.#check(signal);
    this.state.unmapInternal(protocol, port);
  }

  async close(): Promise<void> {
    this.closed++;
  }

  #check(signal: AbortSignal): void {
    throwIfAborted(signal);
    if (this.state.isSilent) throw new PortMappingError('ROUTER_SILENT', {});
    if (this.state.isRefusing) throw new PortMappingError('ROUTER_REFUSED', {});
  }
}

/** A router that speaks NAT-PMP at that host. */
export async function fakeNatPmp(network: MemoryDatagrams, state: RouterState, host: string): Promise<void> {
  const socket = network.socket({ host, port: 5351 });
  await socket.open((bytes, from) => {
    const answer = state.isSilent ? undefined : natPmpAnswer(Buffer.from(bytes), state);
    if (answer) socket.send(answer, from);
  });
}

function natPmpAnswer(question: Buffer, state: RouterState): Buffer | undefined {
  const operation = question[1] as number;
  const answer = Buffer.alloc(operation === 0 ? 12 : 16);
  answer[1] = 128 + operation;
  answer.writeUInt32BE(77, 4);
  if (state.isRefusing) answer.writeUInt16BE(2, 2);
  else if (operation === 0) answer.set(state.externalHost.split('.').map(Number), 8);
  else {
    const protocol = operation === 1 ? 'udp' : 'tcp';
    const [internal, external] = [question.readUInt16BE(4), question.readUInt16BE(6)];
    const lifetimeS = question.readUInt32BE(8);
    answer.writeUInt16BE(internal, 8);
    answer.writeUInt32BE(lifetimeS, 12);
    if (lifetimeS === 0) state.unmapInternal(protocol, internal);
    else answer.writeUInt16BE(state.map(protocol, internal, external, lifetimeS), 10);
  }
  return answer;
}

export interface FakeUpnp {
  readonly at: Endpoint;
  /** Of its next answers. */
  description: string;
  stop(): Promise<void>;
}

/** A router that speaks UPnP: answers searches in the network in memory, and the rest over HTTP on this computer. */
export async function fakeUpnp(network: MemoryDatagrams, state: RouterState, version = 1): Promise<FakeUpnp> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      if (state.isSilent) return void request.socket.destroy();
      const { status, text } =
        request.url === '/root.xml' ? { status: 200, text: router.description } : upnpAnswer(body, state);
      response.writeHead(status, { 'Content-Type': 'text/xml' }).end(text);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const at = { host: '127.0.0.1', port: 1900 };
  const socket = network.socket(at);
  await socket.open((bytes, from) => {
    const search = Buffer.from(bytes).toString();
    if (!search.includes(`InternetGatewayDevice:${version}\r\n`)) return;
    socket.send(
      Buffer.from(`HTTP/1.1 200 OK\r\nST: x\r\nLOCATION: http://127.0.0.1:${port}/root.xml\r\n\r\n`),
      from,
    );
  });
  const router = {
    at,
    description: upnpDescription(version),
    stop: async () => {
      await socket.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return router;
}

export const upnpDescription = (version = 1, control = '/control'): string => `<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0"><device>
  <deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:${version}</deviceType>
  <serviceList><service><serviceType>urn:schemas-upnp-org:service:Layer3Forwarding:1</serviceType>
    <controlURL>/l3</controlURL></service></serviceList>
  <deviceList><device><deviceList><device><serviceList><service>
    <serviceType>urn:schemas-upnp-org:service:WANIPConnection:${version}</serviceType>
    <serviceId>urn:upnp-org:serviceId:WANIPConn1</serviceId>
    <controlURL>${control}</controlURL>
  </service></serviceList></device></deviceList></device></deviceList>
</device></root>`;

function upnpAnswer(body: string, state: RouterState): { status: number; text: string } {
  const value = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1] ?? '';
  const [protocol, external] = [value('NewProtocol').toLowerCase(), Number(value('NewExternalPort'))];
  if (state.isRefusing) return upnpFault(606);
  if (body.includes('GetExternalIPAddress')) {
    const text = `<NewExternalIPAddress>${state.externalHost}</NewExternalIPAddress>`;
    return { status: 200, text: `<s:Envelope><s:Body>${text}</s:Body></s:Envelope>` };
  }
  if (body.includes('DeletePortMapping')) {
    return state.open.delete(`${protocol} ${external}`) ? { status: 200, text: '<ok/>' } : upnpFault(714);
  }
  const lifetimeS = Number(value('NewLeaseDuration'));
  if (state.taken.has(external)) return upnpFault(718);
  if (state.taken.has(0) && lifetimeS !== 0) return upnpFault(725);
  state.map(protocol, Number(value('NewInternalPort')), external, lifetimeS);
  return { status: 200, text: '<ok/>' };
}

const upnpFault = (code: number) => ({
  status: 500,
  text: `<s:Envelope><s:Body><s:Fault><detail><UPnPError><errorCode>${code}</errorCode></UPnPError></detail></s:Fault></s:Body></s:Envelope>`,
});
