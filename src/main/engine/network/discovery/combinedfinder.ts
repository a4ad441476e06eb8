import type { CID } from 'multiformats/cid';
import { abortError, abortScope, isAborted } from '../../lib/abort.ts';
import type { Logger } from '../../logger.ts';
import { Channel } from './channel.ts';
import type { FoundPeer, PeerFinder } from '../peerfinder.ts';

/** What several ways to find peers find together. One that fails keeps no other from finding. */
export class CombinedFinder implements PeerFinder {
  readonly #logger: Logger;
  readonly #finders: readonly PeerFinder[];

  constructor({ logger }: { logger: Logger }, finders: readonly PeerFinder[]) {
    this.#logger = logger;
    this.#finders = finders;
  }

  async *find(cid: CID, { signal }: { signal: AbortSignal }): AsyncGenerator<FoundPeer, void> {
    using scope = abortScope(signal);
    const found = new Channel<FoundPeer>();
    const searches = this.#finders.map(async (finder) => {
      try {
        for await (const peer of finder.find(cid, { signal: scope.signal })) found.push(peer);
      } catch (error) {
        if (!isAborted(error)) this.#logger.warn('Peers cannot be looked for', { cid, error });
      }
    });
    const all = Promise.all(searches).then(() => found.close());
    const known = new Map<string, FoundPeer>();
    try {
      for await (const peer of found) {
        const merged = merge(known.get(peer.peerId), peer);
        if (!merged) continue;
        known.set(peer.peerId, merged);
        yield merged;
      }
    } finally {
      scope.abort();
      await all;
    }
    if (signal.aborted) throw abortError(signal);
  }

  async provide(cid: CID, { signal }: { signal: AbortSignal }): Promise<void> {
    await Promise.all(this.#finders.map((finder) => finder.provide(cid, { signal })));
  }
}

/** The peer with the addresses of both; undefined when that is what is known. */
function merge(known: FoundPeer | undefined, peer: FoundPeer): FoundPeer | undefined {
  if (!known) return peer;
  const addresses = [...new Set([...known.addresses, ...peer.addresses])];
  return addresses.length > known.addresses.length ? { ...peer, addresses } : undefined;
}
