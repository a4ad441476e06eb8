import { encodeVarint, ProtoReader, ProtoWriter } from '../protobuf.ts';
import { DiscoveryError } from './errors.ts';
import { isSignedBy, type Identity } from '../identity.ts';
import { decodePublicKey, encodePublicKey, peerIdOf } from '../peerid.ts';
import { multiaddrBytes, multiaddrText } from '../multiaddr.ts';
import { nodeIdOf, type NodeId } from './nodeid.ts';

/**
 * Where a peer says it can be reached, signed by it: libp2p's envelope around a PeerRecord (SPR). One who has it knows
 * that the peer said so once, not that it is true. Source: data-plane.md §4.1.
 */
export interface SignedRecord {
  readonly peerId: Uint8Array;
  /** 33 bytes. */
  readonly publicKey: Uint8Array;
  readonly nodeId: NodeId;
  /** Of two records of one peer the one with the higher number counts. */
  readonly seq: bigint;
  /** Multiaddrs as text; those of a kind that we do not know are left out. */
  readonly addresses: readonly string[];
  /** The envelope without what nobody signed; passed on as it is. */
  readonly bytes: Uint8Array;
}

/** Longer ones are not taken; three must go into one packet. With one address it is about 200. */
export const MAX_RECORD_BYTES = 384;

/** @throws DiscoveryError RECORD_MALFORMED, RECORD_FALSE */
export function decodeRecord(bytes: Uint8Array): SignedRecord {
  return certify(readEnvelope(bytes));
}

/** From `spr:` and base64url. @throws DiscoveryError RECORD_MALFORMED, RECORD_FALSE */
export function parseRecord(text: string): SignedRecord {
  const [, base64] = /^spr:([A-Za-z0-9_-]+)$/.exec(text) ?? [];
  if (base64 === undefined) throw malformed('it does not begin with spr:');
  return decodeRecord(Buffer.from(base64, 'base64url'));
}

export const recordText = ({ bytes }: SignedRecord): string =>
  `spr:${Buffer.from(bytes).toString('base64url')}`;

/** @throws NetworkError ADDRESS_MALFORMED; DiscoveryError RECORD_MALFORMED when there are too many addresses */
export function signRecord(
  identity: Identity,
  { seq, addresses }: { seq: bigint; addresses: readonly string[] },
): SignedRecord {
  const payload = new ProtoWriter().bytes(1, identity.peerId).varint(2, seq);
  for (const address of addresses) payload.message(3, new ProtoWriter().bytes(1, multiaddrBytes(address)));
  const content = payload.finish();
  return toRecord({
    publicKey: identity.publicKey,
    payload: content,
    signature: identity.sign(signedBytes(content)),
  });
}

/** An envelope that could be one by its form; whether it is signed is not known. */
export interface Envelope {
  readonly publicKey: Uint8Array;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

/** Cheap, unlike `certify`. @throws DiscoveryError RECORD_MALFORMED */
export function readEnvelope(bytes: Uint8Array): Envelope {
  if (bytes.length > MAX_RECORD_BYTES) throw malformed('it is too long');
  return strictly(() => {
    const reader = new ProtoReader(bytes);
    const publicKey = decodePublicKey(reader.bytes(1));
    if (!publicKey) throw malformed('its key is not of the kind secp256k1');
    if (Buffer.compare(reader.bytes(2), PAYLOAD_TYPE) !== 0) throw malformed('it is no peer record');
    return { publicKey, payload: reader.bytes(3), signature: reader.bytes(5) };
  });
}

/** @throws DiscoveryError RECORD_MALFORMED, RECORD_FALSE */
export function certify(envelope: Envelope): SignedRecord {
  const record = toRecord(envelope);
  const { publicKey, payload, signature } = envelope;
  if (!isSignedBy(publicKey, signedBytes(payload), signature)) throw isFalse('its signature is wrong');
  return record;
}

const DOMAIN = Buffer.from('libp2p-peer-record');
const PAYLOAD_TYPE = Uint8Array.of(0x03, 0x01);
const MAX_ADDRESSES = 16;

function toRecord({ publicKey, payload, signature }: Envelope): SignedRecord {
  const envelope = new ProtoWriter()
    .bytes(1, encodePublicKey(publicKey))
    .bytes(2, PAYLOAD_TYPE)
    .bytes(3, payload)
    .bytes(5, signature);
  // Copies: the record outlives the packet, and a Buffer may be a corner of a larger one that it would keep alive.
  const bytes = new Uint8Array(envelope.finish());
  if (bytes.length > MAX_RECORD_BYTES) throw malformed('it is too long');
  return strictly(() => {
    const reader = new ProtoReader(payload);
    const peerId = peerIdOf(publicKey);
    if (Buffer.compare(peerId, reader.bytes(1)) !== 0) throw isFalse('its key is that of another peer');
    const addresses = reader.messages(3).map((address) => multiaddrText(address.bytes(1)));
    if (addresses.length > MAX_ADDRESSES) throw malformed('it has too many addresses');
    return {
      peerId,
      publicKey: new Uint8Array(publicKey),
      nodeId: nodeIdOf(peerId),
      seq: reader.big(2),
      addresses: [...new Set(addresses.filter((address) => address !== undefined))],
      bytes,
    };
  });
}

/** Each part with its length before it, so that none can run into the next. */
function signedBytes(payload: Uint8Array): Uint8Array {
  const parts = [DOMAIN, PAYLOAD_TYPE, payload];
  return Buffer.concat(parts.flatMap((part) => [encodeVarint(part.length), part]));
}

function strictly<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw cause instanceof DiscoveryError ? cause : malformed('it is damaged', cause);
  }
}

const malformed = (reason: string, cause?: unknown): DiscoveryError =>
  new DiscoveryError('RECORD_MALFORMED', { reason }, { cause });

const isFalse = (reason: string): DiscoveryError => new DiscoveryError('RECORD_FALSE', { reason });
