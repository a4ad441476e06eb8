import './libp2p/withresolvers.ts';
import { privateKeyFromRaw } from '@libp2p/crypto/keys';
import { identify } from '@libp2p/identify';
import { mplex } from '@libp2p/mplex';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p, type Libp2p } from 'libp2p';
import { randomBytes } from 'node:crypto';
import { abortError, throwIfAborted } from '../../lib/abort.ts';
import { NetworkError } from '../errors.ts';
import { parsePeerAddress, peerAddressText, type PeerAddress } from '../peeraddress.ts';
import type { PeerLink, Transport } from '../peerlink.ts';
import { HeldBytes } from './libp2p/heldbytes.ts';
import { Libp2pLink, type Connection } from './libp2p/link.ts';

export interface Libp2pOptions {
  /** The network's own: `/archivist/blockexc/1.0.0` or `/codex/blockexc/1.0.0`. */
  readonly protocol: string;
  /** The secret of our identity, a secp256k1 key of 32 bytes; a new one when there is none. */
  readonly identity?: Uint8Array | undefined;
  /** Without it we dial, and are reached over the connections we made. */
  readonly listen?: { readonly host?: string; readonly port: number } | undefined;
  /** Beyond it nobody is let in. */
  readonly maxLinks?: number;
  readonly maxMessageBytes?: number;
}

/**
 * Links as the live networks make them: TCP, Noise, mplex, and identities that are secp256k1 keys. A peer has one link in
 * each direction at most, and a dial to one that has us dialled already answers with the link that stands.
 * Source: data-plane.md §1.1, §5.2.
 */
export class Libp2pTransport implements Transport {
  readonly #options: Required<Pick<Libp2pOptions, 'protocol' | 'maxLinks' | 'maxMessageBytes'>> &
    Libp2pOptions;
  readonly #links = new Map<Connection, Libp2pLink>();
  /** Links that somebody was given, and that are no dial's to close. */
  readonly #handedOut = new WeakSet<Libp2pLink>();
  /** How many dials are under way to a host and port; they may all get the same connection. */
  readonly #dials = new Map<string, number>();
  readonly #held = new HeldBytes(MAX_HELD_BYTES);
  #node: Libp2p | undefined;
  /** Never rejects. */
  #starting: Promise<void> | undefined;

  constructor(options: Libp2pOptions) {
    this.#options = { maxLinks: MAX_LINKS, maxMessageBytes: MAX_MESSAGE_BYTES, ...options };
  }

  get address(): PeerAddress | undefined {
    const [first] = this.#node?.getMultiaddrs() ?? [];
    return first && parsePeerAddress(first.toString());
  }

  /** @throws whatever listening meets, such as a port that is taken */
  async start(onLink: (link: PeerLink) => void): Promise<void> {
    const starting = this.#start(onLink);
    this.#starting = starting.catch(() => {});
    await starting;
  }

  /** One that is still starting is let come up first: half of libp2p cannot be stopped. */
  async stop(): Promise<void> {
    await this.#starting;
    const node = this.#node;
    this.#node = undefined;
    const links = [...this.#links.values()];
    for (const link of links) link.close();
    await node?.stop();
    await Promise.all(links.map((link) => link.closed));
  }

  async dial(peer: PeerAddress, { signal }: { signal: AbortSignal }): Promise<PeerLink> {
    throwIfAborted(signal);
    if (!this.#node) throw new NetworkError('LINK_CLOSED', { peer, reason: 'the transport is not started' });
    const standing = this.#linkTo(peer.peerId);
    if (standing) return this.#handOut(standing);
    const address = peerAddressText({ host: peer.host, port: peer.port });
    this.#dials.set(address, (this.#dials.get(address) ?? 0) + 1);
    let connection: Connection;
    try {
      // The identity is left out, and looked at by us: libp2p's own error does not tell it from others.
      connection = await this.#node.dial(multiaddr(address), { signal });
    } catch (error) {
      throw dialError(error, peer, signal);
    } finally {
      this.#endDial(address);
    }
    const link = this.#links.get(connection);
    if (!link?.isOpen) throw new NetworkError('LINK_CLOSED', { peer, reason: 'it hung up at once' });
    const found = connection.remotePeer.toString();
    if (peer.peerId === undefined || found === peer.peerId) return this.#handOut(link);
    // Who answers there did no wrong: anybody can name its address under another identity.
    if (!this.#handedOut.has(link) && !this.#dials.has(address)) link.close();
    throw new NetworkError('WRONG_PEER', { peer, found });
  }

  async #start(onLink: (link: PeerLink) => void): Promise<void> {
    const { protocol } = this.#options;
    const node = await this.#create();
    node.addEventListener('connection:open', ({ detail: connection }) => {
      const link = this.#adopt(connection);
      if (connection.direction !== 'inbound') return;
      this.#replaceOlder(connection);
      onLink(this.#handOut(link));
    });
    // Else the store of peers would remember every stranger for hours.
    node.addEventListener('peer:disconnect', ({ detail: peerId }) => {
      node.peerStore.delete(peerId).catch(() => {});
    });
    await node.handle(
      protocol,
      (stream, connection) => {
        const link = this.#links.get(connection);
        if (link) link.accept(stream);
        else stream.abort(new NetworkError('LINK_CLOSED', { peer: connection.remotePeer.toString() }));
      },
      { maxInboundStreams: MAX_INBOUND_STREAMS },
    );
    try {
      await node.start();
    } catch (error) {
      await node.stop();
      throw error;
    }
    this.#node = node;
  }

  async #create(): Promise<Libp2p> {
    const { identity = randomBytes(32), listen, maxLinks } = this.#options;
    const refuses = (peerId: { readonly type?: string }) => peerId.type !== 'secp256k1';
    return await createLibp2p({
      start: false,
      privateKey: privateKeyFromRaw(identity),
      addresses: {
        listen: listen ? [peerAddressText({ host: listen.host ?? '0.0.0.0', port: listen.port })] : [],
      },
      transports: [tcp({ maxConnections: maxLinks + MAX_UPGRADES })],
      connectionEncrypters: [noise()],
      streamMuxers: [mplex({ maxMessageSize: MPLEX_FRAME_BYTES })],
      services: { identify: identify() },
      nodeInfo: { userAgent: 'Slotkeeper' },
      connectionGater: {
        denyInboundConnection: () => this.#links.size >= maxLinks,
        denyInboundEncryptedConnection: refuses,
        denyOutboundEncryptedConnection: refuses,
      },
      connectionManager: {
        // Room for those we dial, else libp2p would close others that are at work.
        maxConnections: maxLinks + MAX_DIALLED_BEYOND,
        maxIncomingPendingConnections: MAX_UPGRADES,
        inboundUpgradeTimeout: UPGRADE_TIMEOUT_MS,
        addressDialTimeout: UPGRADE_TIMEOUT_MS,
      },
      // A line that is full of blocks answers late, and is no dead one for it.
      connectionMonitor: { pingInterval: 30_000, pingTimeout: { minTimeout: 60_000, maxTimeout: 60_000 } },
    });
  }

  #adopt(connection: Connection): Libp2pLink {
    const link = new Libp2pLink(connection, { ...this.#options, held: this.#held });
    this.#links.set(connection, link);
    void link.closed.then(() => this.#links.delete(connection));
    return link;
  }

  #handOut(link: Libp2pLink): Libp2pLink {
    this.#handedOut.add(link);
    return link;
  }

  #endDial(address: string): void {
    const others = (this.#dials.get(address) ?? 1) - 1;
    if (others > 0) this.#dials.set(address, others);
    else this.#dials.delete(address);
  }

  #linkTo(peerId: string | undefined): Libp2pLink | undefined {
    if (peerId === undefined) return undefined;
    for (const [connection, link] of this.#links) {
      if (link.isOpen && connection.remotePeer.toString() === peerId) return link;
    }
    return undefined;
  }

  /** Who dials again has lost the link before, though we may not have heard yet; and nobody gets all the places. */
  #replaceOlder(newer: Connection): void {
    for (const [connection, link] of this.#links) {
      const isOlder = connection !== newer && connection.direction === 'inbound';
      if (isOlder && connection.remotePeer.equals(newer.remotePeer)) link.close();
    }
  }
}

/** As the network's other nodes. Source: data-plane.md §1.1. */
const MAX_LINKS = 160;
const UPGRADE_TIMEOUT_MS = 30_000;
/** Links that we open although strangers have all the places. */
const MAX_DIALLED_BEYOND = 40;
/** Strangers that shake hands at a time. */
const MAX_UPGRADES = 10;
const MPLEX_FRAME_BYTES = 1024 * 1024;
/** Everyone needs one; another may be opened before the end of a reset one is heard of. */
const MAX_INBOUND_STREAMS = 4;
/** Room for all 32 blocks in flight, twice over; Archivist answers in one message. Source: data-plane.md §1.4, §5.2. */
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
/** Messages that are coming in, of all peers together. */
const MAX_HELD_BYTES = 128 * 1024 * 1024;

function dialError(error: unknown, peer: PeerAddress, signal: AbortSignal): Error {
  if (signal.aborted) return abortError(signal);
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const failed = (code: 'PEER_INCOMPATIBLE' | 'LINK_CLOSED' | 'PEER_TIMEOUT', reason: string) =>
    new NetworkError(code, { peer, reason }, { cause: error });
  if (name === 'ConnectionInterceptedError')
    return failed('PEER_INCOMPATIBLE', 'its identity is not a secp256k1 key');
  // The muxer is agreed upon within Noise's handshake, or after it with peers that cannot do that.
  const hasNoMplex =
    (name === 'EncryptionFailedError' && message.includes('no common muxers')) ||
    (name === 'MuxerUnavailableError' && message.includes('UnsupportedProtocol'));
  if (hasNoMplex) return failed('PEER_INCOMPATIBLE', 'it does not offer mplex');
  if (name === 'MuxerUnavailableError') return failed('LINK_CLOSED', 'it hung up after the handshake');
  if (name === 'EncryptionFailedError') return failed('LINK_CLOSED', 'the handshake failed');
  if (name === 'TimeoutError' || name === 'AbortError') return failed('PEER_TIMEOUT', 'no answer');
  return new NetworkError('PEER_UNREACHABLE', { peer }, { cause: error });
}
