import { isEngineError } from '../errors.ts';
import { abortScope, isAborted, throwIfAborted } from '../lib/abort.ts';
import type { RateLimit } from '../lib/ratelimit.ts';
import { sleep } from '../lib/retry.ts';
import { BLOCK_SIZE, type Leaf, type LeavesOptions } from './blocknetwork.ts';
import { NetworkError } from './errors.ts';
import { LeafQueue } from './leafqueue.ts';
import type { BlockAddress, Delivery } from './messages.ts';
import { BATCH, MAX_QUESTIONS, type Peer } from './peer.ts';
import { peerAddressText } from './peeraddress.ts';
import type { PeerSession } from './peersession.ts';
import { isLie, verifiedLeaf, type DatasetRef } from './verify.ts';
import { WantPool } from './wantpool.ts';

export interface LeafDownloadParts {
  readonly peers: readonly Peer[];
  /** Looks for more of them, some of which may be among those already; ends when there are no more. */
  readonly find: (options: { signal: AbortSignal }) => AsyncIterable<Peer>;
  /** Told of every failure of a peer; bans it if it lied. */
  readonly judge: (peer: Peer, error: unknown) => void;
  readonly onPeer?: LeavesOptions['onPeer'];
  /** Wait before a lost peer is dialled again; doubled each time. */
  readonly redialMs: number;
  /** Of what is asked for, in bytes; shared with other downloads. */
  readonly limit: RateLimit | undefined;
}

/** One caller's wanted leaves, fetched from all peers at once, verified, and put into `queue`. */
export class LeafDownload {
  readonly queue = new LeafQueue<Leaf>(MAX_QUEUED);
  readonly #dataset: DatasetRef;
  readonly #pool: WantPool<Peer>;
  readonly #parts: LeafDownloadParts;

  constructor(dataset: DatasetRef, wanted: Iterable<number>, parts: LeafDownloadParts) {
    this.#dataset = dataset;
    this.#pool = new WantPool(wanted);
    this.#parts = parts;
  }

  /** Never rejects: how it ended is for the reader of the queue to hear. */
  async run({ signal }: { signal: AbortSignal }): Promise<void> {
    try {
      await this.#fetch(signal);
      this.queue.end();
    } catch (error) {
      this.queue.end({ error });
    }
  }

  /** Resolves when every wanted leaf is in the queue. @throws NetworkError NO_PEERS, BLOCKS_NOT_FOUND */
  async #fetch(signal: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    if (this.#pool.isEmpty) return;
    const reached = await this.#fetchFromAll(signal);
    throwIfAborted(signal);
    if (this.#pool.isEmpty) return;
    if (!reached.includes(true)) throw new NetworkError('NO_PEERS', { known: reached.length });
    throw new NetworkError('BLOCKS_NOT_FOUND', { treeCid: this.#dataset.treeCid, ...this.#pool.missing });
  }

  /**
   * For each peer whether it was reached; those that are found meanwhile join in, also one that failed before and is found
   * again. Waits for nobody once all is there.
   */
  async #fetchFromAll(signal: AbortSignal): Promise<boolean[]> {
    using enough = abortScope(signal);
    const parts = new Map<Peer, Promise<void>>();
    const reached = new Map<Peer, boolean>();
    const begin = (peer: Peer) => {
      if (parts.has(peer)) return;
      const part = this.#fetchFrom(peer, enough.signal).then(({ wasReached, mayRecover }) => {
        reached.set(peer, wasReached || reached.get(peer) === true);
        if (mayRecover) parts.delete(peer);
        if (this.#pool.isDone) enough.abort();
      });
      parts.set(peer, part);
    };
    for (const peer of this.#parts.peers) begin(peer);
    try {
      for await (const peer of this.#parts.find({ signal: enough.signal })) begin(peer);
    } catch (error) {
      if (!isAborted(error)) {
        enough.abort();
        throw error;
      }
    } finally {
      await Promise.all(parts.values());
    }
    return [...reached.values()];
  }

  /** One peer's part, over several links if it must be. */
  async #fetchFrom(peer: Peer, signal: AbortSignal): Promise<PartEnd> {
    const { judge, redialMs } = this.#parts;
    let wasReached = false;
    let failures = 0;
    const onDelivered = () => (failures = 0);
    const trust: Trust = { found: 0 };
    while (failures < MAX_FAILURES && !peer.isBanned && !signal.aborted) {
      try {
        const session = await peer.session({ signal });
        wasReached = true;
        await this.#askAlong({ peer, session, trust, onDelivered, signal });
        return { wasReached, mayRecover: false };
      } catch (error) {
        if (isAborted(error)) break;
        failures++;
        judge(peer, error);
        this.#tell(peer, error);
        if (isHopeless(error)) return { wasReached, mayRecover: false };
        // An abort while waiting is seen by the loop.
        if (failures < MAX_FAILURES && !peer.isBanned)
          await sleep(redialMs * 2 ** failures, signal).catch(() => {});
      }
    }
    return { wasReached, mayRecover: !peer.isBanned };
  }

  #tell({ address, isBanned }: Peer, error: unknown): void {
    const code = isEngineError(error) ? error.code : 'LINK_CLOSED';
    this.#parts.onPeer?.({ peer: peerAddressText(address), code, isDropped: isBanned });
  }

  /** Keeps as many questions open as a peer may have; ends when there are none left for it, or with the first error. */
  async #askAlong(talk: Talk): Promise<void> {
    const lanes = Array.from({ length: MAX_QUESTIONS }, () => this.#lane(talk));
    const failed = (await Promise.allSettled(lanes)).find((lane) => lane.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** Asks the peer for one batch after the other. */
  async #lane(talk: Talk): Promise<void> {
    const { peer, onDelivered, signal } = talk;
    for (;;) {
      await this.queue.room({ signal });
      const batch = await this.#pool.take(peer, BATCH, { signal });
      if (batch.length === 0) return;
      const open = new Set(batch);
      const settle = {
        onLeaf: (leaf: Leaf) => {
          open.delete(leaf.index);
          this.queue.add(leaf);
          this.#pool.delivered();
          onDelivered();
          this.#parts.onPeer?.({ peer: peerAddressText(peer.address), bytes: leaf.data.length });
        },
        onLacking: (indices: readonly number[]) => {
          for (const index of indices) open.delete(index);
          this.#pool.giveBack(indices, peer, { lacks: true });
        },
      };
      let isSilent = true;
      try {
        ({ isSilent } = await this.#ask(batch, talk, settle));
      } finally {
        this.#pool.giveBack(open, peer, { lacks: false });
      }
      // The others choose first.
      if (isSilent) await sleep(this.#parts.redialMs, signal);
    }
  }

  /**
   * A peer of which we do not know what it has is asked that first: the live network's nodes do not answer to a want of
   * what they lack. One that had all of a sample is asked for blocks at once, until it lacks one. The limit is waited for
   * before it is the peer's turn: other downloads may ask it meanwhile.
   * @throws NetworkError as `verifiedLeaf` and `PeerSession.ask`
   */
  async #ask(
    batch: readonly number[],
    { peer, session, trust, signal }: Talk,
    settle: Settle,
  ): Promise<{ isSilent: boolean }> {
    const { treeCid } = this.#dataset;
    const onLacking = (lacking: readonly BlockAddress[]) => {
      if (lacking.length > 0) trust.found = -Infinity;
      settle.onLacking(indicesOf(lacking));
    };
    let wanted = batch.map((index) => ({ treeCid, index }));
    if (trust.found < SAMPLE) {
      const asked = wanted;
      const { lacking, unanswered } = await peer.questions.run(() => session.askWhich(asked, { signal }), {
        signal,
      });
      onLacking(lacking);
      if (unanswered.length > 0) return { isSilent: true };
      const lacks = new Set(indicesOf(lacking));
      wanted = wanted.filter(({ index }) => !lacks.has(index));
      trust.found += batch.length;
    }
    if (wanted.length === 0) return { isSilent: false };
    await this.#parts.limit?.take(wanted.length * BLOCK_SIZE, { signal });
    let unfit: { readonly error: unknown } | undefined;
    const onDelivery = (delivery: Delivery) => {
      try {
        settle.onLeaf(verifiedLeaf(delivery, this.#dataset));
      } catch (error) {
        // Only a lie may cut the link: other downloads go over it, too.
        if (isLie(error)) throw error;
        unfit ??= { error };
      }
    };
    const { lacking, unanswered } = await peer.questions.run(
      () => session.ask(wanted, { signal, onDelivery }),
      { signal },
    );
    onLacking(lacking);
    if (unfit) throw (unfit as { readonly error: unknown }).error;
    return { isSilent: unanswered.length > 0 };
  }
}

const indicesOf = (addresses: readonly BlockAddress[]): number[] =>
  addresses.flatMap((address) => ('index' in address ? [address.index] : []));

/** One download's business with one peer, over one link. */
interface Talk {
  readonly peer: Peer;
  readonly session: PeerSession;
  readonly trust: Trust;
  readonly onDelivered: () => void;
  readonly signal: AbortSignal;
}

interface PartEnd {
  /** Whether there was a link to the peer at all. */
  readonly wasReached: boolean;
  /** It failed, and may do better when it is found again. */
  readonly mayRecover: boolean;
}

interface Trust {
  /** Leaves that we asked about and the peer had, every one; far below 0 once it lacked one. */
  found: number;
}

interface Settle {
  readonly onLeaf: (leaf: Leaf) => void;
  readonly onLacking: (indices: readonly number[]) => void;
}

/** What dialling the same address again will not change. */
export const isHopeless = (error: unknown): boolean => HOPELESS.some((code) => isEngineError(error, code));

const HOPELESS = [
  'WRONG_PEER',
  'PEER_INCOMPATIBLE',
  'LEAF_COUNT_MISMATCH',
  'BLOCK_SIZE_UNSUPPORTED',
] as const;

/** Leaves that a peer must have before it is believed to have them all. */
const SAMPLE = 64;
/** Verified blocks that wait for the reader before we stop asking: 4 MiB. */
const MAX_QUEUED = 64;
/** Failures in a row after which a download goes on without the peer. */
const MAX_FAILURES = 4;
