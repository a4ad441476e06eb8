import { BoundedMap } from '../engine/lib/bounded-map.ts';
import { encodeIp6 } from '../engine/network/multiaddr.ts';

/**
 * How often passwords may be tried. An address that was wrong five times waits half a minute, and twice as long each
 * time after that, up to an hour; all addresses together get thirty wrong ones in ten minutes, which do not hold up one
 * that was right within a day. Of IPv6 an address stands for its network of 64 bits.
 */
export class LoginLimit {
  readonly #nowMs: () => number;
  readonly #wrong = new BoundedMap<string, { count: number; untilMs: number }>(KEPT_ADDRESSES);
  readonly #rightAtMs = new BoundedMap<string, number>(KEPT_ADDRESSES);
  #wrongAtMs: number[] = [];

  /** Any clock of milliseconds that does not go back. */
  constructor({ nowMs = () => performance.now() }: { nowMs?: () => number } = {}) {
    this.#nowMs = nowMs;
  }

  /** For how long this address has to wait, milliseconds; 0: it may try. */
  waitMs(address: string): number {
    const nowMs = this.#nowMs();
    const network = networkOf(address);
    const own = (this.#wrong.get(network)?.untilMs ?? 0) - nowMs;
    this.#wrongAtMs = this.#wrongAtMs.filter((atMs) => atMs > nowMs - WINDOW_MS);
    const [oldest] = this.#wrongAtMs;
    const all = this.#wrongAtMs.length >= MOST_WRONG && oldest !== undefined ? oldest + WINDOW_MS - nowMs : 0;
    const isKnown = nowMs - (this.#rightAtMs.get(network) ?? -Infinity) < KNOWN_MS;
    return Math.max(0, own, isKnown ? 0 : all);
  }

  wasWrong(address: string): void {
    const nowMs = this.#nowMs();
    const network = networkOf(address);
    const count = (this.#wrong.get(network)?.count ?? 0) + 1;
    const waitMs = count < FREE_TRIES ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** (count - FREE_TRIES));
    this.#wrong.set(network, { count, untilMs: nowMs + waitMs });
    this.#wrongAtMs.push(nowMs);
  }

  wasRight(address: string): void {
    const network = networkOf(address);
    this.#wrong.delete(network);
    this.#rightAtMs.set(network, this.#nowMs());
  }
}

/** Whoever has one address of IPv6 has all of its /64. Other texts stand for themselves. */
function networkOf(address: string): string {
  const bytes = encodeIp6(address.split('%')[0] ?? '');
  if (!bytes) return address;
  const hex = Buffer.from(bytes).toString('hex');
  // An address of IPv4, as a server of both kinds sees it.
  if (hex.startsWith('00000000000000000000ffff')) return bytes.subarray(12).join('.');
  return `${hex.slice(0, 16)}::/64`;
}

const FREE_TRIES = 5;
const FIRST_MS = 30_000;
const LONGEST_MS = 3_600_000;
const WINDOW_MS = 600_000;
const MOST_WRONG = 30;
const KNOWN_MS = 24 * 3_600_000;
const KEPT_ADDRESSES = 1000;
