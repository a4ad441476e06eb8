import { afterMs, type After } from '../../../shared/after.ts';
import { leafIndexAt, positionOfLeaf, type SlotPlaces } from '../contracts/slotplaces.ts';
import { abortScope, throwIfAborted } from '../lib/abort.ts';
import { BLOCK_SIZE, type BlockNetwork, type PeerNews } from '../network/blocknetwork.ts';
import { digestOfLeaf, type BlockDigester } from '../proofs/blockdigester.ts';
import type { SlotPlan } from '../network/slotplan.ts';
import type { PlacedBlock } from '../stores/slotblocks.ts';
import type { StoredSlot } from '../stores/storedslot.ts';
import { PeerShares } from './peershares.ts';
import type { Progress, StoreOptions } from './slothost.ts';

export interface DownloadOptions {
  /** Bytes of a batch, … */
  readonly flushBytes?: number;
  /** … which is written earlier, at the next block, when it was begun so long ago. */
  readonly flushMs?: number;
  /** Wall time in ms. */
  readonly now?: () => number;
  readonly after?: After;
}

/**
 * Fetches what an open slot lacks, in batches: each is charged, then written and made durable, before the next. While the
 * blocks of a batch come in they are hashed for proofs, where the plan knows what that should make.
 */
export class SlotDownload {
  readonly #slot: StoredSlot;
  readonly #network: BlockNetwork;
  readonly #digester: BlockDigester;
  readonly #options: Required<DownloadOptions>;
  readonly #peers = new PeerShares();

  constructor(
    { slot, network, digester }: { slot: StoredSlot; network: BlockNetwork; digester: BlockDigester },
    {
      flushBytes = 2 ** 20,
      flushMs = 2_000,
      now = () => performance.now(),
      after = afterMs,
    }: DownloadOptions,
  ) {
    this.#slot = slot;
    this.#network = network;
    this.#digester = digester;
    this.#options = { flushBytes, flushMs, now, after };
  }

  /**
   * Resolves when all blocks are durable, also those that were struck out meanwhile. A batch that is charged is written
   * even when the download is called off, so that books and disk agree; what is not charged yet is dropped and fetched
   * again, at most `flushBytes`.
   */
  async run(plan: SlotPlan, options: StoreOptions): Promise<void> {
    options.onProgress?.(this.#progress());
    const stopTelling = this.#tellEachSecond(options.onProgress);
    try {
      while (!this.#slot.isComplete) {
        throwIfAborted(options.signal);
        await this.#pass(plan, options);
      }
    } finally {
      stopTelling();
    }
  }

  #tellEachSecond(onProgress: StoreOptions['onProgress']): () => void {
    const tell = () => {
      cancel = this.#options.after(TELL_MS, tell);
      onProgress?.(this.#progress());
    };
    let cancel = this.#options.after(TELL_MS, tell);
    return () => cancel();
  }

  async #pass(
    { treeCid, leafCount, slotRoot }: SlotPlan,
    { charge, onProgress, signal }: StoreOptions,
  ): Promise<void> {
    // What is hashed for a batch that is not written any more is hashed for nobody.
    using hashing = abortScope(signal);
    const { flushBytes, flushMs, now } = this.#options;
    const { layout } = this.#slot;
    const wanted = indicesAt(layout, this.#slot.missing());
    let batch: HashedBlock[] = [];
    let begunAtMs = now();
    const flush = async () => {
      const blocks = await Promise.all(batch.map(hashed));
      await charge(BigInt(blocks.length * BLOCK_SIZE));
      await this.#slot.write(blocks);
      batch = [];
      begunAtMs = now();
      onProgress?.(this.#progress());
    };

    const onPeer = (news: PeerNews) => this.#peers.note(news);
    const leaves = this.#network.leaves({ treeCid, leafCount }, wanted, { signal, onPeer });
    for await (const { index, ...leaf } of leaves) {
      const position = positionOfLeaf(layout, index);
      // Only what was wanted comes.
      if (position === undefined) continue;
      const proofDigest = slotRoot && digestOfLeaf(leaf.data, this.#digester, hashing);
      // It is awaited with its batch, to which it may not come.
      proofDigest?.catch(() => {});
      batch.push({ ...leaf, position, path: leaf.proof.path, proofDigest });
      if (batch.length * BLOCK_SIZE >= flushBytes || now() - begunAtMs >= flushMs) await flush();
    }
    if (batch.length > 0) await flush();
  }

  #progress(): Progress {
    const { steps } = this.#slot.layout;
    const peers = this.#peers.list();
    return {
      doneBytes: this.#slot.storedBytes,
      totalBytes: BigInt(steps * BLOCK_SIZE),
      receivedBytes: this.#peers.receivedBytes,
      ...(peers.length > 0 && { peers }),
    };
  }
}

const TELL_MS = 1_000;

/** A block that comes in while others are hashed. */
interface HashedBlock extends Omit<PlacedBlock, 'proofDigest'> {
  readonly proofDigest: Promise<Uint8Array> | undefined;
}

async function hashed({ proofDigest, ...block }: HashedBlock): Promise<PlacedBlock> {
  return { ...block, proofDigest: await proofDigest };
}

function* indicesAt(places: SlotPlaces, positions: Iterable<number>): Generator<number, void> {
  for (const position of positions) yield leafIndexAt(places, position);
}
