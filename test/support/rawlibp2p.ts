import '../../src/main/engine/network/transports/libp2p/withresolvers.ts';
import { generateKeyPair } from '@libp2p/crypto/keys';
import { mplex } from '@libp2p/mplex';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p, type Libp2p } from 'libp2p';
import {
  parsePeerAddress,
  peerAddressText,
  type PeerAddress,
} from '../../src/main/engine/network/peeraddress.ts';
import type { Connection, Stream } from '../../src/main/engine/network/transports/libp2p/link.ts';

export const ARCHIVIST = '/archivist/blockexc/1.0.0';

/** A libp2p node without anything of ours above it, to be a peer as a test wants it. */
export interface RawPeer {
  readonly node: Libp2p;
  readonly address: PeerAddress;
  /** Opens a stream to one of ours. */
  open(to: PeerAddress): Promise<{ connection: Connection; stream: Stream }>;
  stop(): Promise<void>;
}

export interface RawPeerOptions {
  readonly keyType?: 'secp256k1' | 'Ed25519';
  /** The only muxer that it has a name for; it can speak none but mplex. */
  readonly muxer?: string;
  readonly protocol?: string;
  readonly onStream?: (stream: Stream, connection: Connection) => void;
}

export async function rawPeer({
  keyType = 'secp256k1',
  muxer,
  protocol = ARCHIVIST,
  onStream = () => {},
}: RawPeerOptions = {}): Promise<RawPeer> {
  const makeMuxer = mplex();
  const node = await createLibp2p({
    privateKey: await generateKeyPair(keyType as 'secp256k1'),
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [() => (muxer ? { ...makeMuxer(), protocol: muxer } : makeMuxer())],
  });
  await node.handle(protocol, (stream, connection) => {
    stream.maxReadBufferLength = 2 ** 25;
    onStream(stream, connection);
  });
  const [where] = node.getMultiaddrs();
  const { host, port } = parsePeerAddress((where?.toString() ?? '').split('/p2p/')[0] ?? '');
  return {
    node,
    address: { host, port, peerId: node.peerId.toString() },
    open: async (to) => {
      const connection = await node.dial(multiaddr(peerAddressText(to)));
      return { connection, stream: await connection.newStream(protocol) };
    },
    stop: async () => await node.stop(),
  };
}

/** What comes over a stream, as bytes. */
export function onBytes(stream: Stream, hear: (bytes: Uint8Array) => void): void {
  stream.addEventListener('message', ({ data }) => {
    for (const bytes of data instanceof Uint8Array ? [data] : data) hear(bytes);
  });
}
