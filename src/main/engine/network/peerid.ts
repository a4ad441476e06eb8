import { base58btc } from 'multiformats/bases/base58';

export const PUBLIC_KEY_BYTES = 33;

/** A public key as libp2p writes it, 37 bytes. */
export const encodePublicKey = (publicKey: Uint8Array): Uint8Array => Buffer.concat([KEY_PREFIX, publicKey]);

/** The 33 bytes in it; undefined when it is not exactly a secp256k1 key. That they are a point of the curve is not looked at. */
export const decodePublicKey = (bytes: Uint8Array): Uint8Array | undefined => keyAfter(KEY_PREFIX, bytes);

/** The multihash that libp2p makes of so short a key: the key itself. */
export const peerIdOf = (publicKey: Uint8Array): Uint8Array =>
  new Uint8Array(Buffer.concat([PEER_ID_PREFIX, publicKey]));

/** As people write it, `16Uiu2…`. */
export const peerIdText = (peerId: Uint8Array): string => base58btc.baseEncode(peerId);

/** Whether the text names a secp256k1 key, the only kind of identity on the network. Source: data-plane.md §1.1. */
export function isPeerId(text: string): boolean {
  try {
    return keyAfter(PEER_ID_PREFIX, base58btc.baseDecode(text)) !== undefined;
  } catch {
    return false;
  }
}

/** Protobuf: field 1 = 2 (secp256k1), field 2 = 33 bytes. */
const KEY_PREFIX = Buffer.of(0x08, 0x02, 0x12, PUBLIC_KEY_BYTES);
/** Multihash: identity, of the key as libp2p writes it. */
const PEER_ID_PREFIX = Buffer.of(0x00, KEY_PREFIX.length + PUBLIC_KEY_BYTES, ...KEY_PREFIX);

function keyAfter(prefix: Buffer, bytes: Uint8Array): Uint8Array | undefined {
  const isKey = bytes.length === prefix.length + PUBLIC_KEY_BYTES;
  return isKey && prefix.equals(bytes.subarray(0, prefix.length)) ? bytes.subarray(prefix.length) : undefined;
}
