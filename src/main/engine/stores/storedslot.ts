import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Mutex } from '../lib/mutex.ts';
import type { Bitmap } from './bitmap.ts';
import { StoreError, storeErrorFor } from './errors.ts';
import { closeFiles, DIGEST_BYTES, leavesBytes, readAt, writeAt, type SlotFiles } from './slotfiles.ts';
import { copyOf, encodeState, type SlotLayout, type SlotState } from './slotstate.ts';

/** A block as it is stored. */
export interface StoredBlock {
  /** `blockSize` bytes, or none for an empty (padding) block, which is left as a hole of zeros. */
  readonly data: Uint8Array;
  /** 32 bytes. */
  readonly digest: Uint8Array;
  /** Its path in the dataset's tree, 32 bytes each; kept of the slot's first and last block. */
  readonly path: readonly Uint8Array[];
}

/**
 * The files of one slot, open. What is durable after a crash is what `flush` has answered for, or more; never less.
 * One writer at a time; readers may open the slot besides. Layout: data-plane.md §7.
 */
export class StoredSlot {
  readonly layout: SlotLayout;
  readonly #folder: string;
  readonly #files: SlotFiles;
  readonly #flushing = new Mutex();
  #state: SlotState;
  /** The durable blocks, and those written since. */
  #written: Bitmap;
  #isOpen = true;

  constructor(folder: string, files: SlotFiles, state: SlotState) {
    this.layout = state.layout;
    this.#folder = folder;
    this.#files = files;
    this.#state = state;
    this.#written = state.durable.clone();
  }

  /** Bytes of the durable blocks. An empty block counts whole, as its place is taken. */
  get storedBytes(): bigint {
    return bytesOf(this.#state.durable.count, this.layout);
  }

  get isComplete(): boolean {
    return this.#state.durable.count === this.layout.steps;
  }

  /** Positions in the slot whose block was not written, rising. */
  missing(): Iterable<number> {
    return this.#written.missing();
  }

  /** Stores a block at its position; nothing happens when it is there. @throws StoreError DISK_FULL, BLOCK_OUT_OF_RANGE */
  async write(position: number, { data, digest, path }: StoredBlock): Promise<void> {
    this.#demand(position);
    if (this.#written.has(position)) return;
    const { steps, treeDepth, blockSize } = this.layout;
    await this.#run(async ({ 'data.pack': pack, leaves }) => {
      await writeAt(pack, data, position * blockSize);
      await writeAt(leaves, digest, position * DIGEST_BYTES);
      const border = Buffer.concat(path);
      if (position === 0) await writeAt(leaves, border, steps * DIGEST_BYTES);
      if (position === steps - 1) await writeAt(leaves, border, (steps + treeDepth) * DIGEST_BYTES);
    });
    this.#written.add(position);
  }

  /**
   * Makes durable what was written: first the blocks and digests, then the state that says so. When it fails, what was
   * not durable before counts as not written, since the system may have dropped it.
   * @throws StoreError DISK_FULL
   */
  async flush(): Promise<{ newlyDurableBytes: bigint }> {
    return await this.#flushing.run(async () => {
      const before = this.#state;
      const durable = this.#written.clone();
      if (durable.count === before.durable.count) return { newlyDurableBytes: 0n };
      const next: SlotState = { ...before, durable, generation: before.generation + 1 };
      try {
        await this.#run(async (files) => {
          await Promise.all([files['data.pack'].datasync(), files.leaves.datasync()]);
          await writeState(files, next);
        });
      } catch (error) {
        this.#written = before.durable.clone();
        throw error;
      }
      this.#state = next;
      return { newlyDurableBytes: bytesOf(durable.count - before.durable.count, this.layout) };
    });
  }

  /** A block's place in the pack, zeros for an empty one, and the digest noted for it. @throws StoreError BLOCK_NOT_STORED */
  async read(position: number): Promise<{ data: Uint8Array; digest: Uint8Array }> {
    this.#demand(position);
    if (!this.#written.has(position)) throw new StoreError('BLOCK_NOT_STORED', { position });
    const { blockSize } = this.layout;
    return await this.#run(async ({ 'data.pack': pack, leaves }) => ({
      data: await readAt(pack, blockSize, position * blockSize),
      digest: await readAt(leaves, DIGEST_BYTES, position * DIGEST_BYTES),
    }));
  }

  /** All digests, and the paths of the first and last block: enough to prove every leaf. For complete slots. */
  async readTree(): Promise<{ digests: Uint8Array[]; border: { first: Uint8Array[]; last: Uint8Array[] } }> {
    const { steps, treeDepth } = this.layout;
    const bytes = await this.#run(({ leaves }) => readAt(leaves, leavesBytes(this.layout), 0));
    const nodes = Array.from({ length: bytes.length / DIGEST_BYTES }, (_, i) =>
      bytes.subarray(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES),
    );
    const border = { first: nodes.slice(steps, steps + treeDepth), last: nodes.slice(steps + treeDepth) };
    return { digests: nodes.slice(0, steps), border };
  }

  async readManifest(): Promise<Uint8Array> {
    return await this.#run(() => readFile(join(this.#folder, 'manifest')));
  }

  /** What was not flushed may be lost. Idempotent. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await closeFiles(this.#files);
  }

  async #run<T>(work: (files: SlotFiles) => Promise<T>): Promise<T> {
    if (!this.#isOpen) throw new StoreError('SLOT_CLOSED', { folder: this.#folder });
    try {
      return await work(this.#files);
    } catch (cause) {
      throw storeErrorFor(cause, 'SLOT_FILES_FAILED', this.#folder);
    }
  }

  #demand(position: number): void {
    const { steps } = this.layout;
    if (Number.isInteger(position) && position >= 0 && position < steps) return;
    throw new StoreError('BLOCK_OUT_OF_RANGE', { position, steps });
  }
}

/** Over the older copy, so that a crash meanwhile leaves the newer one. */
async function writeState(files: SlotFiles, state: SlotState): Promise<void> {
  const file = files[copyOf(state.generation)];
  const bytes = encodeState(state);
  await writeAt(file, bytes, 0);
  await file.truncate(bytes.length);
  await file.datasync();
}

const bytesOf = (blocks: number, { blockSize }: SlotLayout): bigint => BigInt(blocks) * BigInt(blockSize);
