import { BLOCK_SIZE, type BlockNetwork } from '../network/blocknetwork.ts';
import type { SlotPlan } from '../network/slotplan.ts';
import type { StoredSlot } from '../stores/storedslot.ts';
import type { Progress } from './slothost.ts';

export interface DownloadOptions {
  /** A flush is due when so much was written since the last one, … */
  readonly flushBytes?: number;
  /** … or, at the next block, when so long ago. */
  readonly flushMs?: number;
  /** Wall time in ms. */
  readonly now?: () => number;
}

interface RunOptions {
  readonly book: (durableBytes: bigint) => Promise<void>;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal: AbortSignal;
}

/** Fetches what an open slot lacks. Each flush is booked before more is written. */
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
   * Resolves when all blocks are durable and booked. When it is called off, what was not flushed is dropped, so that
   * nothing becomes durable without being booked; at most `flushBytes` are fetched a second time.
   */
  async run(
    { treeCid, leafCount, firstIndex }: SlotPlan,
    { book, onProgress, signal }: RunOptions,
  ): Promise<void> {
    const { flushBytes, flushMs, now } = this.#options;
    const wanted = shifted(this.#slot.missing(), firstIndex);
    let unflushedBytes = 0;
    let flushedAtMs = now();
    const flush = async () => {
      const { newlyDurableBytes } = await this.#slot.flush();
      if (newlyDurableBytes > 0n) await book(newlyDurableBytes);
      unflushedBytes = 0;
      flushedAtMs = now();
      onProgress?.(this.#progress());
    };

    onProgress?.(this.#progress());
    for await (const { index, ...leaf } of this.#network.leaves({ treeCid, leafCount }, wanted, { signal })) {
      await this.#slot.write(index - firstIndex, { ...leaf, path: leaf.proof.path });
      unflushedBytes += BLOCK_SIZE;
      if (unflushedBytes >= flushBytes || now() - flushedAtMs >= flushMs) await flush();
    }
    if (unflushedBytes > 0) await flush();
  }

  #progress(): Progress {
    const { steps } = this.#slot.layout;
    return { doneBytes: this.#slot.storedBytes, totalBytes: BigInt(steps * BLOCK_SIZE) };
  }
}

function* shifted(positions: Iterable<number>, by: number): Generator<number, void> {
  for (const position of positions) yield position + by;
}
