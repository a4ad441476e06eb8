import { hash } from 'node:crypto';
import { base58btc } from 'multiformats/bases/base58';
import { CID } from 'multiformats/cid';
import * as Digest from 'multiformats/hashes/digest';
import { NetworkError } from './errors.ts';

/** The network's content types; numbers of its own, in no public table. Source: data-plane.md §2.1. */
export const codecs = {
  manifest: 0xcd01,
  block: 0xcd02,
  datasetRoot: 0xcd03,
  slotRoot: 0xcd04,
  verifyRoot: 0xcd05,
} as const;
export const SHA2_256 = 0x12;
export const IDENTITY = 0x00;

/** 32 bytes. */
export function sha256(data: Uint8Array): Uint8Array {
  return hash('sha256', data, 'buffer');
}

/** The digest of a block without bytes, which stands for 65,536 zero bytes of padding. */
export const EMPTY_DIGEST = sha256(new Uint8Array());

export const manifestCid = (manifest: Uint8Array): CID => cidOf(codecs.manifest, sha256(manifest));
export const blockCid = (digest: Uint8Array): CID => cidOf(codecs.block, digest);
/** Names a dataset by the root of its tree, which is no hash of any bytes. */
export const treeCid = (root: Uint8Array): CID => cidOf(codecs.datasetRoot, root);

/** The 32 bytes that a sha256-based CID names. @throws NetworkError CID_UNSUPPORTED */
export function digestOf(cid: CID, codec: number): Uint8Array {
  const { code, digest } = cid.multihash;
  if (cid.version !== 1 || cid.code !== codec || code !== SHA2_256 || digest.length !== 32)
    throw unsupported(cid.bytes);
  return digest;
}

/** The 32 little-endian bytes of a Poseidon2 root, which its CID carries whole. @throws NetworkError CID_UNSUPPORTED */
export function fieldElementOf(cid: CID, codec: number): Uint8Array {
  const { code, digest } = cid.multihash;
  if (cid.version !== 1 || cid.code !== codec || code !== IDENTITY || digest.length !== 32)
    throw unsupported(cid.bytes);
  return digest;
}

/**
 * A copy: what remembers a peer's CID must not keep the whole message it came in.
 * @throws NetworkError CID_UNSUPPORTED
 */
export function decodeCid(bytes: Uint8Array): CID {
  if (bytes.length > LONGEST_CID) throw unsupported(bytes);
  try {
    const cid = CID.decode(bytes.slice());
    // Its numbers can be written longer than need be, which would give one thing many names.
    if (Buffer.compare(cid.bytes, bytes) === 0) return cid;
  } catch (cause) {
    throw unsupported(bytes, cause);
  }
  throw unsupported(bytes);
}

/** As the network's people write it: base58btc, `z…`. (The library's own default would be base32.) */
export const cidText = (cid: CID): string => cid.toString(base58btc);

/** Bytes. Those of the network have 38 at most. */
const LONGEST_CID = 64;

const cidOf = (codec: number, digest: Uint8Array): CID =>
  CID.createV1(codec, Digest.create(SHA2_256, digest));

function unsupported(bytes: Uint8Array, cause?: unknown): NetworkError {
  return new NetworkError(
    'CID_UNSUPPORTED',
    { cid: Buffer.from(bytes.subarray(0, 64)).toString('hex') },
    { cause },
  );
}
