import type { Clock } from '../clock/clock.ts';
import { slotIdOf, type RequestId, type SlotId } from '../contracts/ids.ts';
import { requestIdOf } from '../contracts/requestid.ts';
import { abortScope, throwIfAborted, type AbortScope } from '../lib/abort.ts';
import { Emitter } from '../lib/emitter.ts';
import { retry } from '../lib/retry.ts';
import { Tasks } from '../lib/tasks.ts';
import type { Logger } from '../logger.ts';
import type { Market, MarketEvent } from '../market/market.ts';
import type { SlotHost } from '../slots/slothost.ts';
import type { Database } from '../stores/database.ts';
import { MarketWatch } from './marketwatch.ts';
import type { Reservations } from './reservations.ts';
import type { SaleInfo, SalesEvent } from './saleinfo.ts';
import { newSale, resumedSale } from './salerecord.ts';
import { SalesAgent } from './salesagent.ts';
import type { RetryTimes, SlotRef } from './salestate.ts';
import { isWorthKeeping, SaleStore } from './salestore.ts';
import { SlotQueue } from './slotqueue.ts';
import type { SlotQueueItem } from './slotqueueitem.ts';

export interface SalesModules {
  readonly market: Market;
  readonly clock: Clock;
  readonly reservations: Reservations;
  readonly queue?: SlotQueue;
  readonly host: SlotHost;
  readonly database: Database;
  readonly logger: Logger;
}

export interface SalesOptions {
  /** How far back requests are looked for at the start, seconds. */
  readonly lookBackSeconds?: number;
  readonly retryTimes?: RetryTimes;
}

/**
 * Sells slots: follows the market, takes slots from the queue, and runs an agent for each until its sale is over.
 *
 * Every slot that is ours on chain, and every reservation in the ledger, has an agent while this runs; no slot has two.
 * After `stop` nothing runs; what is on its way on chain is found again at the next start.
 */
export class Sales {
  readonly onEvent: Emitter<SalesEvent>;
  readonly queue: SlotQueue;
  readonly #modules: SalesModules;
  readonly #logger: Logger;
  readonly #retryTimes: RetryTimes;
  readonly #store: SaleStore;
  readonly #tasks: Tasks;
  readonly #watch: MarketWatch;
  readonly #agentsBySlot = new Map<SlotId, SalesAgent>();
  #scope: AbortScope | undefined;

  constructor(modules: SalesModules, { lookBackSeconds = 86_400, retryTimes = {} }: SalesOptions = {}) {
    const logger = modules.logger.child('sales');
    this.#modules = modules;
    this.#logger = logger;
    this.#retryTimes = retryTimes;
    this.onEvent = new Emitter((error) => logger.error('A listener of the sales failed', { error }));
    this.queue = modules.queue ?? new SlotQueue({ ...modules, logger });
    this.#store = new SaleStore({ ...modules, logger });
    this.#tasks = new Tasks((error, task) => logger.error('A task of the sales failed', { task, error }));
    this.#watch = new MarketWatch(
      { ...modules, queue: this.queue, tasks: this.#tasks, logger },
      { onEvent: (event) => this.#tellAgents(event), lookBackSeconds, retryTimes },
    );
  }

  /** The sales that run. */
  list(): SaleInfo[] {
    return [...this.#agentsBySlot.values()].map((agent) => agent.info);
  }

  /** Ended sales in which bytes or money were involved, newest first. */
  history(limit: number): Promise<SaleInfo[]> {
    return this.#store.history(limit);
  }

  /**
   * Begins to listen, takes up what is ours, looks for requests of the past, and lets the workers begin (engine.md
   * 13-S1). An unreachable chain is waited for. Rejects with an abort error when called off.
   */
  async start({ signal }: { signal?: AbortSignal } = {}): Promise<void> {
    if (this.#scope) return;
    throwIfAborted(signal);
    const scope = abortScope();
    const onAbort = () => scope.abort();
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#scope = scope;
    try {
      this.#watch.open(scope.signal);
      await this.#takeUpSales(scope.signal);
      await this.#watch.catchUp(scope.signal);
      this.queue.start((item) => this.#sell(item, scope.signal));
    } catch (error) {
      await this.stop();
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Ends all work and waits for it: no agent, timer or subscription is left. Idempotent. */
  async stop(): Promise<void> {
    this.#scope?.abort();
    this.#watch.close();
    this.queue.stop();
    await this.#tasks.settle();
    this.#agentsBySlot.clear();
    this.#scope = undefined;
  }

  async #takeUpSales(signal: AbortSignal): Promise<void> {
    const stored = new Map((await this.#store.running()).map((info) => [info.slotId, info] as const));
    const refs = new Map<SlotId, SlotRef>();
    for (const { slotId, requestId, slotIndex } of this.#modules.reservations.reservations()) {
      refs.set(slotId, { slotId, requestId, slotIndex });
    }
    for (const ref of await this.#slotsOnChain(refs, signal)) refs.set(ref.slotId, ref);
    const leftOver = [...stored.values()].filter(({ slotId }) => !refs.has(slotId));
    for (const info of leftOver) {
      if (mayHoldMoney(info)) refs.set(info.slotId, refOf(info));
      else await this.#closeLeftOver(info);
    }
    for (const ref of refs.values()) this.#takeUp(ref, stored.get(ref.slotId), signal);
  }

  /** Our slots that the ledger does not know; all the others are known by their reservation. */
  async #slotsOnChain(known: ReadonlyMap<SlotId, SlotRef>, signal: AbortSignal): Promise<SlotRef[]> {
    const { market } = this.#modules;
    const refs: SlotRef[] = [];
    for (const slotId of await this.#retry(signal, () => market.mySlots({ signal }))) {
      if (known.has(slotId)) continue;
      const active = await this.#retry(signal, () => market.getActiveSlot(slotId, { signal }));
      if (active) refs.push({ slotId, requestId: requestIdOf(active.request), slotIndex: active.slotIndex });
    }
    return refs;
  }

  #takeUp(ref: SlotRef, stored: SaleInfo | undefined, signal: AbortSignal): void {
    const now = this.#modules.clock.now();
    this.queue.occupy(ref);
    this.#run(stored ? resumedSale(stored, now) : newSale(ref, now), 'unknown', signal);
  }

  /**
   * It was given back, and the process ended before that was noted; or its reservation could not be read, and then its
   * bytes are still there, which nothing else speaks of.
   */
  async #closeLeftOver(info: SaleInfo): Promise<void> {
    await this.#modules.host.clear(info.slotId).catch((error: unknown) => {
      this.#logger.error('The bytes of an ended sale could not be deleted', { slotId: info.slotId, error });
    });
    const outcome = info.outcome ?? {
      code: 'error',
      text: 'The node stopped while this sale was being closed.',
    };
    await this.#store.close({ ...info, outcome, endedAt: info.endedAt ?? this.#modules.clock.now() });
  }

  #sell(item: SlotQueueItem, signal: AbortSignal): void {
    const info = { ...newSale(item, this.#modules.clock.now()), expiresAt: item.expiresAt };
    this.#run(info, 'preparing', signal);
  }

  #run(info: SaleInfo, initial: 'unknown' | 'preparing', signal: AbortSignal): void {
    const { slotId } = info;
    const agent = new SalesAgent(
      { ...this.#modules, logger: this.#logger },
      {
        info,
        retryTimes: this.#retryTimes,
        tell: (event) => this.#onSaleEvent(event),
        save: (saved) => this.#store.save(saved),
        freeWorker: () => this.queue.freeWorker(slotId),
      },
    );
    this.#agentsBySlot.set(slotId, agent);
    this.#tasks.track('sale', this.#untilEnded(agent, initial, signal));
  }

  async #untilEnded(agent: SalesAgent, initial: 'unknown' | 'preparing', signal: AbortSignal): Promise<void> {
    const { slotId } = agent.info;
    try {
      const { info, waitingFor } = await agent.run(initial, { signal });
      this.#summarize(info);
      this.#agentsBySlot.delete(slotId);
      if (isWorthKeeping(info)) await this.#close(info);
      this.onEvent.emit({ type: 'ended', sale: info });
      this.queue.end(slotId, waitingFor === undefined ? {} : { waitingFor });
    } catch (error) {
      if (!signal.aborted) {
        this.#agentsBySlot.delete(slotId);
        this.queue.end(slotId);
      }
      throw error;
    }
  }

  /** All is given back by now, so a record that cannot be moved holds nothing up: the next start moves it. */
  async #close(info: SaleInfo): Promise<void> {
    try {
      await this.#store.close(info);
    } catch (error) {
      this.#logger.error('An ended sale could not be put into the history', { slotId: info.slotId, error });
    }
  }

  #onSaleEvent(event: SalesEvent): void {
    // Told once it is out of the list and in the history.
    if (event.type === 'ended') return;
    this.onEvent.emit(event);
    if (event.type === 'progress' || !isWorthKeeping(event.sale)) return;
    this.#tasks.track('store a sale', this.#store.save(event.sale));
  }

  #tellAgents(event: MarketEvent): void {
    if (event.name === 'SlotFilled') {
      this.#agentsBySlot.get(slotIdOf(event.requestId, event.slotIndex))?.raise('slotFilled');
    } else if (event.name === 'RequestFailed') {
      for (const agent of this.#agentsOf(event.requestId)) agent.raise('requestFailed');
    } else if (event.name === 'RequestFulfilled') {
      for (const agent of this.#agentsOf(event.requestId)) agent.requestFulfilled();
    }
  }

  #agentsOf(requestId: RequestId): SalesAgent[] {
    return [...this.#agentsBySlot.values()].filter((agent) => agent.info.requestId === requestId);
  }

  #summarize(sale: SaleInfo): void {
    const { path, proofs, progress: _, ...info } = sale;
    const { sent, missed, failed } = proofs;
    this.#logger.info('Sale ended', {
      ...info,
      path: path.map(({ state }) => state),
      proofs: { sent, missed, failed },
    });
  }

  #retry<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const onError = (error: unknown, attempt: number) =>
      this.#logger.warn('Our slots could not be read; trying again', { attempt, error });
    return retry(work, { signal, ...this.#retryTimes, onError });
  }
}

/** Filled, and not known how it ended: whoever else forgot it, the chain is asked. */
const mayHoldMoney = ({ filledAt, outcome }: SaleInfo): boolean =>
  filledAt !== undefined && outcome === undefined;

const refOf = ({ slotId, requestId, slotIndex }: SaleInfo): SlotRef => ({ slotId, requestId, slotIndex });
