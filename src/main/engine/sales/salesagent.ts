import type { Clock } from '../clock/clock.ts';
import { abortScope, isAborted } from '../lib/abort.ts';
import { Machine } from '../lib/machine.ts';
import type { Logger } from '../logger.ts';
import type { Market } from '../market/market.ts';
import type { SlotHost } from '../slots/slothost.ts';
import type { ChainReservations } from './chainreservations.ts';
import type { DownloadSpeed } from './downloadspeed.ts';
import type { ProofQueue } from './proofqueue.ts';
import type { Reservations } from './reservations.ts';
import { afterError, saleTable } from './sale.ts';
import type { SaleInfo, SalesEvent } from './saleinfo.ts';
import { SaleRecord } from './salerecord.ts';
import type { RetryTimes, SaleContext, SaleEvent, SaleState, SlotRef } from './salestate.ts';
import { untilAnswered } from './untilanswered.ts';
import type { Wallet } from './wallet.ts';

export interface SalesAgentModules {
  readonly market: Market;
  readonly clock: Clock;
  readonly reservations: Reservations;
  readonly host: SlotHost;
  readonly proofQueue: ProofQueue;
  readonly chainReservations: ChainReservations;
  readonly wallet: Wallet;
  readonly downloadSpeed?: DownloadSpeed;
  readonly logger: Logger;
}

export interface SalesAgentOptions {
  readonly info: SaleInfo;
  readonly retryTimes: RetryTimes;
  readonly tell: (event: SalesEvent) => void;
  readonly save: (info: SaleInfo) => Promise<void>;
  readonly freeWorker: () => void;
}

/** How a sale ended. */
export interface SaleEnd {
  readonly info: SaleInfo;
  /** Set when the slot may be looked at again once an offer is loosened: what was in the way. */
  readonly waitingFor?: string;
}

/** One running sale: the machine over the table, the account of it, and the watch over its expiry. */
export class SalesAgent {
  readonly #context: SaleContext;
  readonly #machine: Machine<SaleState, SaleContext, SaleEvent>;
  #stopWatch = () => {};
  #watch = () => {};

  constructor({ logger, ...modules }: SalesAgentModules, { info, tell, ...options }: SalesAgentOptions) {
    const { slotId, requestId, slotIndex } = info;
    const ref: SlotRef = { slotId, requestId, slotIndex };
    const log = logger.child('sale', { requestId, slotIndex, slotId });
    const record = new SaleRecord(info, { clock: modules.clock, tell });
    this.#context = { ...modules, ...options, ref, record, logger: log };
    this.#machine = new Machine<SaleState, SaleContext, SaleEvent>({
      table: saleTable,
      context: this.#context,
      onEnter: (state, previous) => {
        log.info('Sale entered a state', { state: state.name, from: previous?.name });
        record.entered(state.name, previous?.name);
      },
      onError: (error, state) => {
        log.error('A step of the sale failed', { state: state.name, error });
        return afterError(error, state);
      },
      onFinalError: (error, state) =>
        log.error('A sale could not be cleaned up', { state: state.name, error }),
    });
  }

  get info(): SaleInfo {
    return this.#context.record.info;
  }

  /** Told by the chain. */
  raise(event: SaleEvent): void {
    this.#machine.raise(event);
  }

  /** The request has started: it can no longer expire. */
  requestFulfilled(): void {
    this.#stopWatch();
  }

  /** It has not started after all, and may expire. */
  requestNotFulfilled(): void {
    this.#watch();
  }

  /** Resolves when the sale has ended and all is given back; rejects with an abort error when called off. */
  async run(initial: 'unknown' | 'preparing', { signal }: { signal: AbortSignal }): Promise<SaleEnd> {
    using scope = abortScope(signal);
    const watches: Promise<void>[] = [];
    this.#watch = () => {
      this.#stopWatch();
      const own = abortScope(scope.signal);
      this.#stopWatch = () => own[Symbol.dispose]();
      watches.push(this.#watchExpiry(own.signal));
    };
    this.#watch();
    try {
      const final = await this.#machine.run({ name: initial }, { signal });
      this.#context.record.ended();
      const waits = final.name === 'ignored' && final.waitsForOffer;
      return { info: this.info, ...(waits && { waitingFor: final.outcome.text }) };
    } finally {
      this.#watch = () => {};
      this.#stopWatch();
      await Promise.all(watches);
    }
  }

  /**
   * Asks the chain once the expiry has passed, and tells the machine if the request is void (engine.md 5.6). It goes on
   * until the sale has ended: what a server said that lags is said again.
   */
  async #watchExpiry(signal: AbortSignal): Promise<void> {
    const { market, clock, ref, record, logger } = this.#context;
    try {
      const expiresAt = await untilAnswered('read the expiry', this.#context, signal, () =>
        market.requestExpiresAt(ref.requestId, { signal }),
      );
      record.note({ expiresAt });
      await clock.waitUntil(expiresAt + 1, { signal });
      for (let pause = 1; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
        const state = await untilAnswered('read the state of a request', this.#context, signal, () =>
          market.requestState(ref.requestId, { signal }),
        );
        if (state === 'cancelled') this.raise('requestExpired');
        else if (state === 'started' || state === 'finished' || state === 'failed') return;
        await clock.waitUntil(clock.now() + pause, { signal });
      }
    } catch (error) {
      if (!isAborted(error)) logger.error('The watch over the expiry failed', { error });
    }
  }
}

/** Between two looks at a request that should have expired; seconds of chain time. */
const LONGEST_PAUSE = 60;
