import { createHash, randomBytes } from 'node:crypto';
import { BoundedMap } from '../engine/lib/bounded-map.ts';

/** Who has logged in. Of each token only its hash is kept, and nothing outlives the process. */
export class Sessions {
  readonly #name: string;
  readonly #isSecure: boolean;
  readonly #nowMs: () => number;
  readonly #endsAtMs = new BoundedMap<string, number>(MOST_SESSIONS);

  /** Cookies are shared by all ports of a host, so that the name has to differ. */
  constructor({ port, isSecure, nowMs }: { port: number; isSecure: boolean; nowMs: () => number }) {
    // A browser takes a cookie of this prefix from the host itself only, and over TLS.
    this.#name = `${isSecure ? '__Host-' : ''}slotkeeper-${port}`;
    this.#isSecure = isSecure;
    this.#nowMs = nowMs;
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

  /** Ends the one of these cookies; the value of `Set-Cookie` that has the browser forget it. */
  close(cookies: string | undefined): string {
    const token = this.#tokenIn(cookies);
    if (token !== undefined) this.#endsAtMs.delete(sha256(token));
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
