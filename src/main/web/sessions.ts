import { createHash, randomBytes } from 'node:crypto';
import type { After } from '../../shared/after.ts';
import { BoundedMap } from '../engine/lib/bounded-map.ts';

export interface SessionsOptions {
  readonly port: number;
  readonly isSecure: boolean;
  /** Any clock of milliseconds that does not go back. */
  readonly nowMs: () => number;
  readonly after: After;
}

/** Who has logged in. Of each token only its hash is kept, and nothing outlives the process. */
export class Sessions {
  readonly #name: string;
  readonly #isSecure: boolean;
  readonly #nowMs: () => number;
  readonly #after: After;
  /** What to end with each session, by its hash. */
  readonly #held = new Map<string, Set<() => void>>();
  readonly #endsAtMs = new BoundedMap<string, number>(MOST_SESSIONS);

  /** Cookies are shared by all ports of a host, so that the name has to differ. */
  constructor({ port, isSecure, nowMs, after }: SessionsOptions) {
    // A browser takes a cookie of this prefix from the host itself only, and over TLS.
    this.#name = `${isSecure ? '__Host-' : ''}slotkeeper-${port}`;
    this.#isSecure = isSecure;
    this.#nowMs = nowMs;
    this.#after = after;
  }

  /** A new one, as the value of `Set-Cookie`. */
  open(): string {
    const token = randomBytes(32).toString('base64url');
    this.#endsAtMs.set(sha256(token), this.#nowMs() + LASTS_MS);
    const secure = this.#isSecure ? '; Secure' : '';
    return `${this.#name}=${token}; Path=/; Max-Age=${LASTS_MS / 1000}; HttpOnly; SameSite=Strict${secure}`;
  }

  isOpen(cookies: string | undefined): boolean {
    const token = this.#tokenIn(cookies);
    const endsAtMs = token === undefined ? undefined : this.#endsAtMs.get(sha256(token));
    return endsAtMs !== undefined && endsAtMs > this.#nowMs();
  }

  /** Calls `end` once, when the session of these cookies ends; at once when there is none. Returns what calls that off. */
  hold(cookies: string | undefined, end: () => void): () => void {
    const token = this.#tokenIn(cookies);
    const hash = token === undefined ? '' : sha256(token);
    const leftMs = (this.#endsAtMs.get(hash) ?? -Infinity) - this.#nowMs();
    if (leftMs <= 0) {
      end();
      return () => {};
    }
    const held = this.#held.get(hash) ?? new Set();
    this.#held.set(hash, held);
    const endNow = () => {
      release();
      end();
    };
    const cancel = this.#after(leftMs, endNow);
    const release = () => {
      cancel();
      held.delete(endNow);
      if (held.size === 0) this.#held.delete(hash);
    };
    held.add(endNow);
    return release;
  }

  /** Ends the one of these cookies; the value of `Set-Cookie` that has the browser forget it. */
  close(cookies: string | undefined): string {
    const token = this.#tokenIn(cookies);
    if (token !== undefined) {
      const hash = sha256(token);
      this.#endsAtMs.delete(hash);
      for (const end of this.#held.get(hash) ?? []) end();
    }
    return `${this.#name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict${this.#isSecure ? '; Secure' : ''}`;
  }

  #tokenIn(cookies = ''): string | undefined {
    const pairs = cookies.split(';').map((pair) => pair.trim().split('='));
    return pairs.find(([name]) => name === this.#name)?.[1];
  }
}

const LASTS_MS = 12 * 3_600_000;
const MOST_SESSIONS = 100;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
