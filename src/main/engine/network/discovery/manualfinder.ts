import type { CID } from 'multiformats/cid';
import { throwIfAborted } from '../../lib/abort.ts';
import type { FoundPeer, PeerFinder } from '../peerfinder.ts';

/** Peers that were told by hand. They are asked for everything. */
export class ManualFinder implements PeerFinder {
  readonly #peers = new Map<string, FoundPeer>();

  constructor(peers: Iterable<FoundPeer> = []) {
    for (const peer of peers) this.add(peer);
  }

  /** One that is known already is replaced. */
  add(peer: FoundPeer): void {
    this.#peers.set(peer.peerId, peer);
  }

  remove(peerId: string): void {
    this.#peers.delete(peerId);
  }

  async *find(_cid: CID, { signal }: { signal: AbortSignal }): AsyncGenerator<FoundPeer, void> {
    for (const peer of this.#peers.values()) {
      throwIfAborted(signal);
      yield peer;
    }
    throwIfAborted(signal);
  }

  /** Nothing to do: those who know us by hand come by themselves. */
  async provide(_cid: CID, { signal }: { signal: AbortSignal }): Promise<void> {
    throwIfAborted(signal);
  }
}
