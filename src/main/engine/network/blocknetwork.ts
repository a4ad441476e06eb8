import type { CID } from 'multiformats/cid';
import type { BlockAddress } from './messages.ts';

export const BLOCK_SIZE = 65_536;

/** A block of a dataset, verified: its digest is its sha256, and its place in the tree was proven. */
export interface Leaf {
  readonly index: number;
  /** sha256 of `data`, 32 bytes. */
  readonly digest: Uint8Array;
  /** 65,536 bytes; or none for an empty (padding) block. */
  readonly data: Uint8Array;
  /** What proved its place; kept so that we can prove it to others. */
  readonly proof: LeafProof;
}

/**
 * Where blocks come from. Every block that it yields was verified by us before; a peer that sends a false one is dropped.
 * Source: data-plane.md §8.1.
 */
export interface BlockNetwork {
  /**
   * The manifest block's bytes, whose sha256 is the CID's.
   * @throws NetworkError MANIFEST_NOT_FOUND after all peers were asked; MANIFEST_MALFORMED when it is longer than a block
   */
  manifest(cid: CID, options: { signal: AbortSignal }): Promise<Uint8Array>;
  /** The wanted leaves of a dataset's tree, in any order. @throws NetworkError NO_PEERS, BLOCKS_NOT_FOUND */
  leaves(
    dataset: { treeCid: CID; leafCount: number },
    wanted: Iterable<number>,
    options: LeavesOptions,
  ): AsyncIterable<Leaf>;
  /** Serve what we hold to others; a further source is asked after those before it. */
  serve(source: BlockSource): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface LeavesOptions {
  /** Told of what each peer gives, and of what it fails in. */
  readonly onPeer?: ((news: PeerNews) => void) | undefined;
  readonly signal: AbortSignal;
}

/** `peer` is its address as text. `isDropped`: it lied, and is not asked again by anybody here. */
export type PeerNews =
  | { readonly peer: string; readonly bytes: number }
  | { readonly peer: string; readonly code: string; readonly isDropped: boolean };

/** What we hold, as the network asks for it. */
export interface BlockSource {
  block(cid: CID): Promise<Uint8Array | undefined>;
  leaf(treeCid: CID, index: number): Promise<{ data: Uint8Array; proof: LeafProof } | undefined>;
  /** Whether it would give that, as far as is known without a read; a source without it is read for the answer. */
  has?(address: BlockAddress): Promise<boolean>;
}

/** A path in a dataset tree, siblings from the bottom up. Source: data-plane.md §3.2. */
export interface LeafProof {
  readonly index: number;
  readonly leafCount: number;
  readonly path: readonly Uint8Array[];
}
