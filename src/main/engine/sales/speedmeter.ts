/**
 * Bytes per second of wall time, over the last few seconds. Measured again while nothing comes, it falls to 0: what was
 * is no forecast then.
 */
export class SpeedMeter {
  readonly #nowMs: () => number;
  readonly #samples: { atMs: number; doneBytes: bigint }[] = [];

  constructor({ nowMs = () => performance.now() }: { nowMs?: () => number } = {}) {
    this.#nowMs = nowMs;
  }

  /** Notes how much is done by now, and answers with the speed; 0 while it is not known. */
  measure(doneBytes: bigint): number {
    const atMs = this.#nowMs();
    // Less than before: it is counted anew.
    if (doneBytes < (this.#samples.at(-1)?.doneBytes ?? 0n)) this.#samples.length = 0;
    this.#samples.push({ atMs, doneBytes });
    while (this.#samples.length > 2 && atMs - (this.#samples[1]?.atMs ?? atMs) > WINDOW_MS)
      this.#samples.shift();
    const first = this.#samples[0];
    if (!first || atMs <= first.atMs) return 0;
    return Math.max(0, Math.round((Number(doneBytes - first.doneBytes) * 1000) / (atMs - first.atMs)));
  }
}

const WINDOW_MS = 5000;
