import type { CID } from 'multiformats/cid';
import type { BlockNetwork, BlockSource, Leaf } from '../../src/main/engine/network/blocknetwork.ts';
import { blockCid, sha256 } from '../../src/main/engine/network/cids.ts';
import { NetworkError } from '../../src/main/engine/network/errors.ts';
import { encodeProof } from '../../src/main/engine/network/merkle.ts';
import { verifiedBlock, verifiedLeaf, type DatasetRef } from '../../src/main/engine/network/verify.ts';
import { throwIfAborted } from '../../src/main/engine/lib/abort.ts';

/** A block network without links: asks the sources of the others directly, and believes them as little. */
export class FakeBlockNetwork implements BlockNetwork {
  readonly #peers: readonly FakeBlockNetwork[];
  readonly #banned = new Set<FakeBlockNetwork>();
  readonly sources: BlockSource[] = [];
  /** Every leaf that was asked for, in order. */
  readonly asked: number[] = [];

  constructor(peers: readonly FakeBlockNetwork[] = []) {
    this.#peers = peers;
  }

  async manifest(cid: CID, { signal }: { signal: AbortSignal }): Promise<Uint8Array> {
    throwIfAborted(signal);
    for (const { source } of this.#usable()) {
      const data = await source.block(cid);
      if (data) return verifiedBlock({ cid, data, address: { cid } }, cid);
    }
    throw new NetworkError('MANIFEST_NOT_FOUND', { cid });
  }

  async *leaves(
    dataset: DatasetRef,
    wanted: Iterable<number>,
    { signal }: { signal: AbortSignal },
  ): AsyncGenerator<Leaf, void> {
    for (const index of wanted) {
      throwIfAborted(signal);
      this.asked.push(index);
      const leaf = await this.#leaf(dataset, index);
      throwIfAborted(signal);
      if (!leaf) throw new NetworkError(this.#peers.length > 0 ? 'BLOCKS_NOT_FOUND' : 'NO_PEERS', { index });
      yield leaf;
    }
  }

  serve(source: BlockSource): void {
    this.sources.push(source);
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  async #leaf(dataset: DatasetRef, index: number): Promise<Leaf | undefined> {
    for (const { peer, source } of this.#usable()) {
      const found = await source.leaf(dataset.treeCid, index);
      if (!found) continue;
      try {
        const cid = blockCid(sha256(found.data));
        const address = { treeCid: dataset.treeCid, index };
        return verifiedLeaf({ cid, data: found.data, address, proof: encodeProof(found.proof) }, dataset);
      } catch {
        this.#banned.add(peer);
      }
    }
    return undefined;
  }

  #usable() {
    const peers = this.#peers.filter((peer) => !this.#banned.has(peer));
    return peers.flatMap((peer) => peer.sources.map((source) => ({ peer, source })));
  }
}
