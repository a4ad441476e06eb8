import { isAborted, throwIfAborted } from '../lib/abort.ts';
import { sleep } from '../lib/retry.ts';
import type { Leaf } from './blocknetwork.ts';
import { NetworkError } from './errors.ts';
import { LeafQueue } from './leafqueue.ts';
import { BATCH, MAX_QUESTIONS, type Peer } from './peer.ts';
import type { PeerSession } from './peersession.ts';
import { verifiedLeaf, type DatasetRef } from './verify.ts';
import { WantPool } from './wantpool.ts';

export interface LeafDownloadParts {
  readonly peers: readonly Peer[];
  /** Told of every failure of a peer; bans it if it lied. */
  readonly judge: (peer: Peer, error: unknown) => void;
  /** Wait before a lost peer is dialled again; doubled each time. */
  readonly redialMs: number;
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
    const { peers } = this.#parts;
    const reached = await Promise.all(peers.map((peer) => this.#fetchFrom(peer, signal)));
    throwIfAborted(signal);
    if (this.#pool.isEmpty) return;
    if (!reached.includes(true)) throw new NetworkError('NO_PEERS', { known: peers.length });
    throw new NetworkError('BLOCKS_NOT_FOUND', { treeCid: this.#dataset.treeCid, ...this.#pool.missing });
  }

  /** One peer's part, over several links if it must be. Answers whether the peer was reached at all. */
  async #fetchFrom(peer: Peer, signal: AbortSignal): Promise<boolean> {
    const { judge, redialMs } = this.#parts;
    let wasReached = false;
    let failures = 0;
    const onDelivered = () => (failures = 0);
    while (failures < MAX_FAILURES && !peer.isBanned && !signal.aborted) {
      try {
        const session = await peer.session({ signal });
        wasReached = true;
        await this.#askAlong(peer, session, onDelivered, signal);
        break;
      } catch (error) {
        if (isAborted(error)) break;
        failures++;
        judge(peer, error);
        // An abort while waiting is seen by the loop.
        if (!peer.isBanned) await sleep(redialMs * 2 ** failures, signal).catch(() => {});
      }
    }
    return wasReached;
  }

  /** Keeps as many questions open as a peer may have; ends when there are none left for it, or with the first error. */
  async #askAlong(
    peer: Peer,
    session: PeerSession,
    onDelivered: () => void,
    signal: AbortSignal,
  ): Promise<void> {
    const lanes = Array.from({ length: MAX_QUESTIONS }, () => this.#lane(peer, session, onDelivered, signal));
    const failed = (await Promise.allSettled(lanes)).find((lane) => lane.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** Asks the peer for one batch after the other. */
  async #lane(peer: Peer, session: PeerSession, onDelivered: () => void, signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.queue.room({ signal });
      const batch = await this.#pool.take(peer, BATCH, { signal });
      if (batch.length === 0) return;
      const open = new Set(batch);
      const onLeaf = (leaf: Leaf) => {
        open.delete(leaf.index);
        this.queue.add(leaf);
        this.#pool.delivered();
        onDelivered();
      };
      let lacking: number[] = [];
      try {
        lacking = await peer.questions.run(() => this.#ask(session, batch, onLeaf, signal), { signal });
      } finally {
        for (const index of lacking) open.delete(index);
        this.#pool.giveBack(lacking, peer, { lacks: true });
        this.#pool.giveBack(open, peer, { lacks: false });
      }
    }
  }

  /** Answers which leaves the peer lacks. @throws NetworkError FALSE_BLOCK, FALSE_PROOF, and as `PeerSession.ask` */
  async #ask(
    session: PeerSession,
    batch: readonly number[],
    onLeaf: (leaf: Leaf) => void,
    signal: AbortSignal,
  ): Promise<number[]> {
    const addresses = batch.map((index) => ({ treeCid: this.#dataset.treeCid, index }));
    const lacking = await session.ask(addresses, {
      signal,
      onDelivery: (delivery) => onLeaf(verifiedLeaf(delivery, this.#dataset)),
    });
    return lacking.flatMap((address) => ('index' in address ? [address.index] : []));
  }
}

/** Verified blocks that wait for the reader before we stop asking: 4 MiB. */
const MAX_QUEUED = 64;
/** Failures in a row after which a download goes on without the peer. */
const MAX_FAILURES = 4;
