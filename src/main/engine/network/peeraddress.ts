import { isIPv4, isIPv6 } from 'node:net';
import { base58btc } from 'multiformats/bases/base58';
import { z } from 'zod';
import { NetworkError } from './errors.ts';

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
  const [before, family = '', host = '', transport, port = '', p2p, peerId, ...more] = text.trim().split('/');
  if (before !== '') throw invalid('An address begins with a slash, like /ip4/1.2.3.4/tcp/8070/p2p/16Uiu2…');
  const isHost = Object.hasOwn(hostChecks, family) ? hostChecks[family] : undefined;
  if (!isHost) throw invalid(`“${family}” is not supported: the address begins with /ip4, /ip6 or /dns4`);
  if (!isHost(host)) throw invalid(`“${host}” does not fit /${family}`);
  if (transport !== 'tcp') throw invalid(`The network runs over tcp, not “${transport ?? ''}”`);
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)
    throw invalid(`“${port}” is not a port`);
  if (p2p === undefined) return { host, port: Number(port) };
  if (p2p !== 'p2p') throw invalid(`After the port only /p2p and an identity may stand, not /${p2p}`);
  if (more.length > 0) throw invalid(`Nothing may follow the identity, but /${more[0]} does`);
  if (!isPeerId(peerId ?? ''))
    throw invalid(`“${peerId ?? ''}” is not an identity of this network (secp256k1, begins with 16Uiu2)`);
  return { host, port: Number(port), peerId };
}

/** The same as text that others can parse. */
export function peerAddressText({ host, port, peerId }: PeerAddress): string {
  const family = isIPv4(host) ? 'ip4' : isIPv6(host) ? 'ip6' : 'dns';
  return `/${family}/${host}/tcp/${port}${peerId === undefined ? '' : `/p2p/${peerId}`}`;
}

/** Whether the text names a secp256k1 key, the only kind of identity on the network. Source: data-plane.md §1.1. */
export function isPeerId(text: string): boolean {
  try {
    const bytes = base58btc.baseDecode(text);
    return (
      bytes.length === PEER_ID_BYTES && SECP256K1_PREFIX.equals(bytes.subarray(0, SECP256K1_PREFIX.length))
    );
  } catch {
    return false;
  }
}

const isName = (host: string): boolean => /^(?=.{1,253}$)([a-z0-9_-]{1,63}\.?)+$/i.test(host);

const hostChecks: Readonly<Record<string, (host: string) => boolean>> = {
  ip4: isIPv4,
  ip6: isIPv6,
  dns: isName,
  dns4: isName,
  dns6: isName,
};

/** Identity multihash of 37 bytes, which are a key of type 2 (secp256k1) of 33 bytes. */
const SECP256K1_PREFIX = Buffer.from([0x00, 37, 0x08, 2, 0x12, 33]);
const PEER_ID_BYTES = 39;
