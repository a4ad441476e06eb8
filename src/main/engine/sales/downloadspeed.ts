import type { Clock } from '../clock/clock.ts';

/** What one download of a slot took. */
export interface DownloadSample {
  readonly bytes: bigint;
  /** Chain time that passed, plus one: no download is made out to be quicker than it was. */
  readonly seconds: number;
}

/**
 * How fast slots come in, as far as it is known: the best of the last few downloads of the last hour, in chain time.
 *
 * It is asked only to leave out what cannot be done in time, so it errs to the side of trying. A client with a slow line
 * says nothing about the next one's, hence the best. What is an hour old counts no more: had a bad hour made every slot
 * look too slow, none would be fetched, and nothing would ever prove it wrong. A node that starts or wakes knows nothing.
 */
export class DownloadSpeed {
  readonly #clock: Pick<Clock, 'now'>;
  #samples: { readonly bytesPerSecond: number; readonly seconds: number; readonly at: number }[] = [];

  constructor({ clock }: { clock: Pick<Clock, 'now'> }) {
    this.#clock = clock;
  }

  /** Nonsense is left out: no bytes, or no time above zero. */
  note({ bytes, seconds }: DownloadSample): void {
    const bytesPerSecond = Number(bytes) / seconds;
    if (!(bytesPerSecond > 0) || !Number.isFinite(bytesPerSecond)) return;
    const sample = { bytesPerSecond, seconds, at: this.#clock.now() };
    this.#samples = [...this.#samples, sample].slice(-REMEMBERED);
  }

  /** Undefined until measured, and again an hour after the last download. */
  get bytesPerSecond(): number | undefined {
    return this.#best().bytesPerSecond;
  }

  /**
   * How long that many bytes would take at that speed. Undefined while it is not known: also when all downloads were so
   * short that most of their time was the rounding of the clock, which says nothing about one that is long.
   */
  secondsFor(bytes: bigint): number | undefined {
    const { bytesPerSecond, seconds } = this.#best();
    return bytesPerSecond === undefined || seconds < TELLING_SECONDS
      ? undefined
      : Number(bytes) / bytesPerSecond;
  }

  /** The highest speed of the samples that count, and how long the longest of them took. */
  #best(): { bytesPerSecond: number | undefined; seconds: number } {
    const oldest = this.#clock.now() - MAX_AGE_SECONDS;
    let bytesPerSecond: number | undefined;
    let seconds = 0;
    for (const sample of this.#samples) {
      if (sample.at < oldest) continue;
      bytesPerSecond = Math.max(bytesPerSecond ?? 0, sample.bytesPerSecond);
      seconds = Math.max(seconds, sample.seconds);
    }
    return { bytesPerSecond, seconds };
  }
}

const REMEMBERED = 16;
const MAX_AGE_SECONDS = 3600;
const TELLING_SECONDS = 10;
