import { BoundedMap } from '../engine/lib/bounded-map.ts';

/**
 * How often passwords may be tried. An address that was wrong five times waits half a minute, and twice as long each
 * time after that, up to an hour; all addresses together get thirty wrong ones in ten minutes.
 */
export class LoginLimit {
  readonly #nowMs: () => number;
  readonly #wrong = new BoundedMap<string, { count: number; untilMs: number }>(KEPT_ADDRESSES);
  #wrongAtMs: number[] = [];

  /** Any clock of milliseconds that does not go back. */
  constructor({ nowMs = () => performance.now() }: { nowMs?: () => number } = {}) {
    this.#nowMs = nowMs;
  }

  /** For how long this address has to wait, milliseconds; 0: it may try. */
  waitMs(address: string): number {
    const nowMs = this.#nowMs();
    const own = (this.#wrong.get(address)?.untilMs ?? 0) - nowMs;
    this.#wrongAtMs = this.#wrongAtMs.filter((atMs) => atMs > nowMs - WINDOW_MS);
    const [oldest] = this.#wrongAtMs;
    const all = this.#wrongAtMs.length >= MOST_WRONG && oldest !== undefined ? oldest + WINDOW_MS - nowMs : 0;
    return Math.max(0, own, all);
  }

  wasWrong(address: string): void {
    const nowMs = this.#nowMs();
    const count = (this.#wrong.get(address)?.count ?? 0) + 1;
    const waitMs = count < FREE_TRIES ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** (count - FREE_TRIES));
    this.#wrong.set(address, { count, untilMs: nowMs + waitMs });
    this.#wrongAtMs.push(nowMs);
  }

  wasRight(address: string): void {
    this.#wrong.delete(address);
  }
}

const FREE_TRIES = 5;
const FIRST_MS = 30_000;
const LONGEST_MS = 3_600_000;
const WINDOW_MS = 600_000;
const MOST_WRONG = 30;
const KEPT_ADDRESSES = 1000;
