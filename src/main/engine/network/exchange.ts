import type { CID } from 'multiformats/cid';
import { isEngineError } from '../errors.ts';
import { abortError, abortScope, isAborted, throwIfAborted } from '../lib/abort.ts';
import { RateLimit } from '../lib/ratelimit.ts';
import { Tasks } from '../lib/tasks.ts';
import type { Logger } from '../logger.ts';
import type { BlockNetwork, BlockSource, Leaf, LeavesOptions } from './blocknetwork.ts';
import { BlockServer, type BlockServerOptions } from './blockserver.ts';
import { codecs, digestOf } from './cids.ts';
import { deferred } from './deferred.ts';
import { NetworkError } from './errors.ts';
import type { Delivery } from './messages.ts';
import { isHopeless, LeafDownload } from './leafdownload.ts';
import { KnownPeers } from './knownpeers.ts';
import type { Peer } from './peer.ts';
import type { PeerAddress } from './peeraddress.ts';
import type { PeerFinder } from './peerfinder.ts';
import type { PeerLink, Transport } from './peerlink.ts';
import { PeerSession, type PatienceOptions } from './peersession.ts';
import { SEND_TIMEOUT_MS } from './sending.ts';
import { isLie, verifiedBlock, type DatasetRef } from './verify.ts';

export interface ExchangeOptions extends BlockServerOptions {
  readonly peers?: readonly PeerAddress[];
  readonly dialTimeoutMs?: number;
  /** For all downloads together; without it as fast as peers send. */
  readonly downloadBytesPerSecond?: number;
  /** A peer that was asked and has answered nothing for so long is asked again; and after the same time somebody else is. */
  readonly repeatMs?: number;
  /** A peer that was asked and has delivered nothing for so long is given up. */
  readonly quietTimeoutMs?: number;
  /** Wait before a lost peer is dialled again; doubled each time. */
  readonly redialMs?: number;
  /** Wait before peers are looked for again; who has a new content is known to others only after a while. */
  readonly searchAgainMs?: number;
}

export interface ExchangeModules {
  readonly transport: Transport;
  readonly logger: Logger;
  /** Asked for more peers than those that are told in the options. */
  readonly finder?: PeerFinder;
  /** Told of each link that others opened. */
  readonly onInbound?: (link: PeerLink) => void;
}

/**
 * Fetches from several peers at once and serves others, over whatever links `transport` makes. A leaf is verified before
 * anybody sees it; a peer that sends a false one is never asked again. At most 32 blocks are in flight per peer over all
 * downloads, and a reader that falls behind stops the asking. Source: data-plane.md §8.1.
 */
export class Exchange implements BlockNetwork {
  readonly #logger: Logger;
  readonly #transport: Transport;
  readonly #options: PatienceOptions & Required<Pick<ExchangeOptions, 'dialTimeoutMs' | 'redialMs'>>;
  readonly #downloadLimit: RateLimit | undefined;
  readonly #peers: KnownPeers;
  readonly #onInbound: (link: PeerLink) => void;
  readonly #server: BlockServer;
  readonly #tasks: Tasks;
  /** A transport may answer a dial with a link that stands already. */
  readonly #sessions = new WeakMap<PeerLink, PeerSession>();
  readonly #root = abortScope();

  constructor(
    { transport, logger, finder, onInbound = () => {} }: ExchangeModules,
    options: ExchangeOptions = {},
  ) {
    const { peers = [], downloadBytesPerSecond, dialTimeoutMs = 5_000, redialMs = 250 } = options;
    const { searchAgainMs = 5_000 } = options;
    const { repeatMs = 10_000, quietTimeoutMs = 60_000, sendTimeoutMs = SEND_TIMEOUT_MS } = options;
    this.#logger = logger;
    this.#transport = transport;
    this.#options = { dialTimeoutMs, redialMs, repeatMs, quietTimeoutMs, sendTimeoutMs };
    this.#downloadLimit =
      downloadBytesPerSecond === undefined ? undefined : new RateLimit(downloadBytesPerSecond);
    this.#tasks = new Tasks((error, task) => this.#logger.debug('Link task failed', { task, error }));
    this.#server = new BlockServer({ tasks: this.#tasks, signal: this.#root.signal }, options);
    this.#onInbound = onInbound;
    const dial = (address: PeerAddress) => this.#dial(address);
    this.#peers = new KnownPeers({ dial, finder }, { told: peers, searchAgainMs });
  }

  async start(): Promise<void> {
    throwIfAborted(this.#root.signal);
    await this.#transport.start((link) => {
      this.#onInbound(link);
      this.#adopt(link);
    });
  }

  /** Downloads that run reject with an abort error. */
  async stop(): Promise<void> {
    this.#root.abort();
    await this.#transport.stop();
    await this.#tasks.settle();
  }

  /** Returns how to take the source back. */
  serve(source: BlockSource): () => void {
    return this.#server.add(source);
  }

  async manifest(cid: CID, { signal }: { signal: AbortSignal }): Promise<Uint8Array> {
    digestOf(cid, codecs.manifest);
    using scope = abortScope(signal, this.#root.signal);
    const { first, asking } = this.#askAll(cid, scope.signal);
    try {
      return await Promise.race([first, asking]);
    } catch (error) {
      throw scope.signal.aborted ? abortError(scope.signal) : error;
    } finally {
      scope.abort();
      await asking.catch(() => {});
    }
  }

  async *leaves(
    dataset: DatasetRef,
    wanted: Iterable<number>,
    { signal, onPeer }: LeavesOptions,
  ): AsyncGenerator<Leaf, void> {
    digestOf(dataset.treeCid, codecs.datasetRoot);
    using scope = abortScope(signal, this.#root.signal);
    const download = new LeafDownload(dataset, wanted, {
      peers: this.#peers.forTree(dataset.treeCid),
      find: (options) => this.#peers.find(dataset.treeCid, options),
      judge: (peer, error) => this.#judge(peer, error),
      onPeer,
      redialMs: this.#options.redialMs,
      limit: this.#downloadLimit,
    });
    const running = download.run({ signal: scope.signal });
    try {
      yield* download.queue;
    } finally {
      scope.abort();
      await running;
    }
  }

  /** `first` is the first true answer, good or not; `asking` rejects when there is none from anybody. */
  #askAll(cid: CID, signal: AbortSignal): { first: Promise<Uint8Array>; asking: Promise<never> } {
    const first = deferred<Uint8Array>();
    const answers = new Map<Peer, Promise<void>>();
    /** Each one's last. */
    const failures = new Map<Peer, unknown>();
    const asked = new Set<Peer>();
    const ask = (peer: Peer) => {
      if (answers.has(peer)) return;
      asked.add(peer);
      const answer = this.#askForBlock(peer, cid, signal).then(
        (block) => {
          this.#peers.noteManifest(block, [...asked]);
          first.resolve(block);
        },
        (error: unknown) => {
          failures.set(peer, error);
          // It is asked once more when it is found again.
          if (!peer.isBanned && !isHopeless(error)) answers.delete(peer);
          // So it is wherever it is asked for.
          if (isEngineError(error, 'MANIFEST_MALFORMED')) first.reject(error);
        },
      );
      answers.set(peer, answer);
    };
    for (const peer of this.#peers.told()) ask(peer);
    const asking = (async (): Promise<never> => {
      try {
        for await (const peer of this.#peers.find(cid, { signal })) ask(peer);
      } finally {
        await Promise.all(answers.values());
      }
      const cause = new AggregateError(failures.values(), 'No peer has it');
      throw new NetworkError('MANIFEST_NOT_FOUND', { cid, peersAsked: asked.size }, { cause });
    })();
    return { first: first.promise, asking };
  }

  async #askForBlock(peer: Peer, cid: CID, signal: AbortSignal): Promise<Uint8Array> {
    let block: Uint8Array | undefined;
    let unfit: Error | undefined;
    const onDelivery = (delivery: Delivery) => {
      try {
        block = verifiedBlock(delivery, cid);
      } catch (error) {
        // Only a lie may cut the link.
        if (isLie(error) || !isEngineError(error)) throw error;
        unfit = error;
      }
    };
    try {
      const session = await peer.session({ signal });
      await session.ask([{ cid }], { signal, onDelivery });
      if (unfit) throw unfit as Error;
    } catch (error) {
      if (!isAborted(error)) this.#judge(peer, error);
      throw error;
    }
    if (!block) throw new NetworkError('MANIFEST_NOT_FOUND', { cid, peer: peer.address });
    return block;
  }

  /** An error on a peer's side may pass. A false block is a lie, and one is enough. */
  #judge(peer: Peer, error: unknown): void {
    if (isLie(error) && !peer.isBanned) {
      peer.ban();
      this.#logger.warn('Peer sent a false block and is not asked again', { peer: peer.address, error });
    } else {
      this.#logger.debug('Peer failed', { peer: peer.address, error });
    }
  }

  async #dial(address: PeerAddress): Promise<PeerSession> {
    using scope = abortScope(this.#root.signal);
    const timer = setTimeout(() => scope.abort(), this.#options.dialTimeoutMs);
    const dialling = this.#transport.dial(address, { signal: scope.signal });
    this.#tasks.track('dial', dialling);
    try {
      return this.#adopt(await dialling);
    } catch (error) {
      if (!isAborted(error) || this.#root.signal.aborted) throw error;
      throw new NetworkError('PEER_TIMEOUT', { peer: address, afterMs: this.#options.dialTimeoutMs });
    } finally {
      clearTimeout(timer);
    }
  }

  #adopt(link: PeerLink): PeerSession {
    const known = this.#sessions.get(link);
    if (known) return known;
    const session = new PeerSession(link, this.#server, this.#options);
    this.#sessions.set(link, session);
    this.#tasks.track('link', session.closed);
    return session;
  }
}
