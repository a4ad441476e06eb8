import { networkInterfaces } from 'node:os';
import { SystemClock } from '../clock/system-clock.ts';
import { isEngineError } from '../errors.ts';
import { abortScope } from '../lib/abort.ts';
import { Emitter } from '../lib/emitter.ts';
import { Tasks } from '../lib/tasks.ts';
import type { Logger } from '../logger.ts';
import {
  createDiscovery,
  type Discovery,
  type KeptDiscovery,
  type Reachable,
} from './discovery/discovery.ts';
import { parseRecord } from './discovery/signedrecord.ts';
import { isPublic, type Endpoint } from './endpoint.ts';
import { NetworkError } from './errors.ts';
import { Exchange, type ExchangeOptions } from './exchange.ts';
import type { Identity } from './identity.ts';
import { endpointAddress } from './multiaddr.ts';
import { peerAddressText, type PeerAddress } from './peeraddress.ts';
import type { FoundPeer, PeerFinder } from './peerfinder.ts';
import { peerIdText } from './peerid.ts';
import type { PeerLink, Transport } from './peerlink.ts';
import { createPortMapper, reachableBy } from './portmapping/createportmapper.ts';
import type { PortMapper } from './portmapping/portmapper.ts';
import { ReachabilityWatch, type Reachability } from './reachability.ts';
import { pause, systemTimers, type Timers } from './timers.ts';

export interface PeeringModules {
  /** Made with the same identity, and with the host and port of `listen`. */
  readonly transport: Transport;
  readonly identity: Identity;
  readonly logger: Logger;
  /** Keeps what discovery knows over a restart. */
  readonly memory?: DiscoveryMemory;
  readonly timers?: Timers;
  readonly portMapper?: Pick<PortMapper, 'run'>;
  /** Wall time. */
  readonly nowMs?: () => number;
  /** The IPv4 addresses of this computer. */
  readonly ownHosts?: () => readonly string[];
}

export interface DiscoveryMemory {
  /** Undefined when nothing is kept. */
  load(): Promise<KeptDiscovery | undefined>;
  save(kept: KeptDiscovery): Promise<void>;
}

export interface PeeringOptions extends ExchangeOptions {
  readonly listen: ListenOptions;
  /** Records of the network's first nodes, `spr:…`. */
  readonly bootstrap: readonly string[];
  /** An IPv4 address at which others reach the ports of `listen`, as the owner knows. */
  readonly announceHost?: string | undefined;
  /** Whether routers are asked to let others in; not where another address is certain. */
  readonly mapsPorts: boolean;
}

export interface ListenOptions {
  /** 0.0.0.0 for all networks of this computer; of any other it is taken that others reach it. */
  readonly host: string;
  /** Blocks, TCP. Port 0 for any that is free. */
  readonly port: number;
  /** Datagrams of the DHT. */
  readonly discoveryPort: number;
}

/** What there is to show of how we stand among the others. */
export interface PeeringStatus {
  readonly peerId: string;
  /** Multiaddrs of the exchange that others are told. */
  readonly announced: readonly string[];
  readonly listening: { readonly tcp: number; readonly udp: number };
  /** Nodes of the DHT that we know and that answered. */
  readonly dhtNodes: number;
  readonly mapsPorts: boolean;
  readonly reachability: Reachability;
}

/**
 * Our place in a network of peers: exchanges blocks over a transport, finds peers by hand and in the DHT, is found there,
 * has the router let others in, and watches whether they come.
 */
export class Peering {
  readonly exchange: Exchange;
  readonly onChange: Emitter<PeeringStatus>;
  readonly #modules: PeeringModules & { readonly timers: Timers };
  readonly #options: PeeringOptions;
  readonly #discovery: Discovery;
  readonly #watch: ReachabilityWatch;
  readonly #root = abortScope();
  readonly #tasks: Tasks;
  #tcpPort = 0;
  #udpPort = 0;
  #announced: readonly string[] = [];
  #told = '';

  /** Nothing runs yet. @throws what `memory` throws */
  static async open(modules: PeeringModules, options: PeeringOptions): Promise<Peering> {
    return new Peering(modules, options, await modules.memory?.load());
  }

  private constructor(modules: PeeringModules, options: PeeringOptions, kept: KeptDiscovery | undefined) {
    const { transport, identity, logger, timers = systemTimers, nowMs = Date.now } = modules;
    const { listen, peers = [] } = options;
    this.#modules = { ...modules, timers };
    this.#options = options;
    this.#discovery = createDiscovery(
      { identity, clock: new SystemClock(), timers, logger: logger.child('dht') },
      {
        listen: { host: listen.host, port: listen.discoveryPort },
        bootstrap: readable(options.bootstrap, logger),
        peers: peers.flatMap((peer) => byHand(peer) ?? []),
        ...(kept && { kept: { ...kept, nodes: readable(kept.nodes, logger) } }),
      },
    );
    const isCertain = listen.host !== ANY_HOST;
    this.#watch = new ReachabilityWatch({ nowMs, isOutside: (host) => isCertain || isPublic(host) });
    this.exchange = new Exchange(
      { transport, logger, finder: this.#discovery, onInbound: (link) => this.#onInbound(link) },
      { ...options, peers: peers.filter(({ peerId }) => peerId === undefined) },
    );
    const reported = (error: unknown) => logger.error('A listener of the network failed', { error });
    this.onChange = new Emitter(reported);
    this.#tasks = new Tasks((error, task) => logger.warn('A part of the network ended', { task, error }));
  }

  /** Finds others, and tells that we have something. */
  get finder(): PeerFinder {
    return this.#discovery;
  }

  /** How others begin with us. */
  get record(): Discovery['dht']['record'] {
    return this.#discovery.dht.record;
  }

  get status(): PeeringStatus {
    return {
      peerId: peerIdText(this.#modules.identity.peerId),
      announced: this.#announced,
      listening: { tcp: this.#tcpPort, udp: this.#udpPort },
      dhtNodes: this.#discovery.dht.held.nodes,
      mapsPorts: this.#mapsPorts,
      reachability: this.#watch.current,
    };
  }

  /** @throws NetworkError LISTEN_FAILED, whose message says which port and what to do */
  async start(): Promise<void> {
    const { listen } = this.#options;
    await this.#save();
    await this.exchange.start().catch((cause: unknown) => {
      throw cannotListen('TCP', listen.port, 'listen-port', cause);
    });
    this.#tcpPort = this.#modules.transport.address?.port ?? listen.port;
    const udp: Endpoint = await this.#discovery.start().catch((cause: unknown) => {
      throw cannotListen('UDP', listen.discoveryPort, 'discovery-port', cause);
    });
    this.#udpPort = udp.port;
    this.#announceAt(this.#certainAddresses(), { isLooking: this.#mapsPorts });
    if (this.#mapsPorts) this.#tasks.track('port mapping', this.#mapPorts());
    this.#tasks.track('status', this.#tell());
  }

  /** Nothing runs any more when it resolves. */
  async stop(): Promise<void> {
    this.#root.abort();
    try {
      await this.#save();
    } finally {
      await this.#discovery.stop();
      await this.#tasks.settle();
      await this.exchange.stop();
    }
  }

  get #mapsPorts(): boolean {
    return this.#options.mapsPorts && this.#certainHost === undefined;
  }

  /** Where others reach us without the help of a router. */
  get #certainHost(): string | undefined {
    const { announceHost, listen } = this.#options;
    if (announceHost !== undefined) return announceHost;
    if (listen.host !== ANY_HOST) return listen.host;
    // This computer may be on the internet itself.
    const { ownHosts = interfaceHosts } = this.#modules;
    return ownHosts().find(isPublic);
  }

  #certainAddresses(): Required<Reachable> {
    const host = this.#certainHost;
    if (host === undefined) return { tcp: [], udp: [] };
    return {
      tcp: [endpointAddress({ host, port: this.#tcpPort }, 'tcp')],
      udp: [endpointAddress({ host, port: this.#udpPort }, 'udp')],
    };
  }

  async #mapPorts(): Promise<void> {
    const { logger, timers, portMapper = createPortMapper({ logger, timers }) } = this.#modules;
    const ports = [
      { protocol: 'tcp', port: this.#tcpPort },
      { protocol: 'udp', port: this.#udpPort },
    ] as const;
    await portMapper.run(ports, {
      signal: this.#root.signal,
      onChange: (mapped) => {
        if (!this.#root.signal.aborted) this.#announceAt(reachableBy(mapped));
      },
    });
  }

  #announceAt({ tcp, udp }: Required<Reachable>, { isLooking = false } = {}): void {
    this.#modules.logger.info('Others are told where to reach us', { tcp, udp });
    this.#discovery.reachableAt({ tcp, udp });
    this.#announced = tcp;
    this.#watch.announcedAt(tcp, { isLooking });
    this.#show();
  }

  #onInbound({ host }: PeerLink): void {
    if (host === undefined) return;
    this.#watch.contacted(host);
    this.#show();
  }

  /** What changes by itself: how many nodes are known, and that nobody came for long. */
  async #tell(): Promise<void> {
    const { signal } = this.#root;
    for (let looks = 1; ; looks++) {
      await pause(LOOK_MS, { timers: this.#modules.timers, signal });
      this.#show();
      if (looks % LOOKS_PER_SAVE === 0) await this.#save();
    }
  }

  #show(): void {
    const { status } = this;
    const text = JSON.stringify(status);
    if (text === this.#told) return;
    this.#told = text;
    this.onChange.emit(status);
  }

  /** What was kept before stays while nothing better is known. */
  async #save(): Promise<void> {
    const { memory, logger } = this.#modules;
    const kept = this.#discovery.keep();
    try {
      const nodes = kept.nodes.length > 0 ? kept.nodes : ((await memory?.load())?.nodes ?? []);
      await memory?.save({ ...kept, nodes });
    } catch (error) {
      logger.warn('What is known of the DHT cannot be kept', { error });
    }
  }
}

const ANY_HOST = '0.0.0.0';
const LOOK_MS = 2_000;
/** Each ten minutes. */
const LOOKS_PER_SAVE = 300;

/** One record that is of no use keeps no other from being used. */
function readable(records: readonly string[], logger: Logger): string[] {
  return records.filter((text) => {
    try {
      return parseRecord(text);
    } catch (error) {
      if (!isEngineError(error)) throw error;
      logger.warn('A record of a node is of no use', { text: text.slice(0, 60), error });
      return false;
    }
  });
}

function byHand(peer: PeerAddress): FoundPeer | undefined {
  const { peerId, ...address } = peer;
  return peerId === undefined ? undefined : { peerId, addresses: [peerAddressText(address)] };
}

function interfaceHosts(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter(({ family }) => family === 'IPv4').map(({ address }) => address);
}

function cannotListen(kind: 'TCP' | 'UDP', port: number, setting: string, cause: unknown): NetworkError {
  const message = `Port ${port} (${kind}) of this computer cannot be used, most likely because another program has it. Choose another with "slotkeeper settings set ${setting} <port>".`;
  return new NetworkError('LISTEN_FAILED', { kind, port }, { cause, message });
}
