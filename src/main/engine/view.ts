import { afterMs, type After } from '../../shared/after.ts';
import type { ActivityRow } from '../../shared/rows.ts';
import { Activity } from './activity.ts';
import type { Clock } from './clock/clock.ts';
import type { Emitter } from './lib/emitter.ts';
import { NewestRows, type RowSink } from './row-sink.ts';
import type { Reservations } from './sales/reservations.ts';
import type { SaleInfo, SalesEvent } from './sales/saleinfo.ts';
import type { Sales } from './sales/sales.ts';
import type { SlotQueue } from './sales/slotqueue.ts';
import { storageFault } from './storagefault.ts';
import type { StoreError } from './stores/errors.ts';
import type { SlotCheck } from './stores/scrubrecords.ts';
import {
  addSettled,
  availabilityRow,
  checkedSlots,
  isRefusal,
  moneyRow,
  queueRow,
  refusedRow,
  saleRow,
  storageRow,
  type Settled,
} from './view-rows.ts';

export interface ViewModules {
  readonly rows: RowSink;
  readonly clock: Pick<Clock, 'now'>;
  readonly sales: Pick<Sales, 'history' | 'list' | 'onEvent'>;
  readonly queue: Pick<SlotQueue, 'items' | 'onChange'>;
  readonly reservations: Pick<Reservations, 'availabilities' | 'reservations' | 'quota' | 'onChange'>;
  readonly diskSpace: () => Promise<{ readonly freeBytes: bigint; readonly totalBytes: bigint }>;
  /** Whether the slots can be read and written, and when each was last read from end to end. */
  readonly slots?: {
    readonly fault: () => Promise<StoreError | undefined>;
    readonly checks: () => Iterable<SlotCheck>;
  };
}

export interface ViewOptions {
  readonly folder: string;
  readonly periodSeconds: number;
  readonly token: { readonly symbol: string; readonly decimals: number };
  readonly after?: After;
}

/** The node's account of itself, as rows. Only reads. */
export class View {
  /** Every line of the activity feed, as it is written. */
  readonly onActivity: Emitter<ActivityRow>;
  readonly #modules: ViewModules;
  readonly #options: Required<ViewOptions>;
  readonly #activity: Activity;
  readonly #ended: NewestRows<'sales'>;
  readonly #refused: NewestRows<'refused'>;
  readonly #unsubscribe: (() => void)[] = [];
  #isQueueStale = false;
  #cancelQueue: (() => void) | undefined;
  #settled: Settled = { earned: 0n, slashed: 0n, proofsSent: 0, proofsMissed: 0 };

  constructor(modules: ViewModules, options: ViewOptions) {
    this.#modules = modules;
    this.#options = { after: afterMs, ...options };
    this.#activity = new Activity(modules, options);
    this.onActivity = this.#activity.onLine;
    this.#ended = new NewestRows(modules, { table: 'sales', limit: 500 });
    this.#refused = new NewestRows(modules, { table: 'refused', limit: 100 });
  }

  /** What ended sales brought and cost since the node was first started. */
  get settled(): Readonly<Settled> {
    return this.#settled;
  }

  /** Call before the sales start, so that none of their events is missed. */
  async start(): Promise<void> {
    const { sales, reservations, queue } = this.#modules;
    for (const sale of (await sales.history(Infinity)).toReversed()) this.#addEnded(sale);
    this.#unsubscribe.push(
      sales.onEvent.subscribe((event) => this.#onSale(event)),
      reservations.onChange.subscribe((change) => {
        // Booked bytes come many times a second, and an offer's row does not speak of them.
        if (change.availability || !change.reservation) this.#showOffers();
      }),
      queue.onChange.subscribe(() => this.#showQueueSoon()),
    );
    this.#showOffers();
    this.#showQueue();
  }

  /** What was gathered for the next tick is still told. */
  stop(): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    this.#activity.tick();
    this.#cancelQueue?.();
    this.#cancelQueue = undefined;
    if (this.#isQueueStale) this.#showQueue();
  }

  /** What changes with time alone: money accrues, the disk fills. Call about once a second. */
  async tick(): Promise<void> {
    this.#activity.tick();
    this.#showMoney();
    await this.#showStorage();
  }

  #onSale(event: SalesEvent): void {
    const { sale } = event;
    if (event.type === 'ended') {
      this.#modules.rows.delete('sales', sale.slotId);
      this.#addEnded(sale);
    } else this.#modules.rows.set('sales', saleRow(sale));
    this.#activity.saw(event);
    if (event.type === 'progress') return;
    this.#showMoney();
    this.#showOffers();
  }

  #addEnded(sale: SaleInfo): void {
    this.#settled = addSettled(this.#settled, sale);
    if (isRefusal(sale)) this.#refused.set(refusedRow(sale));
    else this.#ended.set(saleRow(sale));
  }

  #showMoney(): void {
    const { rows, sales, clock } = this.#modules;
    const { periodSeconds } = this.#options;
    rows.set('money', moneyRow(sales.list(), this.#settled, { now: clock.now(), periodSeconds }));
  }

  #showOffers(): void {
    const { rows, reservations, clock } = this.#modules;
    const now = clock.now();
    const filled = this.#filledSlots();
    const isFilled = ({ slotId }: { slotId: string }) => filled.has(slotId);
    rows.replace(
      'availabilities',
      reservations
        .availabilities()
        .map((offer) => availabilityRow(offer, reservations.reservations(offer.id), isFilled, now)),
    );
  }

  /** At once, and then ten times a second at most: a flood of requests changes it thousands of times. */
  #showQueueSoon(): void {
    this.#isQueueStale = true;
    if (this.#cancelQueue) return;
    this.#showQueue();
    this.#cancelQueue = this.#options.after(QUEUE_MS, () => {
      this.#cancelQueue = undefined;
      if (this.#isQueueStale) this.#showQueueSoon();
    });
  }

  #showQueue(): void {
    this.#isQueueStale = false;
    const { rows, queue } = this.#modules;
    rows.replace(
      'queue',
      queue.items({ limit: QUEUE_ROWS }).map((entry, index) => queueRow(entry, index + 1)),
    );
  }

  async #showStorage(): Promise<void> {
    const { rows, reservations, diskSpace, slots } = this.#modules;
    const { folder } = this.#options;
    const disk = await diskSpace();
    const fault = storageFault(await slots?.fault(), disk, folder);
    this.#activity.sawStorage(fault);
    const checked = checkedSlots([...(slots?.checks() ?? [])]);
    rows.set('storage', {
      ...storageRow(reservations, this.#filledSlots(), disk, folder),
      ...(fault && { fault }),
      ...(checked && { checked }),
    });
  }

  #filledSlots(): Set<string> {
    const running = this.#modules.sales.list();
    return new Set(running.flatMap(({ slotId, filledAt }) => (filledAt === undefined ? [] : [slotId])));
  }
}

/** A queue may hold 65,535 slots; nobody reads farther than this. */
const QUEUE_ROWS = 500;
const QUEUE_MS = 100;
