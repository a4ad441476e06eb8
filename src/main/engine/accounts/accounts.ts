import type {
  AccountBeginning,
  AccountCheck,
  AccountFilter,
  AccountLine,
  AccountPage,
  AccountTotals,
  EarningChart,
  EarningStep,
} from '../../../shared/accounts.ts';
import type { Clock } from '../clock/clock.ts';
import { slotIdOf } from '../contracts/ids.ts';
import type { StoredTransaction } from '../contracts/storedtransaction.ts';
import { abortScope, isAborted } from '../lib/abort.ts';
import { Emitter } from '../lib/emitter.ts';
import { Mutex } from '../lib/mutex.ts';
import { retry, sleep } from '../lib/retry.ts';
import { Tasks } from '../lib/tasks.ts';
import type { Logger } from '../logger.ts';
import type { MarketEvent } from '../market/market.ts';
import type { OnchainMarket } from '../market/onchain-market.ts';
import type { CursorStore, StoredPosition } from '../market/log-tail.ts';
import type { Transfers } from '../market/transfers.ts';
import type { Sales } from '../sales/sales.ts';
import { isWorthKeeping } from '../sales/salestore.ts';
import { accrued } from '../sales/stake.ts';
import { cursorStore } from '../stores/cursor.ts';
import type { Database } from '../stores/database.ts';
import type { Beside } from '../stores/transactions.ts';
import { earningChart } from './chart.ts';
import { checkOf, type Checked } from './check.ts';
import type { Entry, GasEntry, Opening, SlashEntry } from './entry.ts';
import { EntryStore, type AccountsOf } from './entrystore.ts';
import { AccountsError } from './errors.ts';
import { gasEntry, gasId } from './gas.ts';
import { LineList } from './linelist.ts';
import { linesOf, type EntryLine } from './lines.ts';
import { MarkFinder } from './mark.ts';
import { beforeEntry, newSlash, SalesBook, splitOf, type AccountedSale, type Place } from './salesbook.ts';
import { fits, sumsOf, totalsOf } from './sums.ts';
import { timeOf } from './time.ts';
import { TokenEntries } from './tokenentries.ts';

export interface AccountsModules {
  readonly database: Database;
  readonly logger: Logger;
}

/** What the accounts are about, once it is there. */
export interface AccountedNode {
  readonly market: AccountedMarket;
  readonly sales: Pick<Sales, 'list' | 'history' | 'onEvent'>;
  readonly clock: Pick<Clock, 'now'>;
}

export type AccountedMarket = Pick<
  OnchainMarket,
  | 'transfers'
  | 'balancesAt'
  | 'block'
  | 'ownTransaction'
  | 'ownTransactions'
  | 'onOwnTransaction'
  | 'payers'
  | 'subscribe'
  | 'tokenMovesBy'
  | 'callOf'
>;

export interface AccountsOptions {
  /** Between two comparisons with the chain that nobody asks for. */
  readonly checkMs?: number;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly nowMs?: () => number;
}

/**
 * The account's money, movement by movement, as the chain tells it: gas by the receipts of its transactions, tokens by
 * the Transfer events to and from it, slashes by what the contract has left on record. Each entry is written in one batch
 * with what it follows from: gas with the record of its transaction, tokens with how far their events were read; slashes
 * are worked out again from the sales at each start. What a replaced block held is taken back.
 *
 * All entries are kept in memory, about 0.8 kB each with its line.
 */
export class Accounts {
  /** Told when lines came or went, with a number that grows. */
  readonly changes: Emitter<number>;
  readonly #modules: AccountsModules;
  readonly #of: AccountsOf;
  readonly #options: Required<AccountsOptions>;
  readonly #store: EntryStore;
  readonly #book = new SalesBook();
  readonly #list = new LineList();
  readonly #scope = abortScope();
  readonly #tasks: Tasks;
  readonly #oneAtATime = new Mutex();
  /** Where the chain took a slot away, or failed a request, by the id of either. */
  readonly #losses = new Map<string, Place>();
  /** Of which inclusion of a transaction the transfers were looked for, by its id. */
  readonly #hinted = new Map<string, string>();
  readonly #unsubscribe: (() => void)[] = [];
  #node: AccountedNode | undefined;
  #marks: MarkFinder | undefined;
  #transfers: Transfers | undefined;
  #tokens: TokenEntries | undefined;
  #isRead = false;
  /** Sales that lost something before the entries were read. */
  readonly #early: AccountedSale[] = [];
  /** From when on no server knew the block of the opening. */
  #unknownSinceMs: number | undefined;
  #told = 0;

  /** Before the market is reached, whose transactions are accounted for from the first one on. Reads nothing yet. */
  constructor(modules: AccountsModules, of: AccountsOf, options: AccountsOptions = {}) {
    const { logger } = modules;
    this.#modules = modules;
    this.#of = of;
    this.#store = new EntryStore(modules, of);
    this.#options = { checkMs: 3_600_000, sleep, nowMs: Date.now, ...options };
    this.#tasks = new Tasks((error, name) =>
      logger.error('The accounts are not kept any more', { name, error }),
    );
    this.changes = new Emitter((error) => logger.error('A listener of the accounts failed', { error }));
  }

  /** What is to be written with records of transactions that changed. */
  besideTransactions(records: readonly StoredTransaction[]): Beside {
    const mined = records.flatMap((record) => gasEntry(record) ?? []);
    const unmined = records.filter(({ inclusion }) => !inclusion);
    const ids = unmined.map(({ id }) => gasId(id));
    const gone = ids
      .filter((id) => !this.#store.isLoaded || this.#store.entries.has(id))
      .map((id) => ({ id }));
    const { operations, written } = this.#store.change(mined, gone);
    return {
      operations,
      written: () => {
        written();
        this.#tell();
      },
    };
  }

  /** Call before the sales start, so that none of their events is missed. Nothing is waited for. */
  start(node: AccountedNode): void {
    const { market, sales } = node;
    this.#node = node;
    this.#marks = new MarkFinder(market, { nowMs: this.#options.nowMs });
    this.#unsubscribe.push(
      sales.onEvent.subscribe((event) => {
        // Most that are looked at come to nothing.
        if (event.type === 'progress' || event.type === 'data' || !isWorthKeeping(event.sale)) return;
        this.#book.saw(event.sale);
        if (event.type !== 'ended' && (event.type !== 'proof' || event.result !== 'missed')) return;
        if (this.#isRead) this.#tasks.track('sale', this.#bookSale(event.sale, { isNew: true }));
        else this.#early.push(event.sale);
      }),
      market.subscribe((event) => this.#onMarketEvent(event)),
    );
  }

  /**
   * Once the sales of the run before are taken up again: reads what the accounts hold and follows the chain. What fails,
   * on the disk or on the chain, is tried again, and holds up nothing else.
   */
  follow(): void {
    this.#tasks.track('accounts', this.#run(this.#scope.signal));
  }

  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    this.#scope.abort();
    await this.#tasks.settle();
    await this.#transfers?.stop();
  }

  get began(): AccountBeginning | undefined {
    const { opening } = this.#store;
    if (!opening) return undefined;
    const { at, block, tokens, gas } = opening;
    return { at, block, tokens, gas };
  }

  /** Newest first. */
  lines(filter: AccountFilter = {}): readonly AccountLine[] {
    return this.#all().filter((line) => fits(line, filter));
  }

  page(filter: AccountFilter, { offset, limit }: { offset: number; limit: number }): AccountPage {
    const lines = this.lines(filter);
    return { lines: lines.slice(offset, offset + limit), total: lines.length, sums: sumsOf(lines) };
  }

  totals(): AccountTotals {
    const { began } = this;
    return { ...(began && { began }), ...totalsOf(this.#all()) };
  }

  /** What was settled and slashed by day or month, and what running sales pay if they run to their end. */
  chart(step: EarningStep): EarningChart {
    const { sales, clock } = this.#running();
    const expected = sales.list().flatMap((sale) => {
      const { requestEndsAt, filledAt } = sale;
      if (requestEndsAt === undefined || filledAt === undefined) return [];
      return [{ at: requestEndsAt, amount: accrued(sale, requestEndsAt) }];
    });
    return earningChart(this.#all(), expected, { step, now: clock.now() });
  }

  /** As it was compared last; undefined before the first time. */
  get lastCheck(): AccountCheck | undefined {
    const { began } = this;
    const { lastCheck } = this.#store;
    return began && lastCheck && { ...lastCheck, began };
  }

  /**
   * Compares the lines with what the chain says the account holds, at the newest block.
   * @throws AccountsError NOT_BEGUN; MarketError CHAIN_UNREACHABLE
   */
  async check(): Promise<AccountCheck> {
    const { signal } = this.#scope;
    return this.#oneAtATime.run(
      async () => {
        const { market } = this.#running();
        const opening = this.#store.opening;
        if (!opening || !this.#transfers) throw notBegun();
        await this.#accountForMissing();
        const head = await this.#transfers.catchUp({ signal });
        if (this.#tokens?.isWaiting) throw notWritten();
        let checked: Checked;
        for (let attempt = 1; ; attempt++) {
          const chain = await market.balancesAt(head.number, { signal });
          checked = checkOf({ opening, chain, head, lines: this.#all(), last: this.#store.lastCheck });
          // A receipt may come later than the block.
          if (checked.otherTransactions === 0 || attempt === RECEIPT_LOOKS) break;
          await this.#options.sleep(1000, signal);
        }
        await this.#store.checked(checked);
        const isWhole = checked.tokens.difference === 0n && checked.gas.difference === 0n;
        if (!isWhole)
          this.#modules.logger.warn('The accounts and the chain differ', {
            tokens: checked.tokens.difference,
            gas: checked.gas.difference,
            otherTransactions: checked.otherTransactions,
            block: checked.block,
          });
        const { at, block, tokens, gas } = opening;
        return { ...checked, began: { at, block, tokens, gas } };
      },
      { signal },
    );
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { logger } = this.#modules;
    const onError = (error: unknown) => logger.warn('The accounts cannot go on yet; trying again', { error });
    await retry(() => this.#begin(signal), { signal, onError, sleep: this.#options.sleep });
    for (;;) {
      await this.#options.sleep(this.#options.checkMs, signal);
      try {
        await this.check();
      } catch (error) {
        if (isAborted(error)) throw error;
        logger.debug('The accounts could not be compared with the chain', { error });
      }
    }
  }

  async #begin(signal: AbortSignal): Promise<void> {
    const { market, sales } = this.#running();
    await this.#read();
    for (const sale of sales.list()) if (isWorthKeeping(sale)) this.#book.saw(sale);
    await this.#accountForMissing();
    if (!(await this.#isSameChain(signal))) await this.#open(signal);
    for (const sale of this.#early.splice(0)) await this.#bookSale(sale, { isNew: true });
    for (const sale of this.#book.all()) await this.#bookSale(sale, { isNew: false });
    if (this.#transfers) return;
    const cursors = this.#cursors();
    const transfers = market.transfers(cursors);
    transfers.changes.subscribe((change) => this.#tokens?.saw(change));
    await transfers.start({ signal });
    this.#transfers = transfers;
    this.#unsubscribe.push(market.onOwnTransaction((record) => this.#onOwnTransaction(record)));
  }

  /** Tokens move by it alone when a slot is filled or freed; a proof moves none. */
  #onOwnTransaction({ id, purpose, inclusion }: StoredTransaction): void {
    if (!inclusion || (purpose !== 'fill' && purpose !== 'free')) return;
    if (this.#hinted.get(id) === inclusion.hash) return;
    this.#hinted.set(id, inclusion.hash);
    if (this.#hinted.size > HINTS_KEPT) this.#hinted.delete(this.#hinted.keys().next().value ?? '');
    this.#transfers?.hint();
  }

  /** What is on the disk of them and of the sales that ended. */
  async #read(): Promise<void> {
    if (this.#isRead) return;
    await this.#store.load();
    for (const sale of await this.#running().sales.history(Infinity)) this.#book.saw(sale);
    this.#isRead = true;
    this.#tell();
  }

  /** Records that an earlier version wrote have no entries, and those that found no space on the disk. */
  async #accountForMissing(): Promise<void> {
    const { entries } = this.#store;
    const records = [...this.#running().market.ownTransactions()];
    const unknown = records.filter(({ id, inclusion }) => inclusion && !entries.has(gasId(id)));
    await this.#store.write(this.besideTransactions(unknown));
  }

  /**
   * The opening balance is of a block that is still there. Where it is not, what came before counts as before. A server
   * that does not know the block may be behind: it is waited for.
   * @throws Error as long as it is
   */
  async #isSameChain(signal: AbortSignal): Promise<boolean> {
    const { opening } = this.#store;
    if (!opening) return false;
    const { market } = this.#running();
    const block = await market.block(opening.block, { signal });
    if (block) return block.hash === opening.blockHash;
    const now = this.#options.nowMs();
    this.#unknownSinceMs ??= now;
    if (now - this.#unknownSinceMs < UNKNOWN_MS)
      throw new Error(`The server has no block ${opening.block}, with which the accounts began`);
    const head = await market.block('latest', { signal });
    if (!head) throw notBegun();
    // One that is farther than it has forgotten the block.
    return head.number >= opening.block;
  }

  async #open(signal: AbortSignal): Promise<void> {
    const { market } = this.#running();
    const latest = await market.block('latest', { signal });
    if (!latest) throw notBegun();
    // The newest block may be replaced any moment, and others may not have it yet.
    const head = await market.block(Math.max(0, latest.number - OPENING_DEPTH), { signal });
    if (!head) throw notBegun();
    const { number: block, hash } = head;
    const at = timeOf(head.timestamp);
    const balances = await market.balancesAt(block, { signal });
    const last = this.#store.opening;
    const isFirst = last === undefined;
    const firstBlock = Math.min(block, last?.firstBlock ?? last?.block ?? block);
    const opening = { at, block, blockHash: hash as `0x${string}`, firstBlock, ...balances };
    const before = isFirst ? this.#before(opening) : [];
    await this.#store.begin(opening, before);
    this.#modules.logger.notice(
      isFirst ? 'The accounts begin' : 'The chain of the accounts was replaced; they begin anew',
      { block, at, tokens: balances.tokens, gas: balances.gas },
    );
    this.#tell();
  }

  #before(opening: { at: number; block: number }): Entry[] {
    const gas = [...this.#store.entries.values()].filter((entry): entry is GasEntry => entry.type === 'gas');
    const records = [...this.#running().market.ownTransactions()];
    return [...this.#book.all()].flatMap((sale) => {
      const { slotId, startedAt, endedAt = Infinity } = sale;
      const isIts = (at: number) => at >= startedAt && at <= endedAt;
      const known = gas.filter((entry) => entry.slotId === slotId && isIts(entry.at));
      const own = records.filter(
        ({ slotId: of, inclusion }) => of === slotId && inclusion && isIts(inclusion.minedAt),
      );
      const gasKnown = known.reduce((sum, { amount }) => sum + amount, 0n);
      return beforeEntry(sale, opening, { gasKnown, own }) ?? [];
    });
  }

  /** Keeps the entries and how far their events were read in one batch, so that neither is there without the other. */
  #cursors(): CursorStore {
    const { database, logger } = this.#modules;
    const { chainId, marketplace, account } = this.#of;
    const cursors = cursorStore(
      { database, logger },
      { chainId, marketplace: `transfers-${marketplace.slice(2)}-${account.slice(2)}` },
    );
    const { market } = this.#running();
    const tokens = new TokenEntries({ market, store: this.#store, splitOf: this.#splitOf });
    this.#tokens = tokens;
    return {
      load: async () => (await cursors.load()) ?? firstPosition(this.#store.opening),
      save: async (position) => {
        const { operations, written } = await tokens.toWrite({ signal: this.#scope.signal });
        await cursors.save(position, operations);
        written();
        this.#tell();
      },
    };
  }

  readonly #splitOf = (slotId: string, at: number) => {
    const { sales } = this.#running();
    for (const sale of sales.list()) if (sale.slotId === slotId) this.#book.saw(sale);
    return splitOf(this.#book.saleAt(slotId, at));
  };

  /** Enters what was slashed since the last time, and parts the payout as the sale's end says. */
  async #bookSale(sale: AccountedSale, { isNew }: { isNew: boolean }): Promise<void> {
    await this.#oneAtATime.run(async () => {
      const entries = this.#store.ofSlot(sale.slotId);
      const known = entries.filter(
        (entry): entry is SlashEntry => entry.type === 'slash' && entry.startedAt === sale.startedAt,
      );
      const at = sale.endedAt ?? this.#running().clock.now();
      const place = this.#losses.get(sale.slotId) ?? this.#losses.get(sale.requestId);
      const isLoss = sale.endedAt !== undefined && (sale.payout ?? 0n) === 0n;
      const slash = newSlash(sale, known, { at, place: isLoss ? place : undefined });
      const isSought = isNew && slash?.transactionHash === undefined;
      const found = slash && isSought ? await this.#withMark(slash) : slash;
      const split = sale.endedAt === undefined ? undefined : splitOf(sale);
      const parted = entries.flatMap((entry) => {
        if (!split || entry.type !== 'tokens' || entry.purpose !== 'free') return [];
        const isThisSales = this.#book.saleAt(sale.slotId, entry.at)?.startedAt === sale.startedAt;
        // A reward for a repair is not told by the end.
        const isTold = entry.split !== undefined && entry.split.returned > split.returned;
        return isThisSales && !isTold ? [{ ...entry, split }] : [];
      });
      await this.#store.write(this.#store.change([...(found ? [found] : []), ...parted]));
      this.#tell();
    });
  }

  /** The transaction by which the proof was marked as missing, if it can be found. */
  async #withMark(slash: SlashEntry): Promise<SlashEntry> {
    const { signal } = this.#scope;
    try {
      const mark = await this.#marks?.find(slash, { signal });
      return mark ? { ...slash, ...mark } : slash;
    } catch (error) {
      this.#modules.logger.debug('The transaction of a slash was not found', { error });
      return slash;
    }
  }

  #onMarketEvent(event: MarketEvent): void {
    if (event.name !== 'SlotFreed' && event.name !== 'RequestFailed') return;
    const { blockNumber: block, transactionHash } = event;
    const id = event.name === 'SlotFreed' ? slotIdOf(event.requestId, event.slotIndex) : event.requestId;
    this.#losses.set(id, {
      at: this.#running().clock.now(),
      block,
      transactionHash: transactionHash as `0x${string}`,
    });
    if (this.#losses.size > LOSSES_KEPT) this.#losses.delete(this.#losses.keys().next().value ?? '');
  }

  #all(): readonly AccountLine[] {
    const { entries, opening } = this.#store;
    const changedEntries = this.#store.takeChanged();
    const changedSlots = [...this.#book.takeChanged()];
    if (!changedEntries) this.#list.clear();
    const ids = changedEntries
      ? new Set([...changedEntries, ...changedSlots.flatMap((slot) => this.#store.idsOf(slot))])
      : entries.keys();
    const changed = new Map<string, readonly AccountLine[]>();
    for (const id of ids) {
      const entry = entries.get(id);
      changed.set(id, entry ? linesOf(entry, opening).map((line) => this.#withSale(line)) : []);
    }
    if (changed.size > 0) this.#list.replace(changed);
    return this.#list.lines;
  }

  /** Not every transaction says of which request its slot is. */
  #withSale({ startedAt, ...line }: EntryLine): AccountLine {
    const { slotId } = line;
    if (slotId === undefined) return line;
    const sale =
      startedAt === undefined ? this.#book.saleAt(slotId, line.at) : this.#book.of(slotId, startedAt);
    if (!sale) return line;
    const { requestId, slotIndex } = sale;
    // As the tables of the window name it.
    const saleId = sale.endedAt === undefined ? slotId : `${slotId}@${sale.startedAt}`;
    return { ...line, requestId, slotIndex, saleId };
  }

  #tell(): void {
    const { revision } = this.#store;
    if (revision === this.#told) return;
    this.#told = revision;
    this.changes.emit(revision);
  }

  #running(): AccountedNode {
    if (!this.#node) throw notBegun();
    return this.#node;
  }
}

/** A server that is behind the opening has to be waited for, and not to be read from far back. */
function firstPosition(opening: Opening | undefined): StoredPosition {
  if (!opening) throw notBegun();
  const { block: number, blockHash: hash, at: timestamp } = opening;
  return {
    kind: 'position',
    position: { floor: number, points: [{ number, hash, timestamp }] },
    told: [],
  };
}

const notBegun = (): AccountsError =>
  new AccountsError(
    'ACCOUNTS_NOT_BEGUN',
    {},
    { message: 'The accounts have not begun: the chain has not told yet what the account holds.' },
  );

const notWritten = (): AccountsError =>
  new AccountsError(
    'ACCOUNTS_NOT_WRITTEN',
    {},
    { message: 'What the chain told could not be written down yet. Check the space left on the disk.' },
  );

const RECEIPT_LOOKS = 5;
/** So long a chain may lack the block of the opening before it counts as another one. */
const UNKNOWN_MS = 300_000;
/** Blocks between the newest one and that of the opening. */
const OPENING_DEPTH = 4;
const LOSSES_KEPT = 1000;
const HINTS_KEPT = 1000;
