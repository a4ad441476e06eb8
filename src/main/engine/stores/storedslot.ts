import { join } from 'node:path';
import type { Bitmap } from './bitmap.ts';
import { StoreError, storeErrorFor } from './errors.ts';
import type { FileSystem } from './filesystem.ts';
import {
  putBlock,
  readPath,
  readTree,
  readWhole,
  type IsWhole,
  type PlacedBlock,
  type ReadBlock,
  type TreeNodes,
} from './slotblocks.ts';
import {
  cellsBytes,
  closeFiles,
  dropCutOff,
  haveSizes,
  restoreSizes,
  syncData,
  tryReadAt,
  writeAt,
  writeState,
  type SlotFiles,
} from './slotfiles.ts';
import type { SlotRecord } from './slotrecord.ts';
import { nextState, type SlotLayout, type SlotState } from './slotstate.ts';

interface StoredSlotModules {
  readonly folder: string;
  readonly fs: FileSystem;
  readonly files: SlotFiles;
  /** With its state. */
  readonly record: SlotRecord;
  readonly release: () => void;
  /** Told which blocks were struck out, once that is durable. */
  readonly onStruckOut: (positions: readonly number[]) => void;
}

/**
 * The files of one slot, open. What is durable after a crash is what `write` has answered for, or more; never less.
 * All who have a slot open see at once what another writes or strikes out. Layout: data-plane.md §7.
 */
export class StoredSlot {
  readonly layout: SlotLayout;
  readonly #folder: string;
  readonly #fs: FileSystem;
  readonly #files: SlotFiles;
  readonly #record: SlotRecord;
  readonly #release: () => void;
  readonly #onStruckOut: (positions: readonly number[]) => void;
  #isOpen = true;

  constructor(state: SlotState, { folder, fs, files, record, release, onStruckOut }: StoredSlotModules) {
    this.layout = state.layout;
    this.#folder = folder;
    this.#fs = fs;
    this.#files = files;
    this.#record = record;
    this.#release = release;
    this.#onStruckOut = onStruckOut;
  }

  /** Bytes of the durable blocks. An empty block counts whole, as its place is taken. */
  get storedBytes(): bigint {
    return BigInt(this.#durable.count) * BigInt(this.layout.blockSize);
  }

  get isComplete(): boolean {
    return this.#durable.count === this.layout.steps;
  }

  has(position: number): boolean {
    return this.#durable.has(position);
  }

  /** Positions in the slot whose block is not durable, rising; judged as they are read. */
  *missing(): Generator<number, void> {
    for (let position = 0; position < this.layout.steps; position++) {
      if (!this.has(position)) yield position;
    }
  }

  /**
   * Stores blocks, all or none, and durably: first them and their digests, then the state that says so. Those that are
   * there already stay as they are. When it fails none counts as there, since the system may have dropped it.
   * @throws StoreError DISK_FULL, BLOCK_OUT_OF_RANGE
   */
  async write(blocks: readonly PlacedBlock[]): Promise<void> {
    for (const { position } of blocks) this.#demand(position);
    await this.#change(async (state) => {
      const missing = blocks.filter(({ position }) => !state.durable.has(position));
      if (missing.length === 0) return;
      for (const block of missing) await putBlock(this.#files, this.layout, block);
      await syncData(this.#files);
      const durable = state.durable.clone();
      for (const { position } of missing) durable.add(position);
      await this.#commit(nextState(state, durable));
    });
  }

  /** Undefined when it is not there. A block that is harmed, or cannot be read any more, is struck out and not there. */
  async read(position: number, isWhole: IsWhole): Promise<ReadBlock | undefined> {
    this.#demand(position);
    const block = await this.#run(() => this.#readWhole(position, isWhole));
    if (block || !this.has(position)) return block;
    const struckOut = await this.#strikeOut([position], isWhole);
    return struckOut > 0 ? undefined : await this.#run(() => this.#readWhole(position, isWhole));
  }

  /** Reads these blocks, and durably strikes out those that are harmed. */
  async check(positions: readonly number[], isWhole: IsWhole): Promise<void> {
    const harmed: number[] = [];
    for (const position of positions) {
      this.#demand(position);
      if (!(await this.#run(() => this.#readWhole(position, isWhole)))) harmed.push(position);
    }
    if (harmed.length > 0) await this.#strikeOut(harmed, isWhole);
  }

  /** Strikes out the blocks that the files are too short for, then gives the files their sizes again. */
  async restoreSizes(): Promise<void> {
    await this.#change(async (state) => {
      if (await haveSizes(this.#files, this.layout)) return;
      const durable = state.durable.clone();
      await dropCutOff(this.#files, this.layout, durable);
      // First what is claimed, on the disk too: a crash on the way must not leave claims of blocks that are holes.
      if (state.generation > 0) await this.#commit(nextState(state, durable));
      await restoreSizes(this.#files, this.layout);
    });
  }

  /** For complete slots that are a stretch of the tree. */
  async readTree(): Promise<TreeNodes> {
    return await this.#run(() => readTree(this.#files, this.layout));
  }

  /** For blocks that are there, of a slot that is no stretch. */
  async readPath(position: number): Promise<{ digest: Uint8Array; path: Uint8Array[] }> {
    this.#demand(position);
    return await this.#run(() => readPath(this.#files, this.layout, position));
  }

  /** The blocks' digests for proofs, one after the other; zeros where one is not known. */
  async readProofDigests(): Promise<Uint8Array> {
    return await this.#run(async () => {
      const length = cellsBytes(this.layout);
      return (await tryReadAt(this.#files.cells, length, 0)) ?? new Uint8Array(length);
    });
  }

  /** All of them, durably. */
  async writeProofDigests(digests: Uint8Array): Promise<void> {
    await this.#change(async () => {
      await writeAt(this.#files.cells, digests, 0);
      await this.#files.cells.datasync();
    });
  }

  async readManifest(): Promise<Uint8Array> {
    return await this.#run(() => this.#fs.read(join(this.#folder, 'manifest')));
  }

  /** Bytes that the blocks take on the disk, durable or not; holes, empty blocks among them, take none. */
  async takenBytes(): Promise<bigint> {
    const { blocks } = await this.#run(() => this.#files['data.pack'].stat());
    const taken = BigInt(blocks) * 512n;
    // Where a file is stored as holes or packed, what is durable is there all the same.
    return taken > this.storedBytes ? taken : this.storedBytes;
  }

  /** Idempotent. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#release();
    await closeFiles(this.#files);
  }

  get #durable(): Bitmap {
    return this.#state.durable;
  }

  get #state(): SlotState {
    const { state } = this.#record;
    if (!state) throw new StoreError('SLOT_CLOSED', { folder: this.#folder });
    return state;
  }

  async #readWhole(position: number, isWhole: IsWhole): Promise<ReadBlock | undefined> {
    return this.has(position) ? await readWhole(this.#files, this.layout, position, isWhole) : undefined;
  }

  /** Looks again when nobody writes: what seemed harmed may just have been written anew. Answers with how many it struck. */
  async #strikeOut(positions: readonly number[], isWhole: IsWhole): Promise<number> {
    const struckOut = await this.#change(async (state) => {
      const durable = state.durable.clone();
      for (const position of positions) {
        if (!(await this.#readWhole(position, isWhole))) durable.delete(position);
      }
      const harmed = positions.filter((position) => state.durable.has(position) && !durable.has(position));
      if (harmed.length > 0) await this.#commit(nextState(state, durable));
      return harmed;
    });
    if (struckOut.length > 0) this.#onStruckOut(struckOut);
    return struckOut.length;
  }

  async #change<T>(work: (state: SlotState) => Promise<T>): Promise<T> {
    return await this.#run(() =>
      this.#record.turn.run(() => {
        this.#demandOpen();
        return work(this.#state);
      }),
    );
  }

  async #commit(state: SlotState): Promise<void> {
    await writeState(this.#files, state);
    this.#record.state = state;
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    this.#demandOpen();
    try {
      return await work();
    } catch (cause) {
      this.#demandOpen();
      throw storeErrorFor(cause, 'SLOT_FILES_FAILED', this.#folder);
    }
  }

  #demandOpen(): void {
    if (!this.#isOpen || this.#record.isRemoved)
      throw new StoreError('SLOT_CLOSED', { folder: this.#folder });
  }

  #demand(position: number): void {
    const { steps } = this.layout;
    if (Number.isInteger(position) && position >= 0 && position < steps) return;
    throw new StoreError('BLOCK_OUT_OF_RANGE', { position, steps });
  }
}
