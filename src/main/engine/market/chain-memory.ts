import type { ToldBlock } from './log-changes.ts';
import type { ChainLog, Head } from './log-reader.ts';

/** Where a follower is. */
export interface Position {
  /** What lies at or before it was told, or was before the beginning: it is not told, unless it is replaced. */
  readonly floor: number;
  /** Blocks of the chain that was followed, oldest first. The last one is how far its logs were told. */
  readonly points: readonly Head[];
}

/** What changed since it was last saved; `told` and `forgotten` are blocks of the window. */
export interface PositionChange {
  readonly position: Position;
  readonly told: readonly ToldBlock[];
  /** Their numbers. */
  readonly forgotten: readonly number[];
}

/**
 * What a follower remembers of its chain: how far it is, the logs it told of the youngest blocks, which are the window,
 * and the hashes of some blocks, dense where blocks may still be replaced and ever sparser before.
 */
export class ChainMemory {
  #floor: number;
  readonly #points: Head[];
  readonly #toldByNumber = new Map<number, ToldBlock>();
  readonly #overlap: number;
  readonly #overlapSeconds: number;
  /** Numbers of the blocks whose record on the disk is of another time. */
  readonly #changed = new Set<number>();

  /** The window holds at least `overlap` blocks and `overlapSeconds` of the chain's time. */
  constructor(
    { floor, points }: Position,
    told: readonly ToldBlock[],
    { overlap, overlapSeconds }: { overlap: number; overlapSeconds: number },
  ) {
    if (points.length === 0) throw new RangeError('A position without a block');
    this.#floor = floor;
    this.#points = [...points];
    this.#overlap = overlap;
    this.#overlapSeconds = overlapSeconds;
    for (const block of told) this.#toldByNumber.set(block.number, block);
    this.#forget();
  }

  /** The block up to which all was told. */
  get cursor(): Head {
    const cursor = this.#points.at(-1);
    if (!cursor) throw new RangeError('A position without a block');
    return cursor;
  }

  /** All that was told of later blocks is remembered. */
  get windowStart(): number {
    return this.#floor;
  }

  /** Known blocks before the window, the youngest first. */
  get pointsBeforeWindow(): Head[] {
    return this.#points.filter(({ number }) => number <= this.#floor).reverse();
  }

  /** The blocks whose logs were told, in order. */
  get told(): ToldBlock[] {
    return [...this.#toldByNumber.values()].sort((a, b) => a.number - b.number);
  }

  /** The youngest block up to that number of which the hash is known. */
  youngestKnown(number: number): { readonly number: number; readonly hash: string } | undefined {
    const point = this.#points.findLast((known) => known.number <= number);
    const block = this.told.findLast((known) => known.number <= number);
    return point && block && block.number > point.number ? block : (point ?? block);
  }

  /** What was told of a block of that hash. */
  toldOf({ number, hash }: { number: number; hash: string }): ToldBlock | undefined {
    const told = this.#toldByNumber.get(number);
    return told?.hash === hash ? told : undefined;
  }

  /** All after that block is of another chain than what was known of it. */
  replacedAfter(base: Head): void {
    this.#floor = Math.min(this.#floor, base.number);
    const kept = this.#points.filter(({ number }) => number < base.number);
    this.#points.splice(0, Infinity, ...kept, base);
  }

  drop(blocks: readonly ToldBlock[]): void {
    for (const { number } of blocks) {
      this.#toldByNumber.delete(number);
      this.#changed.add(number);
    }
  }

  /** Adds logs that were told, in their order, to what was told of their block. */
  tell(block: ToldBlock): void {
    const before = this.toldOf(block)?.logs ?? [];
    const logs = [...before, ...block.logs].sort((a, b) => a.logIndex - b.logIndex);
    this.#toldByNumber.set(block.number, { ...block, logs });
    this.#changed.add(block.number);
  }

  /** All up to that block was told. What lies at or before a settled one is not remembered: it will not be replaced. */
  advance(cursor: Head, { isSettled = false }: { isSettled?: boolean } = {}): void {
    const last = this.#points.at(-1);
    const beforeLast = this.#points.at(-2);
    const isDense = last && beforeLast && last.number - beforeLast.number < this.#overlap / DENSITY;
    if (last && (last.number >= cursor.number || (isDense && last.number > this.#floor))) this.#points.pop();
    this.#points.push(cursor);
    if (isSettled) this.#floor = cursor.number;
    this.#forget();
  }

  /** What is to be saved. Call `saved` when it was. */
  changes(): PositionChange {
    const numbers = [...this.#changed];
    return {
      position: { floor: this.#floor, points: [...this.#points] },
      told: numbers.flatMap((number) => this.#toldByNumber.get(number) ?? []),
      forgotten: numbers.filter((number) => !this.#toldByNumber.has(number)),
    };
  }

  saved(): void {
    this.#changed.clear();
  }

  /** What lies before the window, but for a point for each doubling of the distance. */
  #forget(): void {
    const { cursor } = this;
    const base = this.#base;
    this.#floor = Math.max(this.#floor, base.number);
    for (const number of this.#toldByNumber.keys()) {
      if (number > this.#floor) continue;
      this.#toldByNumber.delete(number);
      this.#changed.add(number);
    }
    const distances = new Set<number>();
    const kept = this.#points.filter(({ number }) => {
      if (number >= base.number) return true;
      const distance = Math.floor(Math.log2(cursor.number - number));
      const isFirst = !distances.has(distance);
      distances.add(distance);
      return isFirst;
    });
    this.#points.splice(0, Infinity, ...kept);
  }

  /** The youngest known block that is far enough behind, or else the oldest one. */
  get #base(): Head {
    const { cursor } = this;
    const isFar = ({ number, timestamp }: Head) =>
      number <= cursor.number - this.#overlap && timestamp <= cursor.timestamp - this.#overlapSeconds;
    return this.#points.findLast(isFar) ?? this.#points[0] ?? cursor;
  }
}

/** Points that an overlap has, about. */
const DENSITY = 16;

/** Whether a log is among those of the block. */
export function hasLog(block: ToldBlock | undefined, { logIndex }: ChainLog): boolean {
  return block?.logs.some((log) => log.logIndex === logIndex) ?? false;
}
