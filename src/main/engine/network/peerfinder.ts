import type { CID } from 'multiformats/cid';

/** A peer that is said to have a content, and its TCP addresses as multiaddrs, none of them tried. */
export interface FoundPeer {
  /** `16Uiu2…` */
  readonly peerId: string;
  /** `/ip4/203.0.113.7/tcp/8070` */
  readonly addresses: readonly string[];
}

/** Finds who has a content, and lets it be found that we have it. Source: data-plane.md §8.1. */
export interface PeerFinder {
  /**
   * Peers as they are found; one comes again when more addresses of it are found. Ends when nobody knows more. Of those who
   * have a tree or manifest each may hold a part only. Rejects with an abort error.
   */
  find(cid: CID, options: { signal: AbortSignal }): AsyncIterable<FoundPeer>;
  /**
   * Resolves once it was told for the first time, and tells it again and again until the signal aborts. Rejects with an
   * abort error when that comes first.
   */
  provide(cid: CID, options: { signal: AbortSignal }): Promise<void>;
}
