import { secp256k1 } from '@noble/curves/secp256k1';
import { sha256 } from './cids.ts';
import { peerIdOf } from './peerid.ts';
import { nodeIdOf, type NodeId } from './discovery/nodeid.ts';

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

/** Whether `signature` (DER, low s) is that of the key's owner over `data`. False also for what is no key or signature. */
export function isSignedBy(publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  try {
    // Parsed by us, since the library takes 64 bytes without a form for a signature as well.
    return secp256k1.verify(secp256k1.Signature.fromDER(signature), sha256(data), publicKey);
  } catch {
    return false;
  }
}
