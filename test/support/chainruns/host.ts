import { slotIdOf, type RequestId, type SlotId } from '../../../src/main/engine/contracts/ids.ts';
import { isEngineError } from '../../../src/main/engine/errors.ts';
import { abortScope, isAborted, type AbortScope } from '../../../src/main/engine/lib/abort.ts';
import { sleep } from '../../../src/main/engine/lib/retry.ts';
import { Tasks } from '../../../src/main/engine/lib/tasks.ts';
import type { Market, MarketEvent } from '../../../src/main/engine/market/market.ts';
import { someProof } from '../fakemarket.ts';
import { collateral, SLOTS } from './world.ts';

/** A slot that the host is after, and how it stands as far as he was told. */
export interface Pursuit {
  readonly requestId: RequestId;
  readonly slotIndex: number;
  readonly slotId: SlotId;
  state: 'wanted' | 'ours' | 'lost' | 'paid';
}

/**
 * One who deals on a market as the engine does: hears of requests, takes slots, asks the chain after every error before he
 * goes on, and never believes that money is lost. What he is after outlives the market he uses.
 */
export class Host {
  readonly pursuits = new Map<SlotId, Pursuit>();
  readonly #isWanted: (requestId: RequestId, slotIndex: number) => boolean;
  readonly #isToldOf: (requestId: RequestId) => boolean;
  readonly #failures: unknown[] = [];
  /** What is under way, for the report of a run that came to no rest. */
  readonly doing = new Map<string, unknown>();
  #life: { market: Market; stopping: AbortScope; tasks: Tasks } | undefined;

  /** `isToldOf`: whether somebody will say so when a fork takes the request. */
  constructor(
    isWanted: (requestId: RequestId, slotIndex: number) => boolean,
    isToldOf: (requestId: RequestId) => boolean,
  ) {
    this.#isWanted = isWanted;
    this.#isToldOf = isToldOf;
  }

  get failures(): readonly unknown[] {
    return this.#failures;
  }

  /** Goes on with what he was after. */
  begin(market: Market): void {
    const tasks = new Tasks((error) => this.#failures.push(error));
    this.#life = { market, stopping: abortScope(), tasks };
    for (const pursuit of this.pursuits.values()) this.#pursue(pursuit);
  }

  async end(): Promise<void> {
    const life = this.#life;
    this.#life = undefined;
    life?.stopping.abort();
    await life?.tasks.settle();
  }

  hear(event: MarketEvent): void {
    if (event.name === 'TakenBack' && event.event.name === 'StorageRequested')
      this.#forget(event.event.requestId);
    if (event.name !== 'StorageRequested') return;
    for (let slotIndex = 0; slotIndex < SLOTS; slotIndex++) {
      const { requestId } = event;
      const slotId = slotIdOf(requestId, slotIndex);
      const before = this.pursuits.get(slotId);
      if (before?.state === 'wanted' || !this.#isWanted(requestId, slotIndex)) continue;
      const pursuit: Pursuit = before ?? { requestId, slotIndex, slotId, state: 'wanted' };
      pursuit.state = 'wanted';
      this.pursuits.set(slotId, pursuit);
      this.#pursue(pursuit);
    }
  }

  /** Proves a slot of his, as often as it takes within its period. */
  prove(pursuit: Pursuit, deadline: number): void {
    const what = `prove ${pursuit.slotId} by ${deadline}`;
    this.#do(what, async ({ market, stopping: { signal } }) => {
      for (;;) {
        try {
          await market.submitProof(pursuit.slotId, someProof, { signal, deadline });
          return;
        } catch (error) {
          if (isAborted(error)) throw error;
          if (isEngineError(error, 'TOO_LATE') || isEngineError(error, 'PROOF_ALREADY_SUBMITTED')) return;
          this.doing.set(what, String(error));
          // A fork may have taken the slot for a while, or for good.
          if (isEngineError(error, 'NOT_THE_HOST') || isEngineError(error, 'UNKNOWN_REQUEST')) return;
        }
        await sleep(BREATH_MS, signal);
      }
    });
  }

  /** Collects what a slot brought, once its request is over. */
  collect(pursuit: Pursuit): void {
    this.#do(`collect ${pursuit.slotId}`, async ({ market, stopping: { signal } }) => {
      for (;;) {
        try {
          const state = await market.slotState(pursuit.slotId, { signal });
          if (state === 'paid') return void (pursuit.state = 'paid');
          if (state === 'finished' || state === 'cancelled')
            await market.freeSlot(pursuit.slotId, { signal });
        } catch (error) {
          if (isAborted(error)) throw error;
        }
        await sleep(BREATH_MS, signal);
      }
    });
  }

  /** Lets him look again at everything: after a fork nothing is sure. */
  lookAgain(): void {
    for (const pursuit of this.pursuits.values()) {
      if (pursuit.state !== 'ours' && pursuit.state !== 'lost') continue;
      pursuit.state = 'wanted';
      this.#pursue(pursuit);
    }
  }

  get isBusy(): boolean {
    return (this.#life?.tasks.size ?? 0) > 0;
  }

  /** The chain has no such request any more. */
  #forget(requestId: RequestId): void {
    for (const pursuit of this.pursuits.values()) {
      if (pursuit.requestId !== requestId) continue;
      pursuit.state = 'lost';
      this.pursuits.delete(pursuit.slotId);
    }
  }

  #pursue(pursuit: Pursuit): void {
    if (pursuit.state !== 'wanted') return;
    const what = `take ${pursuit.slotId}`;
    this.#do(what, async ({ market, stopping: { signal } }) => {
      while (pursuit.state === 'wanted' && this.pursuits.get(pursuit.slotId) === pursuit) {
        try {
          pursuit.state = await this.#attempt(market, pursuit, signal);
        } catch (error) {
          if (isAborted(error)) throw error;
          this.doing.set(what, String(error));
        }
        if (pursuit.state === 'wanted') await sleep(BREATH_MS, signal);
      }
    });
  }

  async #attempt(market: Market, pursuit: Pursuit, signal: AbortSignal): Promise<Pursuit['state']> {
    const { requestId, slotIndex, slotId } = pursuit;
    const state = await market.slotState(slotId, { signal });
    const host = await market.getHost(slotId, { signal });
    if (host === market.signer) return 'ours';
    if (host !== undefined) return 'lost';
    const request = await market.requestState(requestId, { signal });
    if (request === undefined) return this.#isToldOf(requestId) ? 'wanted' : 'lost';
    if (request !== 'new' && request !== 'started') return 'lost';
    if (state !== 'free' && state !== 'repair') return 'wanted';
    if (await market.canReserveSlot(requestId, slotIndex, { signal }))
      await market.reserveSlot(requestId, slotIndex, { signal });
    await market.fillSlot(requestId, slotIndex, someProof, collateral, { signal });
    return 'ours';
  }

  #do(what: string, work: (life: { market: Market; stopping: AbortScope }) => Promise<void>): void {
    if (!this.#life) return;
    this.doing.set(what, 'begun');
    this.#life.tasks.track(
      what,
      work(this.#life).finally(() => this.doing.delete(what)),
    );
  }
}

const BREATH_MS = 5;
