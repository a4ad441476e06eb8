import type { CID } from 'multiformats/cid';
import type { Clock } from '../../clock/clock.ts';
import type { Logger } from '../../logger.ts';
import { Announcer } from './announcer.ts';
import { CombinedFinder } from './combinedfinder.ts';
import { DhtFinder } from './dhtfinder.ts';
import { DhtNode } from './dhtnode.ts';
import type { Endpoint } from '../endpoint.ts';
import type { Identity } from '../identity.ts';
import { ManualFinder } from './manualfinder.ts';
import { contentIdOf } from './nodeid.ts';
import type { FoundPeer, PeerFinder } from '../peerfinder.ts';
import { OwnRecord } from './ownrecord.ts';
import { parseRecord, recordText } from './signedrecord.ts';
import { systemTimers, type Timers } from '../timers.ts';
import { DatagramSocket, type UdpSocket } from '../udpsocket.ts';

export interface DiscoveryModules {
  readonly identity: Identity;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly timers?: Timers;
  /** Instead of a socket of the system. */
  readonly socket?: UdpSocket;
}

export interface DiscoveryOptions {
  /** Where we listen for datagrams. */
  readonly listen?: Endpoint;
  /** Records of the network's first nodes, `spr:…`. */
  readonly bootstrap?: readonly string[];
  /** Peers told by hand. */
  readonly peers?: readonly FoundPeer[];
  readonly reachableAt?: Reachable;
  /** Of the last run. */
  readonly kept?: KeptDiscovery;
}

/** What is worth to be kept over a restart. */
export interface KeptDiscovery {
  /** Records of nodes that were there, `spr:…`. */
  readonly nodes: readonly string[];
  /** Higher than the numbers of all our records so far. */
  readonly nextSeq: bigint;
}

/** Where others reach us, as multiaddrs. Without TCP addresses nobody can fetch from us, and what we have is not announced. */
export interface Reachable {
  readonly udp?: readonly string[];
  readonly tcp?: readonly string[];
}

export interface Discovery extends PeerFinder {
  /** Add or remove while it runs. */
  readonly manual: ManualFinder;
  readonly dht: DhtNode;
  /** Resolves with where it listens. @throws NetworkError SOCKET_FAILED */
  start(): Promise<Endpoint>;
  /** Nothing runs any more when it resolves. */
  stop(): Promise<void>;
  /** Holds also for the records that are made within the next minutes. */
  keep(): KeptDiscovery;
  /** From the next announcement on. @throws NetworkError ADDRESS_MALFORMED */
  reachableAt(reachable: Reachable): void;
}

/**
 * All ways to find peers, put together: those told by hand, and the DHT of the network.
 * @throws DiscoveryError RECORD_MALFORMED, RECORD_FALSE for a bootstrap record; NetworkError ADDRESS_MALFORMED
 */
export function createDiscovery(modules: DiscoveryModules, options: DiscoveryOptions = {}): Discovery {
  const { identity, clock, logger, timers = systemTimers } = modules;
  const { listen = DEFAULT_LISTEN, bootstrap = [], peers = [], kept } = options;
  const firstSeq = kept?.nextSeq ?? 0n;
  const socket = modules.socket ?? new DatagramSocket({ logger }, listen);
  const dht = new DhtNode(
    { identity, socket, clock, timers, logger },
    {
      bootstrap: bootstrap.map(parseRecord),
      known: kept?.nodes.map(parseRecord) ?? [],
      addresses: options.reachableAt?.udp ?? [],
      firstSeq,
    },
  );
  // One record for all that we provide, so that others have one signature to check.
  const provider = new OwnRecord({ identity, clock }, options.reachableAt?.tcp, { firstSeq });
  const announcer = new Announcer<CID>({ timers, logger }, async (cid, { signal }) => {
    if (provider.record.addresses.length === 0) return 0;
    return await dht.addProvider(contentIdOf(cid), provider.record, { signal });
  });
  const manual = new ManualFinder(peers);
  const finder = new CombinedFinder({ logger }, [
    manual,
    new DhtFinder({ node: dht, announcer, ownId: identity.nodeId }),
  ]);
  return {
    manual,
    dht,
    find: (cid, { signal }) => finder.find(cid, { signal }),
    provide: (cid, { signal }) => finder.provide(cid, { signal }),
    start: () => dht.start(),
    stop: async () => {
      await announcer.stop();
      await dht.stop();
    },
    keep: () => {
      const { seq } = dht.record;
      const last = seq > provider.record.seq ? seq : provider.record.seq;
      return { nodes: dht.nodes(KEPT_NODES).map(recordText), nextSeq: last + SPARE_SEQS };
    },
    reachableAt: ({ udp = [], tcp = [] }) => {
      provider.change(tcp);
      dht.announceAt(udp);
    },
  };
}

/** The network's own port. Source: data-plane.md §4.1. */
const DEFAULT_LISTEN: Endpoint = { host: '0.0.0.0', port: 8090 };
const KEPT_NODES = 64;
/** More records than are made before it is kept again: each takes a change of our addresses, and the time passes, too. */
const SPARE_SEQS = 10_000n;
