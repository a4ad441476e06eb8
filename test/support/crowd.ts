import { slotIdOf, type RequestId, type SlotId } from '../../src/main/engine/contracts/ids.ts';
import type { MarketEvent } from '../../src/main/engine/market/market.ts';
import { Emitter } from '../../src/main/engine/lib/emitter.ts';
import type { FakeClock } from './fakeclock.ts';
import type { FakeMarket } from './fakemarket.ts';
import type { FakeSlotHost } from './fakeslothost.ts';
import type { RequestChanges } from './requests.ts';

/** What becomes of the requests that a crowd posts, each as often as the others. */
export const crowdKinds = [
  'sold',
  'soldInPart',
  'tooCheap',
  'tooLong',
  'takenAtOnce',
  'takenMeanwhile',
  'downloadFails',
  'withdrawn',
] as const;
export type CrowdKind = (typeof crowdKinds)[number];

const DURATION = 300;
const EXPIRY = 120;

/** Many requests, in batches that are over before the next: what is left of one afterwards is left for ever. */
export class Crowd {
  readonly #clock: FakeClock;
  readonly #failing = new Set<SlotId>();
  #market: FakeMarket;
  #posted = 0;

  constructor({ clock, market, host }: { clock: FakeClock; market: FakeMarket; host: FakeSlotHost }) {
    this.#clock = clock;
    this.#market = market;
    host.beforeChunk = async ({ slotId, slotIndex, request }) => {
      const isSecond = request.ask.slots > 1n && slotIndex > 0;
      if (isSecond || this.#failing.has(slotId)) throw new Error('no peer has it');
    };
  }

  get posted(): number {
    return this.#posted;
  }

  /** The next requests are posted on this chain. */
  goTo(market: FakeMarket): void {
    this.#market = market;
  }

  /** Posts so many requests and lets time pass until all are over. */
  async batch(size: number): Promise<void> {
    const late: RequestId[] = [];
    const withdrawn: RequestId[] = [];
    for (let i = 0; i < size; i++) {
      const kind = crowdKinds[this.#posted++ % crowdKinds.length] ?? 'sold';
      const requestId = this.#post(kind);
      if (kind === 'takenMeanwhile') late.push(requestId);
      if (kind === 'withdrawn') withdrawn.push(requestId);
    }
    await turns();
    for (const requestId of late) this.#takeAsOther(requestId);
    await turns();
    for (let passed = 0; passed <= DURATION + 120; passed += 60) {
      this.#clock.advance(60);
      await turns();
      if (passed === 180) for (const requestId of withdrawn) this.#market.withdrawFunds(requestId);
    }
    this.#failing.clear();
  }

  #post(kind: CrowdKind): RequestId {
    const { requestId } = this.#market.requestStorage(changesOf(kind));
    if (kind === 'downloadFails' || kind === 'withdrawn') this.#failing.add(slotIdOf(requestId, 0));
    if (kind === 'takenAtOnce') this.#takeAsOther(requestId);
    return requestId;
  }

  #takeAsOther(requestId: RequestId): void {
    const { marketplace } = this.#market.chain;
    if (marketplace.slotState(slotIdOf(requestId, 0), this.#clock.now()) === 'free')
      this.#market.fillAsOther(requestId, 0);
  }
}

function changesOf(kind: CrowdKind): RequestChanges {
  const slots = kind === 'soldInPart' ? 2n : 1n;
  return {
    expiry: BigInt(EXPIRY),
    ask: {
      slots,
      maxSlotLoss: 0n,
      slotSize: 65_536n,
      duration: kind === 'tooLong' ? 864_000n : BigInt(DURATION),
      ...(kind === 'tooCheap' && { pricePerBytePerSecond: 1n }),
    },
  };
}

/** Lets everything run that does not wait for time. */
async function turns(): Promise<void> {
  for (let i = 0; i < 40; i++) await new Promise(setImmediate);
}

/**
 * A market whose chain can be exchanged for an empty one between two batches, so that what a fake chain remembers does
 * not hide what the engine does.
 */
export function changeableMarket(first: FakeMarket): {
  market: FakeMarket;
  change: (next: FakeMarket) => void;
} {
  const events = new Emitter<MarketEvent>();
  let current = first;
  let unsubscribe = first.subscribe((event) => events.emit(event));
  const market = new Proxy(first, {
    get(_target, name) {
      if (name === 'subscribe') return events.subscribe.bind(events);
      const value: unknown = Reflect.get(current, name, current);
      return typeof value === 'function' ? (value.bind(current) as unknown) : value;
    },
  });
  return {
    market,
    change: (next) => {
      unsubscribe();
      current = next;
      unsubscribe = next.subscribe((event) => events.emit(event));
    },
  };
}
