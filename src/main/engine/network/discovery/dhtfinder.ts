import type { CID } from 'multiformats/cid';
import type { Announcer } from './announcer.ts';
import type { DhtNode } from './dhtnode.ts';
import { isUsable } from '../endpoint.ts';
import { endpointIn } from '../multiaddr.ts';
import { peerIdText } from '../peerid.ts';
import { contentIdOf, isSameId, type NodeId } from './nodeid.ts';
import type { FoundPeer, PeerFinder } from '../peerfinder.ts';
import type { Provider } from './providerstore.ts';

/** Finds peers in the DHT. */
export class DhtFinder implements PeerFinder {
  readonly #node: DhtNode;
  readonly #announcer: Announcer<CID>;
  readonly #ownId: NodeId;

  constructor({ node, announcer, ownId }: { node: DhtNode; announcer: Announcer<CID>; ownId: NodeId }) {
    this.#node = node;
    this.#announcer = announcer;
    this.#ownId = ownId;
  }

  async *find(cid: CID, { signal }: { signal: AbortSignal }): AsyncGenerator<FoundPeer, void> {
    const seqs = new Map<string, bigint>();
    for await (const provider of this.#node.findProviders(contentIdOf(cid), { signal })) {
      const { record } = provider;
      const peerId = peerIdText(record.peerId);
      const addresses = tcpAddresses(provider);
      const isOld = record.seq <= (seqs.get(peerId) ?? -1n);
      if (isOld || addresses.length === 0 || isSameId(record.nodeId, this.#ownId)) continue;
      if (seqs.size >= MAX_FOUND && !seqs.has(peerId)) continue;
      seqs.set(peerId, record.seq);
      yield { peerId, addresses };
    }
  }

  async provide(cid: CID, { signal }: { signal: AbortSignal }): Promise<void> {
    await this.#announcer.provide(cid, { signal });
  }
}

/** Liars can make up any number. */
const MAX_FOUND = 64;

/** Names are left out: nobody knows where one would lead us. */
function tcpAddresses({ record, toldBy }: Provider): string[] {
  return record.addresses.filter((address) => {
    const endpoint = endpointIn(address, 'tcp');
    return endpoint && isUsable(endpoint, toldBy);
  });
}
