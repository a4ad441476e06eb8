import { abortScope, throwIfAborted } from '../../lib/abort.ts';
import { isPublic, type Endpoint } from '../endpoint.ts';
import { pause, type Timers } from '../timers.ts';
import type { UdpSocket } from '../udpsocket.ts';
import { PortMappingError } from './errors.ts';
import type { FindRouters, LocalPort, MapOptions, MappedPort, Router } from './router.ts';
import { findService, soapRequest, textIn, type Service } from './upnpxml.ts';

export interface UpnpModules {
  /** A new socket, not opened yet. */
  readonly socket: () => UdpSocket;
  /** The address of this computer in the network in which the host is. */
  readonly ownHost: (host: string) => Promise<string>;
  readonly timers: Timers;
  /** Where to ask for routers; by default all devices of the network. */
  readonly search?: Endpoint;
}

/** Routers that speak UPnP, both versions of its Internet Gateway Device. Source: the UPnP Forum's public specifications. */
export function upnpRouters(modules: UpnpModules): FindRouters {
  return async ({ signal }) => {
    const routers = (await descriptions(modules, signal)).map(async (url) => {
      try {
        const service = findService(await read(url, signal), url);
        return service && new UpnpRouter(service, await modules.ownHost(url.hostname));
      } catch {
        // Not a router, or one that nobody can talk to.
        return undefined;
      }
    });
    const found = (await Promise.all(routers)).filter((router) => router !== undefined);
    throwIfAborted(signal);
    return found;
  };
}

class UpnpRouter implements Router {
  readonly name: string;
  readonly #service: Service;
  readonly #ownHost: string;

  constructor(service: Service, ownHost: string) {
    this.name = `UPnP ${service.control.host}`;
    this.#service = service;
    this.#ownHost = ownHost;
  }

  async map(port: LocalPort, { lifetimeS, held, signal }: MapOptions): Promise<MappedPort> {
    const host = await this.#externalHost(signal);
    const external = await this.#add(port, held?.external.port ?? port.port, { lifetimeS, signal });
    if (held && held.external.port !== external) {
      // Most likely it is not ours any more; what is left of it ends by itself.
      await this.unmap(held, { signal }).catch(() => throwIfAborted(signal));
    }
    return { ...port, external: { host, port: external } };
  }

  async unmap({ protocol, external }: MappedPort, { signal }: { signal: AbortSignal }): Promise<void> {
    await this.#call('DeletePortMapping', mappingOf(protocol, external.port), signal);
  }

  async close(): Promise<void> {}

  async #externalHost(signal: AbortSignal): Promise<string> {
    const answer = await this.#call('GetExternalIPAddress', {}, signal);
    const host = textIn(answer, 'NewExternalIPAddress') ?? '';
    if (!isPublic(host)) throw new PortMappingError('ROUTER_NOT_PUBLIC', { router: this.name, host });
    return host;
  }

  /** The port outside: the wanted one, or one that nobody else has taken. */
  async #add(
    { protocol, port }: LocalPort,
    wanted: number,
    { lifetimeS, signal }: MapOptions,
  ): Promise<number> {
    let seconds = lifetimeS;
    let external = wanted;
    for (let attempt = 1; ; attempt++) {
      try {
        const mapping = {
          ...mappingOf(protocol, external),
          NewInternalPort: String(port),
          NewInternalClient: this.#ownHost,
          NewEnabled: '1',
          NewPortMappingDescription: 'Slotkeeper',
          NewLeaseDuration: String(seconds),
        };
        await this.#call('AddPortMapping', mapping, signal);
        return external;
      } catch (error) {
        const code =
          error instanceof PortMappingError ? (error.details as { result?: number }).result : undefined;
        if (attempt >= ATTEMPTS || (code !== CONFLICT && code !== PERMANENT_ONLY)) throw error;
        if (code === PERMANENT_ONLY) seconds = 0;
        else external = 49_152 + Math.floor(Math.random() * 16_384);
      }
    }
  }

  async #call(action: string, args: Readonly<Record<string, string>>, signal: AbortSignal): Promise<string> {
    const { url, ...request } = soapRequest(this.#service, action, args);
    const { isOk, text } = await load(url, { method: 'POST', ...request }, signal).catch((cause: unknown) => {
      throwIfAborted(signal);
      throw new PortMappingError('ROUTER_SILENT', { router: this.name }, { cause });
    });
    if (isOk) return text;
    const result = Number(textIn(text, 'errorCode'));
    throw new PortMappingError('ROUTER_REFUSED', { router: this.name, action, result });
  }
}

const SEARCH: Endpoint = { host: '239.255.255.250', port: 1900 };
const DEVICES = [1, 2].map((version) => `urn:schemas-upnp-org:device:InternetGatewayDevice:${version}`);
/** Devices may wait a second before they answer, so that not all do at once. */
const SEARCH_MS = 2_000;
const MAX_DEVICES = 8;
const ANSWER_MS = 5_000;
const MAX_ANSWER_BYTES = 64 * 1024;
const ATTEMPTS = 4;
const CONFLICT = 718;
const PERMANENT_ONLY = 725;

const mappingOf = (protocol: LocalPort['protocol'], external: number): Record<string, string> => ({
  NewRemoteHost: '',
  NewExternalPort: String(external),
  NewProtocol: protocol.toUpperCase(),
});

/** Where the routers that answer describe themselves; only what a device says of itself. */
async function descriptions(
  { socket: makeSocket, timers, search = SEARCH }: UpnpModules,
  signal: AbortSignal,
): Promise<URL[]> {
  const socket = makeSocket();
  const urls = new Map<string, URL>();
  try {
    await socket.open((bytes, from) => {
      const url = locationIn(Buffer.from(bytes).toString('latin1'), from);
      if (url && urls.size < MAX_DEVICES) urls.set(url.href, url);
    });
    for (const device of DEVICES) socket.send(searchFor(device), search);
    await pause(SEARCH_MS, { timers, signal });
  } finally {
    await socket.close();
  }
  return [...urls.values()];
}

const searchFor = (device: string): Uint8Array =>
  Buffer.from(
    [
      'M-SEARCH * HTTP/1.1',
      `HOST: ${SEARCH.host}:${SEARCH.port}`,
      'MAN: "ssdp:discover"',
      'MX: 1',
      `ST: ${device}`,
      '',
      '',
    ].join('\r\n'),
  );

function locationIn(answer: string, from: Endpoint): URL | undefined {
  const [, location = ''] = /^location:[ \t]*(\S{1,512})[ \t]*$/im.exec(answer) ?? [];
  if (!answer.startsWith('HTTP/1.1 200') || !URL.canParse(location)) return undefined;
  const url = new URL(location);
  return url.protocol === 'http:' && url.hostname === from.host ? url : undefined;
}

async function read(url: URL, signal: AbortSignal): Promise<string> {
  const { isOk, text } = await load(url, {}, signal);
  if (!isOk) throw new PortMappingError('ROUTER_REFUSED', { url: url.href });
  return text;
}

/** Up to a size and a time, and nowhere else than asked. */
async function load(
  url: URL,
  init: RequestInit,
  signal: AbortSignal,
): Promise<{ isOk: boolean; text: string }> {
  using scope = abortScope(signal, AbortSignal.timeout(ANSWER_MS));
  const response = await fetch(url, { ...init, signal: scope.signal, redirect: 'error' });
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > MAX_ANSWER_BYTES) throw new PortMappingError('ROUTER_REFUSED', { url: url.href });
  }
  return { isOk: response.ok, text };
}
