import { abortScope, isAborted, type AbortScope } from '../lib/abort.ts';
import { RateLimit } from '../lib/ratelimit.ts';
import type { Tasks } from '../lib/tasks.ts';
import { BLOCK_SIZE, type BlockSource } from './blocknetwork.ts';
import { blockCid, sha256 } from './cids.ts';
import {
  addressKey,
  encodeMessage,
  type BlockAddress,
  type Delivery,
  type Presence,
  type Want,
} from './messages.ts';
import { encodeProof } from './merkle.ts';
import type { PeerLink } from './peerlink.ts';
import { SEND_TIMEOUT_MS, sendWithin } from './sending.ts';

export interface BlockServerOptions {
  /** For all peers together; without it as fast as they take it. */
  readonly uploadBytesPerSecond?: number;
  /** Wants remembered of one peer; what it asks for beyond is dropped. */
  readonly maxWantsPerPeer?: number;
  /** A peer that does not take a message for so long is cut off. */
  readonly sendTimeoutMs?: number;
}

/**
 * Answers what peers ask for from our sources, in the order asked: per peer one message at a time, of 20 blocks at most,
 * and fewer when many ask at once, so that all messages on their way together hold 160 blocks. Source: data-plane.md §8.1.
 */
export class BlockServer {
  readonly #tasks: Tasks;
  readonly #signal: AbortSignal;
  readonly #maxWants: number;
  readonly #sendTimeoutMs: number;
  readonly #upload: RateLimit | undefined;
  readonly #sources = new Set<BlockSource>();
  readonly #asking = new Map<PeerLink, Asking>();

  constructor({ tasks, signal }: { tasks: Tasks; signal: AbortSignal }, options: BlockServerOptions) {
    const { uploadBytesPerSecond, maxWantsPerPeer = MAX_WANTS, sendTimeoutMs = SEND_TIMEOUT_MS } = options;
    this.#tasks = tasks;
    this.#signal = signal;
    this.#maxWants = maxWantsPerPeer;
    this.#sendTimeoutMs = sendTimeoutMs;
    this.#upload = uploadBytesPerSecond === undefined ? undefined : new RateLimit(uploadBytesPerSecond);
  }

  /** Returns how to take the source back. */
  add(source: BlockSource): () => void {
    this.#sources.add(source);
    return () => void this.#sources.delete(source);
  }

  onWants(link: PeerLink, wants: readonly Want[]): void {
    const known = this.#asking.get(link);
    const wantsByKey = known?.wantsByKey ?? new Map<string, Want>();
    for (const want of wants) this.#note(wantsByKey, want);
    if (known || wantsByKey.size === 0) return;
    const asking = { link, wantsByKey, scope: abortScope(this.#signal) };
    this.#asking.set(link, asking);
    this.#tasks.track('serve blocks', this.#answerAll(asking));
  }

  forget(link: PeerLink): void {
    this.#asking.get(link)?.scope.abort();
  }

  /** A question whether we have a block does not take the place of a want of it. */
  #note(wantsByKey: Map<string, Want>, want: Want): void {
    const key = addressKey(want.address);
    const haveKey = `${key}?`;
    if (want.cancel) {
      wantsByKey.delete(key);
      wantsByKey.delete(haveKey);
    } else if (wantsByKey.size < this.#maxWants) wantsByKey.set(want.type === 'have' ? haveKey : key, want);
  }

  async #answerAll({ link, wantsByKey, scope }: Asking): Promise<void> {
    const { signal } = scope;
    try {
      while (wantsByKey.size > 0 && !signal.aborted) {
        const batch = [...takeFirst(wantsByKey, this.#batchSize())];
        const answers = await Promise.all(batch.map((want) => this.#answer(want)));
        const deliveries = answers.flatMap(({ delivery }) => delivery ?? []);
        const presences = answers.flatMap(({ presence }) => presence ?? []);
        const bytes = deliveries.reduce((sum, { data }) => sum + data.length, 0);
        if (bytes > 0) await this.#upload?.take(bytes, { signal });
        if (deliveries.length + presences.length === 0) continue;
        await sendWithin(this.#sendTimeoutMs, link, encodeMessage({ deliveries, presences }));
      }
    } catch (error) {
      if (!isAborted(error)) link.close(error instanceof Error ? error : undefined);
    } finally {
      scope[Symbol.dispose]();
      this.#asking.delete(link);
    }
  }

  async #answer({ address, type, sendDontHave }: Want): Promise<Answer> {
    const found = type === 'have' ? await this.#has(address) : await this.#find(address);
    if (!found) return sendDontHave ? { presence: { address, has: false } } : {};
    return found === true ? { presence: { address, has: true } } : { delivery: found };
  }

  async #has(address: BlockAddress): Promise<boolean> {
    for (const source of this.#sources) {
      const has = source.has ? await source.has(address) : await deliveryFrom(source, address);
      if (has) return true;
    }
    return false;
  }

  async #find(address: BlockAddress): Promise<Delivery | undefined> {
    for (const source of this.#sources) {
      const delivery = await deliveryFrom(source, address);
      if (delivery) return delivery;
    }
    return undefined;
  }

  #batchSize(): number {
    const fair = MAX_BLOCKS_ON_THEIR_WAY / this.#asking.size;
    const steady = (this.#upload?.amountIn(LIMITED_MESSAGE_MS) ?? Infinity) / BLOCK_SIZE;
    return Math.max(1, Math.floor(Math.min(MAX_BLOCKS_PER_MESSAGE, fair, steady)));
  }
}

interface Asking {
  readonly link: PeerLink;
  readonly wantsByKey: Map<string, Want>;
  /** Ends with the link. */
  readonly scope: AbortScope;
}

interface Answer {
  readonly delivery?: Delivery;
  readonly presence?: Presence;
}

const MAX_WANTS = 4096;
const MAX_BLOCKS_PER_MESSAGE = 20;
/** 10 MiB, that memory stays bounded when nobody takes anything. */
const MAX_BLOCKS_ON_THEIR_WAY = 160;
/** Under a limit a message holds as much as goes out in this time, so that it flows rather than bursts. */
const LIMITED_MESSAGE_MS = 250;

async function deliveryFrom(source: BlockSource, address: BlockAddress): Promise<Delivery | undefined> {
  if ('cid' in address) {
    const data = await source.block(address.cid);
    return data && { cid: address.cid, data, address };
  }
  const leaf = await source.leaf(address.treeCid, address.index);
  return (
    leaf && {
      cid: blockCid(sha256(leaf.data)),
      data: leaf.data,
      address,
      proof: encodeProof(leaf.proof),
    }
  );
}

function* takeFirst(wantsByKey: Map<string, Want>, count: number): Generator<Want> {
  let taken = 0;
  for (const [key, want] of wantsByKey) {
    if (taken++ === count) return;
    wantsByKey.delete(key);
    yield want;
  }
}
