import type { ChainHead } from './fees.ts';

export interface PunctualityOptions {
  /** Seconds that a transaction is thought to need at least. */
  readonly minSeconds?: number;
}

/** How long it takes until a transaction is mined, by the blocks that came lately and by what was sent lately. */
export class Punctuality {
  readonly #minSeconds: number;
  /** Chain seconds from sending to mining, newest last. */
  readonly #delays: number[] = [];
  readonly #heads: { readonly number: number; readonly timestamp: number }[] = [];

  constructor({ minSeconds = 2 }: PunctualityOptions = {}) {
    this.#minSeconds = minSeconds;
  }

  /** Chain seconds that one sent now will need, more likely than not. */
  get expectedSeconds(): number {
    return Math.ceil(Math.max(this.#minSeconds, this.#blockSeconds, median(this.#delays)));
  }

  sawHead({ number, timestamp }: Pick<ChainHead, 'number' | 'timestamp'>): void {
    const newest = this.#heads.at(-1);
    if (newest && number <= newest.number) return;
    this.#heads.push({ number, timestamp });
    if (this.#heads.length > KEPT) this.#heads.shift();
  }

  /** One that was sent and mined without a replacement. */
  sawMined(seconds: number): void {
    // Where time was made to jump, as on a practice network, the delay says nothing.
    if (seconds < 0 || seconds > LONGEST_SECONDS) return;
    this.#delays.push(seconds);
    if (this.#delays.length > KEPT) this.#delays.shift();
  }

  get #blockSeconds(): number {
    const [oldest] = this.#heads;
    const newest = this.#heads.at(-1);
    if (!oldest || !newest || newest === oldest) return 0;
    const seconds = (newest.timestamp - oldest.timestamp) / (newest.number - oldest.number);
    return Math.min(seconds, LONGEST_SECONDS);
  }
}

const KEPT = 9;
const LONGEST_SECONDS = 60;

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}
