import { BoundedMap } from './bounded-map.ts';

export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** So many at once and so many a second, for each key and for all of them together; what is beyond is refused, not delayed. */
export class TokenBuckets {
  readonly #timers: { nowMs(): number };
  readonly #each: Rate;
  readonly #all: Rate;
  readonly #total: Bucket;
  readonly #byKey = new BoundedMap<string, Bucket>(MAX_KEYS);

  constructor(timers: { nowMs(): number }, { each, all }: { each: Rate; all: Rate }) {
    this.#timers = timers;
    this.#each = each;
    this.#all = all;
    this.#total = this.#full(all);
  }

  /** Whether one more of the key's may pass; it is counted then. */
  take(key: string): boolean {
    let bucket = this.#byKey.get(key);
    if (!bucket) this.#byKey.set(key, (bucket = this.#full(this.#each)));
    this.#fill(bucket, this.#each);
    this.#fill(this.#total, this.#all);
    if (bucket.tokens < 1 || this.#total.tokens < 1) return false;
    bucket.tokens -= 1;
    this.#total.tokens -= 1;
    return true;
  }

  #full({ burst }: Rate): Bucket {
    return { tokens: burst, atMs: this.#timers.nowMs() };
  }

  #fill(bucket: Bucket, { burst, perSecond }: Rate): void {
    const nowMs = this.#timers.nowMs();
    bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * perSecond);
    bucket.atMs = nowMs;
  }
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/** A key that was forgotten among more of them begins anew; the limit for all together holds nonetheless. */
const MAX_KEYS = 4_096;
