import type { CID } from 'multiformats/cid';
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
 * @throws NetworkError FALSE_BLOCK, FALSE_PROOF
 */
export function verifiedLeaf(
  { cid, data, address, proof }: Delivery,
  { treeCid, leafCount }: DatasetRef,
): Leaf {
  if (!('index' in address)) throw new NetworkError('FALSE_BLOCK', { reason: 'no leaf' });
  const { index } = address;
  if (data.length !== BLOCK_SIZE && data.length !== 0)
    throw new NetworkError('FALSE_BLOCK', { index, size: data.length });
  const digest = sha256(data);
  if (!cid.equals(blockCid(digest))) throw new NetworkError('FALSE_BLOCK', { index, cid });
  const decoded = readProof(proof, index);
  const root = digestOf(treeCid, codecs.datasetRoot);
  if (!verifyLeaf(digest, decoded, { root, index, leafCount }))
    throw new NetworkError('FALSE_PROOF', { index, treeCid });
  return { index, digest, data, proof: decoded };
}

/** The block under a sha256-based CID. @throws NetworkError FALSE_BLOCK */
export function verifiedBlock({ data }: Delivery, cid: CID): Uint8Array {
  const isTrue = data.length <= BLOCK_SIZE && Buffer.compare(sha256(data), digestOf(cid, cid.code)) === 0;
  if (!isTrue) throw new NetworkError('FALSE_BLOCK', { cid });
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
