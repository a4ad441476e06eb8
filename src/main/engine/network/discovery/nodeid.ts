import { keccak_256 } from '@noble/hashes/sha3';
import type { CID } from 'multiformats/cid';

/** 32 bytes: a node's place in the space of the DHT, or that of a content. */
export type NodeId = Uint8Array;

export const ID_BYTES = 32;
/** The largest distance of two ids. */
export const MAX_DISTANCE = 8 * ID_BYTES;

/** From the bytes of a peer id. Source: data-plane.md §4.1. */
export const nodeIdOf = (peerId: Uint8Array): NodeId => keccak_256(peerId);
export const contentIdOf = (cid: CID): NodeId => keccak_256(cid.bytes);

/** The same text for equal ids. */
export const idKey = (id: NodeId): string => Buffer.from(id).toString('hex');

export const isSameId = (a: NodeId, b: NodeId): boolean => Buffer.compare(a, b) === 0;

/** How many of the lowest bits one has to look at to tell the two apart: 0 for equal ids, at most 256. */
export function logDistance(a: NodeId, b: NodeId): number {
  for (let at = 0; at < ID_BYTES; at++) {
    const difference = byte(a, at) ^ byte(b, at);
    if (difference !== 0) return 8 * (ID_BYTES - at) - (Math.clz32(difference) - 24);
  }
  return 0;
}

/** Sorts ids by their distance to `target`, nearest first. */
export function byDistance(target: NodeId): (a: NodeId, b: NodeId) => number {
  return (a, b) => {
    for (let at = 0; at < ID_BYTES; at++) {
      const order = (byte(a, at) ^ byte(target, at)) - (byte(b, at) ^ byte(target, at));
      if (order !== 0) return order;
    }
    return 0;
  };
}

const byte = (id: NodeId, at: number): number => id[at] as number;
