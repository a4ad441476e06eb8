import type { SlotId } from '../../../src/main/engine/contracts/ids.ts';
import { isAborted } from '../../../src/main/engine/lib/abort.ts';
import type { Logger } from '../../../src/main/engine/logger.ts';
import { DownloadSpeed } from '../../../src/main/engine/sales/downloadspeed.ts';
import { Reservations } from '../../../src/main/engine/sales/reservations.ts';
import type { SalesEvent } from '../../../src/main/engine/sales/saleinfo.ts';
import { Sales } from '../../../src/main/engine/sales/sales.ts';
import { SlotQueue } from '../../../src/main/engine/sales/slotqueue.ts';
import { EventFeed } from './eventfeed.ts';
import { Lease } from './lease.ts';
import { LeasedDatabase } from './leaseddatabase.ts';
import { LeasedHost } from './leasedhost.ts';
import { LeasedMarket } from './leasedmarket.ts';
import { demand } from './violation.ts';
import type { World } from './world.ts';

export type LifeState = 'starting' | 'running' | 'stopping' | 'over';

export interface LifeOptions {
  readonly logger: Logger;
  readonly onSaleEvent: (event: SalesEvent) => void;
  /** It stopped, did not start, or was killed by a planned death. */
  readonly onOver: () => void;
  readonly onFailure: (error: unknown) => void;
}

export interface Engine {
  readonly reservations: Reservations;
  readonly queue: SlotQueue;
  readonly sales: Sales;
}

/** One process of the node, from its start to its stop or its death. */
export class Life {
  readonly lease: Lease;
  readonly #world: World;
  readonly #options: LifeOptions;
  readonly #feed: EventFeed;
  readonly #active = new Set<SlotId>();
  readonly #asked = new Set<Promise<unknown>>();
  #state: LifeState = 'starting';
  #engine: Engine | undefined;
  #runningSince = Infinity;

  constructor(world: World, options: LifeOptions) {
    const { clock, timeline, faults, cursor, market } = world;
    this.#world = world;
    this.#options = options;
    this.lease = new Lease({ clock, timeline }, () => this.#end());
    this.#feed = new EventFeed(
      { chain: market.chain, clock, faults, lease: this.lease, cursor },
      options.onFailure,
    );
    faults.unfair();
    this.#follow(this.#begin());
  }

  get state(): LifeState {
    return this.#state;
  }

  get engine(): Engine | undefined {
    return this.#engine;
  }

  /** Chain time at which its start was done; infinite until then. */
  get runningSince(): number {
    return this.#runningSince;
  }

  kill(): void {
    if (this.#state === 'over') return;
    this.lease.end();
    this.#end();
  }

  stop(): void {
    if (this.#state !== 'running' && this.#state !== 'starting') return;
    this.#state = 'stopping';
    this.#world.faults.unfair();
    this.#follow(this.#stop());
  }

  /** Something its owner asked of it: it stops once that is done. */
  ask(asked: Promise<unknown>): void {
    this.#asked.add(asked);
    const forget = () => void this.#asked.delete(asked);
    asked.then(forget, forget);
  }

  async #begin(): Promise<void> {
    const { lease } = this;
    const { faults, database, host, market, mempool, tenancies, clock, profile } = this.#world;
    const { logger } = this.#options;
    const leased = {
      database: new LeasedDatabase({ database, lease, faults }),
      host: new LeasedHost({ host, lease, faults }),
      market: new LeasedMarket({ market, mempool, tenancies, feed: this.#feed, clock, faults, lease }),
      clock: lease.clock,
      logger,
    };
    const reservations = await Reservations.open(leased, {
      quotaMax: profile.quotaMax,
      nowMs: () => clock.now() * 1000,
    });
    if (this.#state !== 'starting') return this.#end();
    const { workers, capacity } = profile;
    const speed = new DownloadSpeed({ clock });
    const queue = new SlotQueue({ ...leased, reservations, speed }, { workers, capacity });
    const sales = new Sales(
      { ...leased, reservations, queue, downloadSpeed: speed },
      { retryTimes: { sleep: (ms, signal) => this.#sleep(ms, signal) } },
    );
    sales.onEvent.subscribe((event) => this.#hear(event));
    this.#engine = { reservations, queue, sales };
    await sales.start();
    if (this.#state !== 'starting') return;
    this.#state = 'running';
    this.#runningSince = clock.now();
    faults.unfair();
  }

  async #stop(): Promise<void> {
    if (!this.#engine) return;
    const { sales, queue } = this.#engine;
    await sales.stop();
    await Promise.allSettled(this.#asked);
    if (!this.lease.isAlive) return;
    const left = {
      agents: sales.list().length,
      busy: queue.workers.busy,
      queued: queue.length,
      waiting: this.lease.clock.waiting,
      listeners: this.#feed.listeners,
    };
    demand(
      Object.values(left).every((count) => count === 0),
      'Something is left of a node that stopped',
      () => left,
    );
    this.#feed.end();
    demand(!this.lease.isBusy, 'A node that stopped still does something');
    this.lease.end();
    this.#end();
  }

  #end(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#world.faults.unfair();
    this.#feed.end();
    this.#options.onOver();
  }

  /** Back-off in chain time. */
  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.lease;
    await clock.waitUntil(clock.now() + Math.max(1, Math.ceil(ms / 1000)), { signal });
  }

  #hear(event: SalesEvent): void {
    if (!this.lease.isAlive) return;
    const { slotId } = event.sale;
    if (event.type === 'entered' && event.from === undefined) {
      if (this.#active.has(slotId)) this.#options.onFailure(new Error(`Two agents for the slot ${slotId}`));
      this.#active.add(slotId);
      const { busy, max } = this.#engine?.queue.workers ?? { busy: 0, max: 0 };
      if (event.sale.state === 'preparing' && busy > max)
        this.#options.onFailure(new Error(`${busy} of ${max} workers are busy`));
    }
    if (event.type === 'ended') this.#active.delete(slotId);
    this.#options.onSaleEvent(event);
  }

  /** A start that was called off or could not be is the end of the process. */
  #follow(work: Promise<void>): void {
    work.catch((error: unknown) => {
      const isCalledOff = this.#state === 'stopping' || this.#state === 'over';
      if (isCalledOff && isAborted(error)) return;
      const isOfTheWorld =
        error instanceof Error && (error.name === 'StoreError' || error.name === 'MarketError');
      if (!isOfTheWorld) this.#options.onFailure(error);
      this.kill();
    });
  }
}
