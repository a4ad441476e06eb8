import { throwIfAborted } from '../../src/main/engine/lib/abort.ts';
import { MarketError } from '../../src/main/engine/market/errors.ts';
import { Emitter } from '../../src/main/engine/lib/emitter.ts';
import type { Cancellable, MarketEvent } from '../../src/main/engine/market/market.ts';
import type { FakeMarket, MarketMethod } from './fakemarket.ts';

/** Whether a call fails: told the how-manieth of its method since the fault began it is, from 1. */
export type Fault = (call: number) => boolean;

/**
 * The line to the chain's server, with faults made by hand. A call that fails rejects as the true market does when nobody
 * answers: without effect, or with `answersAreLost` after it. Calls are counted by method, also those that failed. Events
 * are held back until a call gets through.
 */
export class BrokenLine {
  answersAreLost = false;
  readonly #callsBy = new Map<string, number>();
  readonly #events = new Emitter<MarketEvent>();
  readonly #heldBack: MarketEvent[] = [];
  #fault: Fault | undefined;
  #calls = 0;

  constructor(market: FakeMarket) {
    market.subscribe((event) => {
      this.#heldBack.push(event);
      if (!this.#fault) this.#deliver();
    });
    Object.assign(market, {
      subscribe: (listener: (event: MarketEvent) => void) => this.#events.subscribe(listener),
    });
    for (const method of methods) this.#cut(market, method);
  }

  /** From now on calls fail when `fault` says so. */
  breakDown(fault: Fault = () => true): void {
    this.#fault = fault;
    this.#calls = 0;
    this.#callsBy.clear();
  }

  mend(): void {
    this.#fault = undefined;
    this.#deliver();
  }

  /** Since the fault began. */
  count(method?: MarketMethod): number {
    return method === undefined ? this.#calls : (this.#callsBy.get(method) ?? 0);
  }

  #cut(market: FakeMarket, method: (typeof methods)[number]): void {
    if (method === 'pastStorageRequests') return this.#cutPast(market);
    const original: (...args: never[]) => Promise<unknown> = market[method];
    Object.assign(market, {
      [method]: async (...args: unknown[]): Promise<unknown> => {
        throwIfAborted((args.at(-1) as Cancellable).signal);
        const fails = this.#fails(method);
        if (fails && !this.answersAreLost) throw unreachable();
        const answer: unknown = await Reflect.apply(original, market, args);
        if (fails) throw unreachable();
        this.#deliver();
        return answer;
      },
    });
  }

  #cutPast(market: FakeMarket): void {
    const original = market.pastStorageRequests.bind(market);
    const fails = () => this.#fails('pastStorageRequests');
    Object.assign(market, {
      pastStorageRequests: async function* (...args: Parameters<typeof original>) {
        if (fails()) throw unreachable();
        yield* original(...args);
      },
    });
  }

  #deliver(): void {
    for (const event of this.#heldBack.splice(0)) this.#events.emit(event);
  }

  #fails(method: MarketMethod): boolean {
    if (!this.#fault) return false;
    this.#calls++;
    const calls = this.count(method) + 1;
    this.#callsBy.set(method, calls);
    return this.#fault(calls);
  }
}

const unreachable = () => new MarketError('CHAIN_UNREACHABLE', {}, { message: 'connect ECONNREFUSED' });

const methods: readonly Exclude<MarketMethod, 'subscribe' | 'transactionsOf'>[] = [
  'getRequest',
  'requestState',
  'slotState',
  'requestEnd',
  'requestExpiresAt',
  'getHost',
  'getActiveSlot',
  'mySlots',
  'currentCollateral',
  'missingProofs',
  'balances',
  'canReserveSlot',
  'holdsReservation',
  'reserveSlot',
  'fillSlot',
  'freeSlot',
  'isProofRequired',
  'willProofBeRequired',
  'getChallenge',
  'getPointer',
  'submitProof',
  'pastStorageRequests',
];
