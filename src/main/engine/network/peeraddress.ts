import { isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';
import { NetworkError } from './errors.ts';
import { isSound, splitMultiaddr } from './multiaddr.ts';
import { isPeerId } from './peerid.ts';

/** Where a peer listens, and who must answer there. Every kind of link can use it. */
export const peerAddressSchema = z.strictObject({
  /** An IPv4 or IPv6 address, or a DNS name. */
  host: z.string().min(1),
  /** TCP. */
  port: z.int().min(1).max(65_535),
  /** Text form, `16Uiu2…`. Without it whoever answers will do; links that are not encrypted cannot tell. */
  peerId: z.string().refine(isPeerId).optional(),
});
export type PeerAddress = Readonly<z.output<typeof peerAddressSchema>>;

/**
 * An address as people pass it on, `/ip4/1.2.3.4/tcp/8070/p2p/16Uiu2…`; also with ip6, dns, dns4 or dns6 and without the
 * part about the identity. @throws NetworkError PEER_ADDRESS_INVALID, whose message says to a person what is wrong
 */
export function parsePeerAddress(text: string): PeerAddress {
  const invalid = (reason: string) =>
    new NetworkError('PEER_ADDRESS_INVALID', { text: text.slice(0, 200), reason }, { message: reason });
  const parts = splitMultiaddr(text.trim());
  if (!parts) throw invalid('An address begins with a slash, like /ip4/1.2.3.4/tcp/8070/p2p/16Uiu2…');
  const [host = NOTHING, transport = NOTHING, identity, ...more] = parts;
  if (!hostKinds.includes(host.name))
    throw invalid(`“${host.name}” is not supported: the address begins with /ip4, /ip6 or /dns4`);
  if (!isSound(host)) throw invalid(`“${host.value}” does not fit /${host.name}`);
  if (transport.name !== 'tcp') throw invalid(`The network runs over tcp, not “${transport.name}”`);
  const port = isSound(transport) ? Number(transport.value) : 0;
  if (port === 0) throw invalid(`“${transport.value}” is not a port`);
  if (!identity) return { host: host.value, port };
  const { name, value: peerId } = identity;
  if (name !== 'p2p') throw invalid(`After the port only /p2p and an identity may stand, not /${name}`);
  if (more[0]) throw invalid(`Nothing may follow the identity, but /${more[0].name} does`);
  if (!isPeerId(peerId))
    throw invalid(`“${peerId}” is not an identity of this network (secp256k1, begins with 16Uiu2)`);
  return { host: host.value, port, peerId };
}

/** The same as text that others can parse. */
export function peerAddressText({ host, port, peerId }: PeerAddress): string {
  const family = isIPv4(host) ? 'ip4' : isIPv6(host) ? 'ip6' : 'dns';
  return `/${family}/${host}/tcp/${port}${peerId === undefined ? '' : `/p2p/${peerId}`}`;
}

const NOTHING = { name: '', value: '' } as const;
const hostKinds: readonly string[] = ['ip4', 'ip6', 'dns', 'dns4', 'dns6'];
