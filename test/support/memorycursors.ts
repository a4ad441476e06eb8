import type { ToldBlock } from '../../src/main/engine/market/log-changes.ts';
import type { PositionChange } from '../../src/main/engine/market/chain-memory.ts';
import type { CursorStore, StoredPosition } from '../../src/main/engine/market/log-tail.ts';

/** Keeps a follower's position; what it holds outlives the follower. */
export class MemoryCursors implements CursorStore {
  /** While set, nothing reaches the store, as of a process that was killed. */
  isDead = false;
  /** While set, saving fails. */
  isFull = false;
  /** How often it was saved. */
  saves = 0;
  #stored: StoredPosition | undefined;
  readonly #toldByNumber = new Map<number, ToldBlock>();

  constructor(stored?: StoredPosition) {
    this.#stored = stored;
  }

  /** The last block whose logs were told. */
  get block(): number | undefined {
    if (this.#stored?.kind === 'block') return this.#stored.block;
    return this.#stored?.kind === 'position' ? this.#stored.position.points.at(-1)?.number : undefined;
  }

  async load(): Promise<StoredPosition | undefined> {
    if (this.#stored?.kind !== 'position') return this.#stored;
    return { ...this.#stored, told: [...this.#toldByNumber.values()] };
  }

  async save({ position, told, forgotten }: PositionChange): Promise<void> {
    if (this.isFull) throw new Error('disk full');
    if (this.isDead) return;
    this.saves++;
    this.#stored = { kind: 'position', position, told: [] };
    for (const block of told) this.#toldByNumber.set(block.number, block);
    for (const number of forgotten) this.#toldByNumber.delete(number);
  }
}
