import { throwIfAborted } from '../lib/abort.ts';
import { BLOCK_SIZE, type BlockNetwork } from '../network/blocknetwork.ts';
import type { SlotPlan } from '../network/slotplan.ts';
import type { PlacedBlock } from '../stores/slotblocks.ts';
import type { StoredSlot } from '../stores/storedslot.ts';
import type { Progress, StoreOptions } from './slothost.ts';

export interface DownloadOptions {
  /** Bytes of a batch, … */
  readonly flushBytes?: number;
  /** … which is written earlier, at the next block, when it was begun so long ago. */
  readonly flushMs?: number;
  /** Wall time in ms. */
  readonly now?: () => number;
}

/** Fetches what an open slot lacks, in batches: each is charged, then written and made durable, before the next. */
export class SlotDownload {
  readonly #slot: StoredSlot;
  readonly #network: BlockNetwork;
  readonly #options: Required<DownloadOptions>;

  constructor(
    { slot, network }: { slot: StoredSlot; network: BlockNetwork },
    { flushBytes = 2 ** 20, flushMs = 2_000, now = () => performance.now() }: DownloadOptions,
  ) {
    this.#slot = slot;
    this.#network = network;
    this.#options = { flushBytes, flushMs, now };
  }

  /**
   * Resolves when all blocks are durable, also those that were struck out meanwhile. A batch that is charged is written
   * even when the download is called off, so that books and disk agree; what is not charged yet is dropped and fetched
   * again, at most `flushBytes`.
   */
  async run(plan: SlotPlan, options: StoreOptions): Promise<void> {
    options.onProgress?.(this.#progress());
    while (!this.#slot.isComplete) {
      throwIfAborted(options.signal);
      await this.#pass(plan, options);
    }
  }

  async #pass(
    { treeCid, leafCount, firstIndex }: SlotPlan,
    { charge, onProgress, signal }: StoreOptions,
  ): Promise<void> {
    const { flushBytes, flushMs, now } = this.#options;
    const wanted = shifted(this.#slot.missing(), firstIndex);
    let batch: PlacedBlock[] = [];
    let begunAtMs = now();
    const flush = async () => {
      await charge(BigInt(batch.length * BLOCK_SIZE));
      await this.#slot.write(batch);
      batch = [];
      begunAtMs = now();
      onProgress?.(this.#progress());
    };

    for await (const { index, ...leaf } of this.#network.leaves({ treeCid, leafCount }, wanted, { signal })) {
      batch.push({ ...leaf, position: index - firstIndex, path: leaf.proof.path });
      if (batch.length * BLOCK_SIZE >= flushBytes || now() - begunAtMs >= flushMs) await flush();
    }
    if (batch.length > 0) await flush();
  }

  #progress(): Progress {
    const { steps } = this.#slot.layout;
    return { doneBytes: this.#slot.storedBytes, totalBytes: BigInt(steps * BLOCK_SIZE) };
  }
}

function* shifted(positions: Iterable<number>, by: number): Generator<number, void> {
  for (const position of positions) yield position + by;
}
