import type { CID } from 'multiformats/cid';
import { isEngineError } from '../errors.ts';
import { BLOCK_SIZE, type Leaf } from './blocknetwork.ts';
import { blockCid, codecs, digestOf, sha256 } from './cids.ts';
import { NetworkError } from './errors.ts';
import type { Delivery } from './messages.ts';
import { decodeProof, verifyLeaf } from './merkle.ts';

export interface DatasetRef {
  readonly treeCid: CID;
  readonly leafCount: number;
}

/**
 * The leaf a peer delivered, checked in full: size, name, hash, and the proof of its place. Nothing of it is taken on trust.
 * A dataset's size is what a request says, and no part of its root: what is true of the root and does not fit that size is
 * no lie of the peer.
 * @throws NetworkError FALSE_BLOCK, FALSE_PROOF, which are lies; LEAF_COUNT_MISMATCH, BLOCK_SIZE_UNSUPPORTED
 */
export function verifiedLeaf(
  { cid, data, address, proof }: Delivery,
  { treeCid, leafCount }: DatasetRef,
): Leaf {
  if (!('index' in address)) throw new NetworkError('FALSE_BLOCK', { reason: 'no leaf' });
  const { index } = address;
  const digest = sha256(data);
  if (!cid.equals(blockCid(digest))) throw new NetworkError('FALSE_BLOCK', { index, cid });
  const decoded = readProof(proof, index);
  const expected = { root: digestOf(treeCid, codecs.datasetRoot), index };
  if (!verifyLeaf(digest, decoded, { ...expected, leafCount: decoded.leafCount }))
    throw new NetworkError('FALSE_PROOF', { index, treeCid });
  if (decoded.leafCount !== leafCount)
    throw new NetworkError('LEAF_COUNT_MISMATCH', { index, treeCid, leafCount, proven: decoded.leafCount });
  if (data.length !== BLOCK_SIZE && data.length !== 0)
    throw new NetworkError('BLOCK_SIZE_UNSUPPORTED', { index, treeCid, size: data.length });
  return { index, digest, data, proof: decoded };
}

/** Whether a peer that this is the error of sent what is false. */
export const isLie = (error: unknown): boolean =>
  isEngineError(error, 'FALSE_BLOCK') || isEngineError(error, 'FALSE_PROOF');

/**
 * The manifest under a sha256-based CID.
 * @throws NetworkError FALSE_BLOCK, which is a lie; MANIFEST_MALFORMED when it is true and longer than a block may be
 */
export function verifiedBlock({ data }: Delivery, cid: CID): Uint8Array {
  const isTrue = Buffer.compare(sha256(data), digestOf(cid, cid.code)) === 0;
  if (!isTrue) throw new NetworkError('FALSE_BLOCK', { cid });
  if (data.length > BLOCK_SIZE) throw new NetworkError('MANIFEST_MALFORMED', { cid, length: data.length });
  return data;
}

function readProof(proof: Uint8Array | undefined, index: number) {
  if (!proof) throw new NetworkError('FALSE_PROOF', { index, reason: 'none' });
  try {
    return decodeProof(proof);
  } catch (cause) {
    throw new NetworkError('FALSE_PROOF', { index }, { cause });
  }
}
