import { sleep } from '../lib/retry.ts';
import type { Tasks } from '../lib/tasks.ts';
import type { BlockSource } from './blocknetwork.ts';
import { blockCid, sha256 } from './cids.ts';
import { addressKey, encodeMessage, type BlockAddress, type Delivery, type Want } from './messages.ts';
import { encodeProof } from './merkle.ts';
import type { PeerLink } from './peerlink.ts';

export interface BlockServerOptions {
  /** For all peers together; without it as fast as they take it. */
  readonly uploadBytesPerSecond?: number;
  /** Wants remembered of one peer; what it asks for beyond is dropped. */
  readonly maxWantsPerPeer?: number;
}

/** Answers what peers ask for from our sources: per peer one block at a time, in the order asked. */
export class BlockServer {
  readonly #tasks: Tasks;
  readonly #signal: AbortSignal;
  readonly #options: BlockServerOptions;
  readonly #sources = new Set<BlockSource>();
  readonly #wantsByLink = new Map<PeerLink, Map<string, Want>>();
  #freeAtMs = 0;

  constructor({ tasks, signal }: { tasks: Tasks; signal: AbortSignal }, options: BlockServerOptions) {
    this.#tasks = tasks;
    this.#signal = signal;
    this.#options = options;
  }

  /** Returns how to take the source back. */
  add(source: BlockSource): () => void {
    this.#sources.add(source);
    return () => void this.#sources.delete(source);
  }

  onWants(link: PeerLink, wants: readonly Want[]): void {
    const known = this.#wantsByLink.get(link);
    const queue = known ?? new Map<string, Want>();
    for (const want of wants) {
      const key = addressKey(want.address);
      if (want.cancel) queue.delete(key);
      else if (queue.size < (this.#options.maxWantsPerPeer ?? MAX_WANTS)) queue.set(key, want);
    }
    if (known || queue.size === 0) return;
    this.#wantsByLink.set(link, queue);
    this.#tasks.track('serve blocks', this.#answerAll(link, queue));
  }

  forget(link: PeerLink): void {
    this.#wantsByLink.get(link)?.clear();
  }

  async #answerAll(link: PeerLink, queue: Map<string, Want>): Promise<void> {
    try {
      for (let entry = first(queue); entry && !this.#signal.aborted; entry = first(queue)) {
        queue.delete(entry[0]);
        await this.#answer(link, entry[1]);
      }
    } catch (error) {
      link.close(error instanceof Error ? error : undefined);
    } finally {
      this.#wantsByLink.delete(link);
    }
  }

  async #answer(link: PeerLink, { address, type, sendDontHave }: Want): Promise<void> {
    const delivery = await this.#find(address);
    if (!delivery) {
      if (sendDontHave) await link.send(encodeMessage({ presences: [{ address, has: false }] }));
    } else if (type === 'have') {
      await link.send(encodeMessage({ presences: [{ address, has: true }] }));
    } else {
      await this.#waitForBudget(delivery.data.length);
      await link.send(encodeMessage({ deliveries: [delivery] }));
    }
  }

  async #find(address: BlockAddress): Promise<Delivery | undefined> {
    for (const source of this.#sources) {
      if ('cid' in address) {
        const data = await source.block(address.cid);
        if (data) return { cid: address.cid, data, address };
      } else {
        const leaf = await source.leaf(address.treeCid, address.index);
        if (leaf)
          return {
            cid: blockCid(sha256(leaf.data)),
            data: leaf.data,
            address,
            proof: encodeProof(leaf.proof),
          };
      }
    }
    return undefined;
  }

  /** Each block books the time it takes, behind those before it. */
  async #waitForBudget(bytes: number): Promise<void> {
    const { uploadBytesPerSecond } = this.#options;
    if (uploadBytesPerSecond === undefined) return;
    const now = performance.now();
    this.#freeAtMs = Math.max(now, this.#freeAtMs) + (bytes * 1000) / uploadBytesPerSecond;
    await sleep(this.#freeAtMs - now, this.#signal);
  }
}

const MAX_WANTS = 4096;

const first = (queue: Map<string, Want>): [string, Want] | undefined => queue.entries().next().value;
