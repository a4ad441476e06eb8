import type { Notice } from '../../shared/api.ts';
import type { ActivityRow, TableName, Tables } from '../../shared/rows.ts';
import { bytesText, shortId, tokensText } from '../../shared/units.ts';
import type { Clock } from './clock/clock.ts';
import { pricePerSlotPerSecond } from './contracts/requests.ts';
import { Emitter } from './lib/emitter.ts';
import type { Reservations } from './sales/reservations.ts';
import type { SaleInfo, SalesEvent } from './sales/saleinfo.ts';
import type { Sales } from './sales/sales.ts';
import type { SlotQueue } from './sales/slotqueue.ts';
import {
  addSettled,
  availabilityRow,
  isRefusal,
  moneyRow,
  queueRow,
  refusedRow,
  saleRow,
  sizeOf,
  type Settled,
} from './view-rows.ts';

/** Where the rows go: the live feed of whoever shows them. */
export interface RowSink {
  set<T extends TableName>(table: T, row: Tables[T]): void;
  delete(table: TableName, id: string): void;
  replace<T extends TableName>(table: T, rows: readonly Tables[T][]): void;
}

export interface ViewModules {
  rows: RowSink;
  clock: Clock;
  sales: Sales;
  queue: SlotQueue;
  reservations: Reservations;
  diskSpace: () => Promise<{ freeBytes: bigint; totalBytes: bigint }>;
}

export interface ViewOptions {
  folder: string;
  periodSeconds: number;
  token: { symbol: string; decimals: number };
}

const KEPT_ACTIVITY = 200;
const KEPT_ENDED = 500;
const KEPT_REFUSED = 100;

/** The node's account of itself, as rows; and the notices a person should hear of. Only reads. */
export class View {
  readonly notices = new Emitter<Notice>();
  /** Every line of the activity feed, as it is written. */
  readonly onActivity = new Emitter<ActivityRow>();
  readonly #modules: ViewModules;
  readonly #options: ViewOptions;
  readonly #activity: ActivityRow[] = [];
  readonly #ended: string[] = [];
  readonly #refused: string[] = [];
  readonly #unsubscribe: (() => void)[] = [];
  #settled: Settled = { earned: 0n, slashed: 0n, proofsSent: 0, proofsMissed: 0 };
  #activityCount = 0;
  /** Slots whose proofs were sent since the last tick: told together, as many fall into one period. */
  readonly #proven = new Map<string, SaleInfo>();

  constructor(modules: ViewModules, options: ViewOptions) {
    this.#modules = modules;
    this.#options = options;
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
      reservations.onChange.subscribe(() => this.#showOffers()),
      queue.onChange.subscribe(() => this.#showQueue()),
    );
    this.#showOffers();
    this.#showQueue();
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
  }

  /** What changes with time alone: money accrues, the disk fills. Call about once a second. */
  async tick(): Promise<void> {
    this.#tellProofs();
    this.#showMoney();
    await this.#showStorage();
  }

  #onSale(event: SalesEvent): void {
    const { sale } = event;
    if (event.type === 'ended') this.#onEnded(sale);
    else this.#modules.rows.set('sales', saleRow(sale));
    if (event.type === 'entered') this.#onEntered(sale, event.from);
    if (event.type === 'proof') this.#onProof(sale, event.result);
    if (event.type !== 'progress') {
      this.#showMoney();
      this.#showOffers();
    }
  }

  #onEntered(sale: SaleInfo, from: SaleInfo['state'] | undefined): void {
    if (sale.state === 'downloading') this.#tell('downloading', `Downloading slot ${slotText(sale)}, ${sizeText(sale)}`, sale);
    if (sale.state === 'proving' && from === 'filled' && sale.path.some(({ state }) => state === 'filling')) {
      const text = `Slot ${slotText(sale)} filled, ${sizeText(sale)}, to earn ${this.#tokens(expectedPayout(sale))}`;
      this.#tell('filled', text, sale);
      this.notices.emit({
        kind: 'slotFilled',
        title: `Slot filled: ${sizeText(sale)}, to earn ${this.#tokens(expectedPayout(sale))}`,
        body: `Its collateral is ${this.#tokens(sale.collateral ?? 0n)}. Keep this computer on: proofs are due until the request ends.`,
        saleId: sale.slotId,
      });
    }
  }

  #onProof(sale: SaleInfo, result: 'due' | 'sent' | 'failed' | 'missed'): void {
    if (result === 'sent') this.#proven.set(sale.slotId, sale);
    if (result === 'missed') {
      this.#tell('proofMissed', `Proof missed for slot ${slotText(sale)}`, sale);
      this.notices.emit({
        kind: 'proofMissed',
        title: `Proof missed: ${this.#tokens(sale.currentCollateral ?? 0n)} of collateral left`,
        body: `Slot ${sale.slotIndex} of this request has missed ${sale.proofs.missed}. When too many are missed the slot is lost.`,
        saleId: sale.slotId,
      });
    }
  }

  #tellProofs(): void {
    const [first, ...others] = this.#proven.values();
    this.#proven.clear();
    if (!first) return;
    if (others.length === 0) this.#tell('proof', `Proof sent for slot ${slotText(first)}`, first);
    else this.#tell('proof', `Proofs sent for ${others.length + 1} slots`);
  }

  #onEnded(sale: SaleInfo): void {
    this.#modules.rows.delete('sales', sale.slotId);
    this.#addEnded(sale);
    const code = sale.outcome?.code;
    const text = sale.outcome?.text ?? 'Sale ended';
    if (code === 'paid' || code === 'partlyPaid') {
      this.#tell('paid', `Sale of slot ${slotText(sale)} ended and paid`, sale, sale.payout ?? 0n);
      this.notices.emit({
        kind: 'salePaid',
        title: `Sale ended and paid: +${this.#tokens(sale.payout ?? 0n)}`,
        body: `${text} Its collateral is back.`,
        saleId: saleRow(sale).id,
      });
    } else if (sale.filledAt !== undefined) {
      this.#tell('lost', text, sale, -(sale.collateral ?? 0n));
      this.notices.emit({ kind: 'slotLost', title: 'Slot lost', body: text, saleId: saleRow(sale).id });
    } else {
      this.#tell(isRefusal(sale) ? 'refused' : 'failed', `Slot ${slotText(sale)} not taken. ${text}`, sale);
    }
  }

  #addEnded(sale: SaleInfo): void {
    const { rows } = this.#modules;
    this.#settled = addSettled(this.#settled, sale);
    if (isRefusal(sale)) {
      const row = refusedRow(sale);
      rows.set('refused', row);
      this.#refused.push(row.id);
      if (this.#refused.length > KEPT_REFUSED) rows.delete('refused', this.#refused.shift() ?? '');
    } else {
      const row = saleRow(sale);
      rows.set('sales', row);
      this.#ended.push(row.id);
      if (this.#ended.length > KEPT_ENDED) rows.delete('sales', this.#ended.shift() ?? '');
    }
  }

  #showMoney(): void {
    const { rows, sales, clock } = this.#modules;
    const { periodSeconds } = this.#options;
    rows.set('money', moneyRow(sales.list(), this.#settled, { now: clock.now(), periodSeconds }));
  }

  #showOffers(): void {
    const { rows, reservations, clock } = this.#modules;
    const now = clock.now();
    const reserved = reservations.reservations();
    const filled = this.#filledSlots();
    rows.replace(
      'availabilities',
      reservations.availabilities().map((a) => availabilityRow(a, reserved, ({ slotId }) => filled.has(slotId), now)),
    );
  }

  #showQueue(): void {
    const { rows, queue } = this.#modules;
    rows.replace('queue', queue.items().map((entry, index) => queueRow(entry, index + 1)));
  }

  async #showStorage(): Promise<void> {
    const { rows, reservations, diskSpace } = this.#modules;
    const { freeBytes, totalBytes } = await diskSpace();
    const { max, used, reserved } = reservations.quota;
    const filled = this.#filledSlots();
    const all = reservations.reservations();
    const soldBytes = sizeOf(all.filter(({ slotId }) => filled.has(slotId)));
    const downloadingBytes = sizeOf(all) - soldBytes;
    const offeredFreeBytes = reservations.availabilities().reduce((sum, { freeSize }) => sum + freeSize, 0n);
    const otherFilesBytes = atLeastZero(totalBytes - freeBytes - used);
    rows.set('storage', {
      id: 'storage',
      folder: this.#options.folder,
      quotaBytes: max,
      usedBytes: used,
      reservedBytes: reserved,
      soldBytes,
      downloadingBytes,
      offeredFreeBytes,
      otherFilesBytes,
      diskLeftBytes: atLeastZero(totalBytes - otherFilesBytes - soldBytes - downloadingBytes - offeredFreeBytes),
      diskTotalBytes: totalBytes,
    });
  }

  #filledSlots(): Set<string> {
    return new Set(this.#modules.sales.list().flatMap(({ slotId, filledAt }) => (filledAt === undefined ? [] : [slotId])));
  }

  #tell(kind: ActivityRow['kind'], text: string, sale?: SaleInfo, amount?: bigint): void {
    const row: ActivityRow = {
      id: String((this.#activityCount += 1)),
      at: this.#modules.clock.now(),
      kind,
      text,
      ...(sale && { saleId: saleRow(sale).id }),
      ...(amount !== undefined && { amount }),
    };
    this.#activity.push(row);
    this.#modules.rows.set('activity', row);
    if (this.#activity.length > KEPT_ACTIVITY) this.#modules.rows.delete('activity', this.#activity.shift()?.id ?? '');
    this.onActivity.emit(row);
  }

  #tokens(amount: bigint): string {
    const { symbol, decimals } = this.#options.token;
    return `${tokensText(amount, decimals)} ${symbol}`;
  }
}

/** Which slot of which request, short: "3 of 9f41…c27e". */
const slotText = ({ slotIndex, requestId }: SaleInfo): string => `${slotIndex} of ${shortId(requestId)}`;

const sizeText = (sale: SaleInfo): string => bytesText(sale.ask?.slotSize ?? 0n);

function expectedPayout({ ask, filledAt, requestEndsAt }: SaleInfo): bigint {
  if (!ask || filledAt === undefined || requestEndsAt === undefined) return 0n;
  return BigInt(Math.max(0, requestEndsAt - filledAt)) * pricePerSlotPerSecond(ask);
}

const atLeastZero = (bytes: bigint): bigint => (bytes < 0n ? 0n : bytes);
