import { secp256k1 } from '@noble/curves/secp256k1';
import { base58btc } from 'multiformats/bases/base58';
import { sha256 } from '../cids.ts';
import { nodeIdOf, type NodeId } from './nodeid.ts';

/**
 * A secp256k1 key in the three forms in which the network names its owner. OpenSSL's curve would be faster, but Electron's
 * crypto has no secp256k1.
 */
export class Identity {
  /** 33 bytes, compressed. */
  readonly publicKey: Uint8Array;
  readonly peerId: Uint8Array;
  readonly nodeId: NodeId;
  readonly #privateKey: Uint8Array;

  /** @param privateKey 32 bytes; a new one when left out */
  constructor(privateKey: Uint8Array = secp256k1.utils.randomPrivateKey()) {
    this.#privateKey = Uint8Array.from(privateKey);
    this.publicKey = secp256k1.getPublicKey(this.#privateKey, true);
    this.peerId = peerIdOf(this.publicKey);
    this.nodeId = nodeIdOf(this.peerId);
  }

  /** DER, over the sha256 of `data`. */
  sign(data: Uint8Array): Uint8Array {
    return secp256k1.sign(sha256(data), this.#privateKey).toDERRawBytes();
  }

  /** The point that both owners of two keys come to: 33 bytes, compressed. @throws Error for what is no public key */
  agree(publicKey: Uint8Array): Uint8Array {
    return secp256k1.getSharedSecret(this.#privateKey, publicKey, true);
  }
}

export const PUBLIC_KEY_BYTES = 33;

/** Whether `signature` (DER, low s) is that of the key's owner over `data`. False also for what is no key or signature. */
export function isSignedBy(publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  try {
    // Parsed by us, since the library takes 64 bytes without a form for a signature as well.
    return secp256k1.verify(secp256k1.Signature.fromDER(signature), sha256(data), publicKey);
  } catch {
    return false;
  }
}

/** A public key as libp2p writes it, 37 bytes. */
export const encodePublicKey = (publicKey: Uint8Array): Uint8Array => Buffer.concat([KEY_PREFIX, publicKey]);

/** The 33 bytes in it; undefined when it is not exactly a secp256k1 key. That they are a point of the curve is not looked at. */
export function decodePublicKey(bytes: Uint8Array): Uint8Array | undefined {
  const { length } = KEY_PREFIX;
  if (bytes.length !== length + PUBLIC_KEY_BYTES) return undefined;
  return Buffer.compare(bytes.subarray(0, length), KEY_PREFIX) === 0 ? bytes.subarray(length) : undefined;
}

/** The multihash that libp2p makes of so short a key: the key itself. */
export const peerIdOf = (publicKey: Uint8Array): Uint8Array =>
  new Uint8Array(Buffer.concat([PEER_ID_PREFIX, encodePublicKey(publicKey)]));

/** As people write it, `16Uiu2…`. */
export const peerIdText = (peerId: Uint8Array): string => base58btc.baseEncode(peerId);

/** Protobuf: field 1 = 2 (secp256k1), field 2 = 33 bytes. */
const KEY_PREFIX = Uint8Array.of(0x08, 0x02, 0x12, PUBLIC_KEY_BYTES);
/** Multihash: identity, 37 bytes. */
const PEER_ID_PREFIX = Uint8Array.of(0x00, 0x25);
