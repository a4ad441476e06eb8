import type { PeersRow } from '../../../shared/rows.ts';

export type Reachability = PeersRow['reachability'];

interface ReachabilityModules {
  /** Wall time. */
  readonly nowMs: () => number;
  /** Whether one who comes from there shows that others can. */
  readonly isOutside: (host: string) => boolean;
}

/**
 * Whether others can fetch from us. Only one who came from outside has shown it, at the addresses that we have now, and
 * for a day: a router may forget.
 */
export class ReachabilityWatch {
  readonly #modules: ReachabilityModules;
  #announced = '';
  #isLooking = true;
  #contacts: { readonly firstMs: number; readonly lastMs: number } | undefined;

  constructor(modules: ReachabilityModules) {
    this.#modules = modules;
  }

  get current(): Reachability {
    const { firstMs, lastMs } = this.#contacts ?? {};
    if (this.#announced === '') return { state: this.#isLooking ? 'looking' : 'noAddress' };
    if (firstMs === undefined || lastMs === undefined) return { state: 'unproven' };
    if (this.#modules.nowMs() - lastMs >= COUNTS_MS) return { state: 'unproven', lastContactMs: lastMs };
    return { state: 'reachable', sinceMs: firstMs, lastContactMs: lastMs };
  }

  /** What others are told from now on; who came before came to another address. */
  announcedAt(addresses: readonly string[], { isLooking = false }: { isLooking?: boolean } = {}): void {
    this.#isLooking = isLooking;
    const announced = addresses.join();
    if (announced === this.#announced) return;
    this.#announced = announced;
    this.#contacts = undefined;
  }

  /** Somebody opened a link to us. */
  contacted(host: string): void {
    if (!this.#modules.isOutside(host)) return;
    const lastMs = this.#modules.nowMs();
    const before = this.#contacts;
    const isRecent = before && lastMs - before.lastMs < COUNTS_MS;
    this.#contacts = { firstMs: isRecent ? before.firstMs : lastMs, lastMs };
  }
}

const COUNTS_MS = 24 * 3_600_000;
