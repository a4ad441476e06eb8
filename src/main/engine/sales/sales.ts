import type { Clock } from '../clock/clock.ts';
import { slotIdOf, type RequestId, type SlotId } from '../contracts/ids.ts';
import { requestIdOf } from '../contracts/requestid.ts';
import { abortScope, isAborted, throwIfAborted, type AbortScope } from '../lib/abort.ts';
import { Emitter } from '../lib/emitter.ts';
import { retry } from '../lib/retry.ts';
import { Tasks } from '../lib/tasks.ts';
import type { Logger } from '../logger.ts';
import type { ChainEvent, Market, MarketEvent, StorageRequested } from '../market/market.ts';
import type { SlotHost } from '../slots/slothost.ts';
import type { Database } from '../stores/database.ts';
import { ChainReservations } from './chainreservations.ts';
import type { DownloadSpeed } from './downloadspeed.ts';
import { MarketWatch } from './marketwatch.ts';
import { ownSlots, type OwnSlot } from './ownslots.ts';
import { ProofQueue } from './proofqueue.ts';
import type { Reservations } from './reservations.ts';
import type { SaleInfo, SalesEvent } from './saleinfo.ts';
import { newSale, resumedSale } from './salerecord.ts';
import { SalesAgent } from './salesagent.ts';
import type { RetryTimes, SlotRef } from './salestate.ts';
import { isWorthKeeping, SaleStore } from './salestore.ts';
import { salesummary } from './salesummary.ts';
import { SlotQueue } from './slotqueue.ts';
import type { SlotQueueItem } from './slotqueueitem.ts';
import { Wallet } from './wallet.ts';

export interface SalesModules {
  readonly market: Market;
  readonly clock: Clock;
  readonly reservations: Reservations;
  readonly queue?: SlotQueue;
  readonly host: SlotHost;
  readonly database: Database;
  /** Is told what each download took. */
  readonly downloadSpeed?: DownloadSpeed;
  readonly logger: Logger;
}

export interface SalesOptions {
  /** How far back requests are looked for at the start, seconds. */
  readonly lookBackSeconds?: number;
  readonly retryTimes?: RetryTimes;
  /** How many proofs are made at once. */
  readonly proofsAtOnce?: number;
}

/**
 * Sells slots: follows the market, takes slots from the queue, and runs an agent for each until its sale is over.
 *
 * Every slot that is ours on chain, and every reservation in the ledger, has an agent while this runs; no slot has two.
 * After `stop` nothing runs; what is on its way on chain is found again at the next start.
 */
export class Sales {
  readonly onEvent: Emitter<SalesEvent>;
  /** Each open request, past or new, once; before its slots are queued. */
  readonly onRequest: Emitter<StorageRequested>;
  readonly queue: SlotQueue;
  readonly proofQueue: ProofQueue;
  readonly #modules: SalesModules;
  readonly #logger: Logger;
  readonly #retryTimes: RetryTimes;
  readonly #store: SaleStore;
  readonly #chainReservations: ChainReservations;
  readonly #wallet: Wallet;
  readonly #tasks: Tasks;
  readonly #watch: MarketWatch;
  readonly #agentsBySlot = new Map<SlotId, SalesAgent>();
  #scope: AbortScope | undefined;
  #starting: Promise<void> = Promise.resolve();

  constructor(
    modules: SalesModules,
    { lookBackSeconds = 86_400, retryTimes = {}, proofsAtOnce = 1 }: SalesOptions = {},
  ) {
    const logger = modules.logger.child('sales');
    this.#modules = modules;
    this.#logger = logger;
    this.#retryTimes = retryTimes;
    const onError = (error: unknown) => logger.error('A listener of the sales failed', { error });
    this.onEvent = new Emitter(onError);
    this.onRequest = new Emitter(onError);
    this.queue = modules.queue ?? new SlotQueue({ ...modules, logger });
    const { periodSeconds } = modules.market.config;
    this.proofQueue = new ProofQueue({ ...modules, logger }, { periodSeconds, concurrency: proofsAtOnce });
    this.#store = new SaleStore({ ...modules, logger });
    this.#chainReservations = new ChainReservations({ ...modules, logger });
    this.#wallet = new Wallet(modules);
    this.#tasks = new Tasks((error, task) => logger.error('A task of the sales failed', { task, error }));
    this.#watch = new MarketWatch(
      { ...modules, queue: this.queue, tasks: this.#tasks, logger },
      {
        onEvent: (event) => this.#scope && this.#onMarketEvent(event, this.#scope.signal),
        onRequest: (request) => this.onRequest.emit(request),
        lookBackSeconds,
        retryTimes,
      },
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

  /** Listens to the market from now on; `start` follows what it heard. To be called before the market begins to tell. */
  listen(): void {
    this.#watch.open();
  }

  /**
   * Begins to listen, takes up what is ours, looks for requests of the past, and lets the workers begin (engine.md
   * 13-S1). An unreachable chain is waited for. Rejects with an abort error when called off.
   */
  async start({ signal }: { signal?: AbortSignal } = {}): Promise<void> {
    if (this.#scope) return this.#starting;
    throwIfAborted(signal);
    const scope = abortScope();
    const onAbort = () => scope.abort();
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#scope = scope;
    this.#starting = this.#begin(scope.signal);
    try {
      await this.#starting;
    } catch (error) {
      await this.stop();
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Ends all work and waits for it: no agent, timer or subscription is left, and it can be started again. Idempotent. */
  async stop(): Promise<void> {
    const scope = this.#scope;
    scope?.abort();
    this.#watch.close();
    this.queue.stop();
    await this.#starting.catch(() => {});
    await this.#tasks.settle();
    if (this.#scope !== scope) return;
    this.#agentsBySlot.clear();
    this.#scope = undefined;
  }

  async #begin(signal: AbortSignal): Promise<void> {
    this.#watch.open();
    await this.#chainReservations.load();
    await this.#takeUpSales(signal);
    await this.#watch.catchUp(signal);
    throwIfAborted(signal);
    this.queue.start((item) => this.#sell(item, signal));
  }

  async #takeUpSales(signal: AbortSignal): Promise<void> {
    const modules = { ...this.#modules, store: this.#store, logger: this.#logger };
    const own = await ownSlots(modules, { signal, retryTimes: this.#retryTimes });
    await this.#sweep(own, signal);
    throwIfAborted(signal);
    for (const slot of own) this.#takeUp(slot, signal);
  }

  /** What lies on the disk of slots that nobody speaks of any more. The chain is asked once more: bytes are hard to get. */
  async #sweep(own: readonly OwnSlot[], signal: AbortSignal): Promise<void> {
    const { market, host } = this.#modules;
    try {
      const onChain = await market.mySlots({ signal });
      const swept = await host.sweep(new Set([...own.map(({ ref }) => ref.slotId), ...onChain]));
      if (swept.length > 0)
        this.#logger.notice('Bytes that no sale speaks of were deleted', { slots: swept });
    } catch (error) {
      if (isAborted(error)) throw error;
      this.#logger.error('Bytes that no sale speaks of could not be deleted', { error });
    }
  }

  #takeUp({ ref, stored }: OwnSlot, signal: AbortSignal): void {
    const now = this.#modules.clock.now();
    this.queue.occupy(ref);
    this.#run(stored ? resumedSale(stored, now) : newSale(ref, now), 'unknown', signal);
  }

  #sell(item: SlotQueueItem, signal: AbortSignal): void {
    const info = { ...newSale(item, this.#modules.clock.now()), expiresAt: item.expiresAt };
    this.#run(info, 'preparing', signal);
  }

  #run(info: SaleInfo, initial: 'unknown' | 'preparing', signal: AbortSignal): void {
    const { slotId } = info;
    const agent = new SalesAgent(
      {
        ...this.#modules,
        logger: this.#logger,
        proofQueue: this.proofQueue,
        chainReservations: this.#chainReservations,
        wallet: this.#wallet,
      },
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
      if (isWorthKeeping(info)) await this.#close(info);
      this.#logger[isWorthKeeping(info) ? 'info' : 'debug']('Sale ended', salesummary(info));
      this.#agentsBySlot.delete(slotId);
      if (isElsewhere(info)) this.#watch.setTaken(info.requestId, info.slotIndex);
      this.onEvent.emit({ type: 'ended', sale: info });
      this.queue.end(slotId, waitingFor === undefined ? {} : { waitingFor });
      if (mayYetBeFilled(info)) this.#tasks.track('look once more', this.#takeUpIfOurs(refOf(info), signal));
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

  #onMarketEvent(event: MarketEvent, signal: AbortSignal): void {
    switch (event.name) {
      case 'SlotFilled':
        this.#onSlotFilled(refOf({ ...event, slotId: slotIdOf(event.requestId, event.slotIndex) }), signal);
        break;
      case 'SlotFreed': {
        // With its host the slot lost all its reservations. One that is being sold may have been reserved after that, for
        // what is told is of a while ago.
        const slotId = slotIdOf(event.requestId, event.slotIndex);
        if (this.#agentsBySlot.has(slotId)) break;
        this.#tasks.track('forget a reservation', this.#chainReservations.forget(slotId));
        break;
      }
      case 'RequestFailed':
        for (const agent of this.#agentsOf(event.requestId)) agent.raise('requestFailed');
        break;
      case 'RequestFulfilled':
        for (const agent of this.#agentsOf(event.requestId)) agent.requestFulfilled();
        break;
      case 'StorageRequested':
      case 'RequestCancelled':
      case 'SlotReservationsFull':
      case 'ProofSubmitted':
        break;
      case 'TakenBack':
        this.#onTakenBack(event.event, signal);
        break;
    }
  }

  /** What was built on it is looked at anew, and what was given up for it may be ours after all. */
  #onTakenBack(event: ChainEvent, signal: AbortSignal): void {
    switch (event.name) {
      case 'StorageRequested':
        for (const agent of this.#agentsOf(event.requestId)) agent.raise('requestTakenBack');
        break;
      case 'SlotFilled':
      case 'SlotFreed':
        this.#agentsBySlot.get(slotIdOf(event.requestId, event.slotIndex))?.raise('takenBack');
        break;
      case 'RequestFulfilled':
        for (const agent of this.#agentsOf(event.requestId)) agent.requestNotFulfilled();
        break;
      case 'RequestCancelled':
      case 'RequestFailed':
        for (const agent of this.#agentsOf(event.requestId)) agent.raise('takenBack');
        break;
      case 'ProofSubmitted':
        this.#onProofTakenBack(event.slotId);
        break;
      case 'SlotReservationsFull':
        break;
    }
    if (event.name === 'SlotFreed' || event.name === 'RequestFailed')
      this.#tasks.track('look for slots that came back', this.#takeUpForgotten(signal));
  }

  #onProofTakenBack(slotId: SlotId): void {
    const agent = this.#agentsBySlot.get(slotId);
    // Where nothing is proven any more, nothing depends on it.
    if (agent?.info.state === 'proving') agent.raise('takenBack');
  }

  #onSlotFilled(ref: SlotRef, signal: AbortSignal): void {
    const agent = this.#agentsBySlot.get(ref.slotId);
    if (agent) agent.raise('slotFilled');
    else if (this.#chainReservations.has(ref.slotId))
      this.#tasks.track('look who filled a slot', this.#takeUpIfOurs(ref, signal));
  }

  /**
   * A fill that was sent and lost from sight can come through when its sale is long over. Only who reserved a slot can
   * fill it, so few are looked at.
   */
  async #takeUpIfOurs(ref: SlotRef, signal: AbortSignal): Promise<void> {
    const { market } = this.#modules;
    const onError = (error: unknown, attempt: number) =>
      this.#logger.warn('Who filled a slot could not be read; trying again', { attempt, error });
    // A slot that was paid out keeps its host for ever; it is ours while it is on the list.
    const ours = await retry(() => market.mySlots({ signal }), { signal, ...this.#retryTimes, onError });
    if (!ours.includes(ref.slotId) || this.#agentsBySlot.has(ref.slotId)) return;
    this.#logger.error('A slot is ours whose sale had been given up; it is taken up again', { ...ref });
    this.#takeUp({ ref }, signal);
  }

  /** Slots that were lost in a block which was replaced by another are ours again. */
  async #takeUpForgotten(signal: AbortSignal): Promise<void> {
    const { market } = this.#modules;
    const onError = (error: unknown, attempt: number) =>
      this.#logger.warn('Our slots could not be read; trying again', { attempt, error });
    const again = <T>(work: () => Promise<T>) => retry(work, { signal, ...this.#retryTimes, onError });
    for (const slotId of await again(() => market.mySlots({ signal }))) {
      if (this.#agentsBySlot.has(slotId)) continue;
      const active = await again(() => market.getActiveSlot(slotId, { signal }));
      if (!active || this.#agentsBySlot.has(slotId)) continue;
      const ref = { slotId, requestId: requestIdOf(active.request), slotIndex: active.slotIndex };
      this.#logger.error('A slot is ours again whose loss was taken back; it is taken up again', ref);
      this.#takeUp({ ref }, signal);
    }
  }

  #agentsOf(requestId: RequestId): SalesAgent[] {
    return [...this.#agentsBySlot.values()].filter((agent) => agent.info.requestId === requestId);
  }
}

const refOf = ({ slotId, requestId, slotIndex }: SlotRef): SlotRef => ({ slotId, requestId, slotIndex });

/** A fill was sent, and the sale ended as if none had come through. */
const mayYetBeFilled = ({ filledAt, path }: SaleInfo): boolean =>
  filledAt === undefined && path.some(({ state }) => state === 'filling');

/** Others have it, or all the reservations of it. */
const isElsewhere = ({ outcome }: SaleInfo): boolean =>
  outcome?.code === 'slotTaken' || outcome?.code === 'reservationsFull';
