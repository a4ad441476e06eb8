import type { RequestExplanation, WhyNotCount } from '../../../shared/insight.ts';
import type { Clock } from '../clock/clock.ts';
import type { AvailabilityId, RequestId } from '../contracts/ids.ts';
import { Tasks } from '../lib/tasks.ts';
import type { Logger } from '../logger.ts';
import type { Market, MarketEvent, StorageRequested } from '../market/market.ts';
import type { Availability } from '../sales/availability.ts';
import type { DownloadSpeed } from '../sales/downloadspeed.ts';
import type { LedgerChange, Reservations } from '../sales/reservations.ts';
import type { SalesEvent } from '../sales/saleinfo.ts';
import type { Sales } from '../sales/sales.ts';
import type { DroppedItem, SlotQueue } from '../sales/slotqueue.ts';
import type { Database } from '../stores/database.ts';
import { DailyCounts, type CountedRule, type Increase } from './dailycounts.ts';
import { EarlyFates, type TakenRule } from './earlyfates.ts';
import { SeenOffer, SeenRequest } from './seenrequest.ts';
import { SeenRequests } from './seenrequests.ts';
import { ruleOfDrop, ruleOfSale, textOf } from './slotfate.ts';
import { askVerdict, verdictOf, wishOf, type Verdict, type VerdictFacts } from './verdict.ts';

export interface WhyNotModules {
  readonly market: Pick<Market, 'subscribe'>;
  readonly sales: Pick<Sales, 'onRequest' | 'onEvent' | 'list'>;
  readonly queue: Pick<SlotQueue, 'onDropped'>;
  readonly reservations: Pick<Reservations, 'availabilities' | 'availability' | 'quota' | 'onChange'>;
  readonly clock: Clock;
  readonly database: Database;
  readonly logger: Logger;
  readonly speed?: Pick<DownloadSpeed, 'secondsFor'> | undefined;
  /** Tokens in the wallet, when they are known. */
  readonly balance?: (() => bigint | undefined) | undefined;
}

export interface WhyNotOptions {
  /** How many requests are remembered in full. */
  readonly limit?: number;
  readonly saveSeconds?: number;
}

/**
 * Why slots were not sold: for each request that was seen, what each offer made of it, and what came in the way of its
 * slots later. Of a slot the first thing in the way counts: one that waited in vain for room and then expired was refused
 * for want of room. The newest requests are remembered in full, all are counted by day, offer and rule; memory does not
 * grow with their number. Counts are saved once a minute and at `stop`: a crash loses the last minute of them. A request
 * that is seen again after a restart is told of, and not counted twice.
 */
export class WhyNot {
  readonly #modules: WhyNotModules;
  readonly #limit: number;
  readonly #saveSeconds: number;
  readonly #counts: DailyCounts;
  readonly #counted: SeenRequests;
  readonly #seen = new Map<RequestId, SeenRequest>();
  readonly #early = new EarlyFates();
  readonly #knownOffers = new Set<AvailabilityId>();
  readonly #tasks: Tasks;
  readonly #unsubscribe: (() => void)[] = [];
  readonly #stopping = new AbortController();
  #savedAt = -Infinity;
  #isSaving = false;

  constructor(modules: WhyNotModules, { limit = 1000, saveSeconds = 60 }: WhyNotOptions = {}) {
    const logger = modules.logger.child('whynot');
    this.#modules = modules;
    this.#limit = limit;
    this.#saveSeconds = saveSeconds;
    this.#counts = new DailyCounts({ ...modules, logger });
    this.#counted = new SeenRequests({ ...modules, logger });
    this.#tasks = new Tasks((error) => logger.error('The reasons could not be saved', { error }));
  }

  /** Call before the sales start, so that no request is missed. */
  async start(): Promise<void> {
    await this.#counts.load();
    await this.#counted.load();
    const { market, sales, queue, reservations } = this.#modules;
    for (const { id } of reservations.availabilities()) this.#knownOffers.add(id);
    this.#unsubscribe.push(
      reservations.onChange.subscribe((change) => this.#onLedger(change)),
      sales.onRequest.subscribe((request) => this.#onRequest(request)),
      sales.onEvent.subscribe((event) => this.#onSale(event)),
      queue.onDropped.subscribe((dropped) => this.#onDropped(dropped)),
      market.subscribe((event) => this.#onMarket(event)),
    );
  }

  /** Saves what is not saved yet; that it cannot is logged, and holds nothing up. Idempotent. */
  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    this.#stopping.abort();
    await this.#tasks.settle();
    this.#tasks.track('save', this.#save());
    await this.#tasks.settle();
  }

  /** Days as `2026-11-22` in UTC, both included, oldest first. */
  counts(range: { from?: string | undefined; to?: string | undefined } = {}): WhyNotCount[] {
    return this.#counts.list(range);
  }

  /** Newest first. */
  recent(limit: number): RequestExplanation[] {
    const newest = [...this.#seen.values()].slice(-Math.max(1, limit)).reverse();
    return newest.map((seen) => seen.explain());
  }

  /** Undefined when it was never seen, or too long ago. */
  explain(requestId: RequestId): RequestExplanation | undefined {
    return this.#seen.get(requestId)?.explain();
  }

  #onRequest(request: StorageRequested): void {
    if (this.#seen.has(request.requestId)) return;
    const seen = this.#remember(request);
    for (const offer of this.#modules.reservations.availabilities()) this.#judge(offer, seen);
    for (const { slotIndex, rule } of this.#early.take(request.requestId)) {
      this.#onTaken(seen, slotIndex, rule);
    }
  }

  /** An offer that is new is asked of the requests that are still open. */
  #onLedger({ availability }: LedgerChange): void {
    if (!availability || this.#knownOffers.has(availability.id)) return;
    this.#knownOffers.add(availability.id);
    const now = this.#modules.clock.now();
    for (const seen of this.#seen.values()) {
      if (seen.request.expiresAt >= now) this.#judge(availability, seen);
    }
  }

  #judge(offer: Availability, seen: SeenRequest): void {
    if (seen.obstacle?.rule === 'tooManySlots') return;
    const facts = this.#factsFor(seen);
    const verdict = verdictOf(offer, seen.wish, facts);
    const judged = new SeenOffer(offer, { hasMatched: verdict === undefined });
    seen.offers.push(judged);
    if (verdict) judged.block(verdict, seen.slots, { offer, quota: facts.quota });
    this.#count(seen, verdict?.rule ?? 'matched', { requests: 1, slots: seen.slots }, offer.id);
  }

  #remember(request: StorageRequested): SeenRequest {
    const seenAt = this.#modules.clock.now();
    // When it was posted the event does not say: by now, so that it ends no later than this.
    const wish = wishOf(request.ask, seenAt + Number(request.ask.duration));
    const isCounted = this.#counted.add(request.requestId);
    const seen = new SeenRequest(request, { seenAt, wish, isCounted });
    this.#seen.set(request.requestId, seen);
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > this.#limit && oldest !== undefined) this.#seen.delete(oldest);

    seen.obstacle = askVerdict(request.ask) ?? this.#noOffer();
    if (seen.obstacle) this.#count(seen, seen.obstacle.rule, { requests: 1, slots: seen.slots });
    return seen;
  }

  #noOffer(): Verdict | undefined {
    if (this.#modules.reservations.availabilities().length > 0) return undefined;
    return { rule: 'noOffer', text: 'You offered no space.' };
  }

  #factsFor({ request, wish }: SeenRequest): VerdictFacts {
    const { reservations, clock, balance, speed } = this.#modules;
    return {
      quota: reservations.quota,
      now: clock.now(),
      expiresAt: request.expiresAt,
      balance: balance?.(),
      downloadSeconds: speed?.secondsFor(wish.slotSize),
    };
  }

  #onSale(event: SalesEvent): void {
    const { sale } = event;
    const seen = this.#seen.get(sale.requestId);
    if (!seen) return;
    if (event.type === 'entered' && sale.state === 'proving') seen.sell(sale.slotIndex);
    if (event.type !== 'ended' || sale.filledAt !== undefined || !sale.outcome) return;
    const { code, text } = sale.outcome;
    const rule = ruleOfSale[code];
    const availabilityId = sale.availabilityId ?? sale.refusal?.availabilityId;
    if (rule) this.#blockSlot(seen, sale.slotIndex, { rule, text }, availabilityId);
    else if (code === 'noMatchingAvailability') this.#onNoMatch(seen, sale.slotIndex);
  }

  #onDropped({ item, reason }: DroppedItem): void {
    const seen = this.#seen.get(item.requestId);
    const rule = ruleOfDrop[reason];
    if (seen) this.#blockSlot(seen, item.slotIndex, { rule, text: textOf[rule] });
  }

  /** A slot that waits in the queue just goes when others have it. One that is being sold tells of itself. */
  #onMarket(event: MarketEvent): void {
    if (event.name !== 'SlotFilled' && event.name !== 'SlotReservationsFull') return;
    const { requestId, slotIndex } = event;
    const rule = event.name === 'SlotFilled' ? 'lostRace' : 'reservationsFull';
    const seen = this.#seen.get(requestId);
    if (seen) this.#onTaken(seen, slotIndex, rule);
    else this.#early.add(requestId, { slotIndex, rule });
  }

  #onTaken(seen: SeenRequest, slotIndex: number, rule: TakenRule): void {
    if (seen.matched.length === 0) return;
    const { requestId } = seen.request;
    const isBeingSold = this.#modules.sales
      .list()
      .some((sale) => sale.requestId === requestId && sale.slotIndex === slotIndex);
    if (!isBeingSold) this.#blockSlot(seen, slotIndex, { rule, text: textOf[rule] });
  }

  /** The offers have changed since the request came, be it by its own first slots; so each is asked again. */
  #onNoMatch(seen: SeenRequest, slotIndex: number): void {
    if (!seen.settle(slotIndex)) return;
    const facts = this.#factsFor(seen);
    for (const judged of seen.matched) {
      const offer = this.#modules.reservations.availability(judged.offer.id);
      const verdict = offer && verdictOf(offer, seen.wish, facts);
      if (verdict) this.#block(seen, judged, verdict, offer);
    }
  }

  /** What concerns the slot and no offer's terms: in the way of the offer it was for, or else of all that matched. */
  #blockSlot(seen: SeenRequest, slotIndex: number, verdict: Verdict, availabilityId?: string): void {
    if (!seen.settle(slotIndex)) return;
    for (const judged of seen.matched) {
      const { offer } = judged;
      if (availabilityId === undefined || availabilityId === offer.id)
        this.#block(seen, judged, verdict, offer);
    }
  }

  #block(seen: SeenRequest, judged: SeenOffer, verdict: Verdict, offer: Availability): void {
    const isFirst = judged.block(verdict, 1, { offer, quota: this.#modules.reservations.quota });
    this.#count(seen, verdict.rule, { requests: isFirst ? 1 : 0, slots: 1 }, offer.id);
  }

  #count(
    { isCounted }: SeenRequest,
    rule: CountedRule,
    increase: Increase,
    availabilityId?: AvailabilityId,
  ): void {
    if (!isCounted) return;
    this.#counts.add(this.#modules.clock.now(), { availabilityId, rule }, increase);
    if (this.#isSaving || this.#stopping.signal.aborted) return;
    this.#isSaving = true;
    this.#tasks.track('save', this.#saveSoon(this.#stopping.signal));
  }

  async #saveSoon(signal: AbortSignal): Promise<void> {
    try {
      const { clock } = this.#modules;
      await clock.waitUntil(Math.max(clock.now(), this.#savedAt + this.#saveSeconds), { signal });
      this.#savedAt = clock.now();
    } finally {
      this.#isSaving = false;
    }
    await this.#save();
  }

  async #save(): Promise<void> {
    await this.#counts.save();
    await this.#counted.save();
  }
}
