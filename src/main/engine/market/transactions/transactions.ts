import type { Clock } from '../../clock/clock.ts';
import type { Address, RequestId, SlotId } from '../../contracts/ids.ts';
import type { StoredPurpose, StoredTransaction } from '../../contracts/storedtransaction.ts';
import { isEngineError } from '../../errors.ts';
import { abortError, abortScope, isAborted, throwIfAborted } from '../../lib/abort.ts';
import { sleep } from '../../lib/retry.ts';
import { Tasks } from '../../lib/tasks.ts';
import { Turns } from '../../lib/turns.ts';
import type { Logger } from '../../logger.ts';
import { MarketError } from '../errors.ts';
import type { SendOptions, Sent } from '../market.ts';
import { parseAnswer, quantity, smallQuantity, type Rpc } from '../rpc.ts';
import type { Signer } from '../signer.ts';
import { isUnmined, newestVersion, TransactionBook, type TransactionStore } from './book.ts';
import { capOfCalls, GasPrices, offeredFee, type GasPrice } from './fees.ts';
import { outcomeOf, tooLate } from './outcome.ts';
import { Punctuality } from './punctuality.ts';
import { Receipts } from './receipts.ts';
import { Sender } from './sender.ts';
import { Watcher } from './watcher.ts';

export interface Call {
  readonly purpose: Exclude<StoredPurpose, 'filler'>;
  readonly slotId: SlotId;
  readonly requestId?: RequestId;
  readonly slotIndex?: number;
  /** Of a proof: the period it is for. */
  readonly period?: number;
  readonly to: Address;
  readonly data: string;
  /** Gas given on top of the estimate, in percent: between estimate and mining another's transaction may change the path. */
  readonly headRoomPercent?: number;
  /** Asks the chain whether what an earlier one of the same subject brought about still holds. */
  readonly stillHolds?: (options: { signal: AbortSignal }) => Promise<boolean | undefined>;
}

export interface TransactionsModules {
  readonly rpc: Rpc;
  readonly signer: Signer;
  readonly chainId: number;
  /** The ERC-20 in which is paid. */
  readonly token: Address;
  /** Who pays the account. */
  readonly payers: readonly Address[];
  readonly clock: Pick<Clock, 'now'>;
  readonly store: TransactionStore;
  readonly logger: Logger;
}

export interface TransactionsOptions {
  /** Between two looks at what is under way. */
  readonly pollMs?: number;
  /** How long a caller waits for his transaction at most; it is seen through all the same, and joined by who asks again. */
  readonly limitMs?: number;
  /** How much longer one waits who has been called off. */
  readonly graceMs?: number;
  /** wei: no unit of gas is ever offered more for. */
  readonly maxFeePerGas?: bigint;
  /** Blocks with the transaction's own from which on it counts as mined. */
  readonly confirmations?: number;
  /** Blocks on top of it after which it is not looked at any more. */
  readonly settledDepth?: number;
  readonly stuckMs?: number;
  readonly repeatMs?: number;
  readonly foreignMs?: number;
  /** Seconds that a transaction is thought to need at least, where it has a deadline. */
  readonly minSeconds?: number;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly nowMs?: () => number;
}

/** A transaction that is under way, or at its end already. */
export interface Submitted {
  readonly id: string;
}

/**
 * The one queue of an account's transactions. It owns the nonce: the next one is what the chain says, or follows the
 * last one of ours that may still be mined, whichever is higher, so that a server that lags neither makes two of one
 * nonce nor leaves one out. What is sent is written down first, and found again after a restart.
 *
 * Estimate, signature and sending happen one at a time; the next may go as soon as the one before was handed over, so
 * that several are in flight in one block. Proofs wait behind nothing: of those who wait for their turn they go first,
 * and whatever hangs before one in the row of nonces is paid more for early, or taken back where there is no gas for it.
 * (To give a proof the nonce of what hangs would bring it no sooner, for the same fee, and cost a second transaction.)
 */
export class Transactions {
  readonly book: TransactionBook;
  readonly prices: GasPrices;
  readonly punctuality: Punctuality;
  readonly #modules: TransactionsModules;
  readonly #options: Required<TransactionsOptions>;
  readonly #turns = new Turns();
  readonly #sender: Sender;
  readonly #watcher: Watcher;
  readonly #stopping = abortScope();
  readonly #tasks: Tasks;
  /** Those whose end somebody was told. */
  readonly #told = new Set<string>();
  readonly #wakers = new Set<() => void>();
  #waitsForFees = 0;
  #prunedAt = 0;

  constructor(modules: TransactionsModules, options: TransactionsOptions = {}) {
    const { rpc, signer, token, payers, store, logger } = modules;
    this.#modules = modules;
    this.#options = { ...defaults, ...options };
    this.book = new TransactionBook({ store, logger });
    this.prices = new GasPrices(rpc);
    this.punctuality = new Punctuality(this.#options);
    this.#sender = new Sender({ ...modules, book: this.book }, this.#options);
    this.#watcher = new Watcher(
      {
        ...modules,
        book: this.book,
        sender: this.#sender,
        receipts: new Receipts({ rpc, token, payers, account: signer.address }),
        prices: this.prices,
        punctuality: this.punctuality,
        turns: this.#turns,
      },
      this.#options,
    );
    this.#tasks = new Tasks((error) => logger.error('Transactions are no longer looked after', { error }));
  }

  /** Finds again what was under way when the program ended, and sees it through from now on. Call before anything else. */
  async recover(): Promise<void> {
    await this.book.load();
    const open = this.book.unmined();
    if (open.length > 0)
      this.#modules.logger.notice('Transactions of an earlier run are looked for', {
        transactions: open.map(({ purpose, slotId, nonce, state }) => ({ purpose, slotId, nonce, state })),
      });
    this.#tasks.track('watch', this.#watch(this.#stopping.signal));
  }

  /** Calls under way reject; what was sent is found again by the next `recover`. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const wake of this.#wakers) wake();
    await this.#tasks.settle();
  }

  /** Something waits because gas costs more than the cap allows. */
  get waitsForFees(): boolean {
    return this.#waitsForFees > 0 || this.#watcher.isAtCap;
  }

  /** Sends and waits until it is mined. @throws MarketError as `submit` and `mined` do */
  async send(call: Call, options: SendOptions): Promise<Sent> {
    return this.mined(await this.submit(call, options), options);
  }

  /**
   * Resolves once it is written down and was handed over; whether the server took it is seen to afterwards. One of the
   * same subject that is under way is joined instead, and so is one that was mined without anybody having heard of it,
   * as long as the chain says that it still holds. The signal counts until it is handed over, and not after.
   * @throws MarketError what the contract's revert means, when the estimate already fails; INSUFFICIENT_GAS; TOO_LATE
   *   when it cannot be mined by the deadline; SIGNING_REFUSED; StoreError when it could not be written down
   */
  async submit(call: Call, { signal, deadline }: SendOptions): Promise<Submitted> {
    return this.#whileRunning(signal, (own) =>
      this.#inTurn(call, own, () => this.#attempt(call, deadline, own)),
    );
  }

  /** As `submit` when there is one to join; else undefined, and nothing is sent. */
  async join(call: Call, { signal, deadline }: SendOptions): Promise<Submitted | undefined> {
    const made = await this.#whileRunning(signal, (own) =>
      this.#inTurn(call, own, async () => (await this.#joined(call, deadline, own)) ?? none),
    );
    return made === none ? undefined : made;
  }

  /**
   * Resolves once it was mined and succeeded.
   * @throws MarketError what the contract's revert means; TOO_LATE when its time was over before; TRANSACTION_LOST when
   *   another took its nonce, or when it was not seen mined in time
   */
  async mined({ id }: Submitted, { signal }: { signal: AbortSignal }): Promise<Sent> {
    throwIfAborted(this.#stopping.signal);
    const record = (await this.#end(id, signal)) ?? this.book.get(id);
    if (record && this.#isAtEnd(record)) this.#told.add(id);
    return outcomeOf(record, { isAtEnd: record !== undefined && this.#isAtEnd(record), id });
  }

  async #whileRunning<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    using scope = abortScope(signal);
    const end = () => scope.abort();
    const { signal: stopping } = this.#stopping;
    if (stopping.aborted) end();
    stopping.addEventListener('abort', end, { once: true });
    try {
      return await work(scope.signal);
    } finally {
      stopping.removeEventListener('abort', end);
    }
  }

  /** Until an attempt succeeds. Between two others have their turn. */
  async #inTurn(
    { purpose }: Call,
    signal: AbortSignal,
    work: () => Promise<Submitted | Again>,
  ): Promise<Submitted> {
    const rank = purpose === 'prove' ? 0 : 1;
    for (let attempt = 1; ; attempt++) {
      const made = await this.#turns.run(work, { rank, signal });
      if ('id' in made) {
        this.#wake();
        return made;
      }
      const { again, error } = made;
      if (again === 'anew' && attempt >= ATTEMPTS) throw error;
      if (again === 'anew') await this.#options.sleep(RETRY_MS * attempt, signal);
      else await this.#waitForFees(error, attempt, signal);
    }
  }

  async #waitForFees(error: MarketError, attempt: number, signal: AbortSignal): Promise<void> {
    if (attempt === 1)
      this.#modules.logger.warn('A transaction waits until gas is cheaper', { ...error.details });
    this.#waitsForFees++;
    try {
      await this.#options.sleep(Math.max(1000, this.#options.pollMs), signal);
    } finally {
      this.#waitsForFees--;
    }
  }

  async #attempt(call: Call, deadline: number | undefined, signal: AbortSignal): Promise<Submitted | Again> {
    const check = () => this.#checkTime(call, deadline);
    check();
    const joined = await this.#joined(call, deadline, signal);
    if (joined) return joined;
    const [gasLimit, nonce, price] = await Promise.all([
      this.#gasFor(call, signal),
      this.#nonce(signal),
      this.prices.now({ signal }),
    ]);
    const fee = offeredFee(price, capOfCalls(this.#options.maxFeePerGas));
    if (!fee) return this.#aboveCap(price);
    const { purpose, slotId, requestId, slotIndex, period, to, data } = call;
    const { id, delivery } = await this.#sender.send(
      { kind: 'call', nonce, to, data, gasLimit, fee },
      { purpose, slotId, requestId, slotIndex, period, deadline },
      { signal, check },
    );
    if (delivery.kind !== 'refused') return { id };
    return this.#refused(id, nonce, delivery);
  }

  /** Certainly nobody has it: the nonce is free, or somebody else's. */
  async #refused(
    id: string,
    nonce: number,
    { why, error }: { why: string; error: MarketError },
  ): Promise<Submitted | Again> {
    // Those before it are handed over again first, and then it.
    if (why === 'nonceAhead') return { id };
    await this.book.drop(id);
    if (why === 'nonceUsed' || why === 'nonceHeld') this.book.usedByOthers(nonce);
    this.#modules.logger.debug('A transaction was refused; it is made anew', { nonce, why, error });
    if (why === 'nonceUsed' || why === 'nonceHeld' || why === 'feeTooLow') return { again: 'anew', error };
    throw error;
  }

  /** The same call is waited for; another for the same end takes the nonce of the one under way. */
  async #joined(
    call: Call,
    deadline: number | undefined,
    signal: AbortSignal,
  ): Promise<Submitted | Again | undefined> {
    const known = this.#earlier(call);
    if (!known || (await this.#isUntold(known, call, signal))) return known;
    // One whose block was replaced comes back by itself; a second beside it would be one too many.
    const earlier = await this.#watcher.seen(known, { signal });
    if (!isUnmined(earlier)) return undefined;
    const newest = newestVersion(earlier);
    const isSame = newest.kind === 'call' && newest.to === call.to && newest.data === call.data;
    if (isSame) {
      if (deadline !== earlier.deadline) await this.book.note(earlier.id, (now) => ({ ...now, deadline }));
      return earlier;
    }
    const [gasLimit, price] = await Promise.all([this.#gasFor(call, signal), this.prices.now({ signal })]);
    const by = { kind: 'call', to: call.to, data: call.data, gasLimit } as const;
    const changes = { deadline, goneBecause: undefined };
    const delivery = await this.#sender.replace(earlier, by, price, { signal, changes });
    return delivery ? earlier : this.#aboveCap(price);
  }

  /** An approval counts only until the next one: to wait for one that is followed by another would not do. */
  #earlier(call: Call): StoredTransaction | undefined {
    const earlier = this.book.newestOf(call);
    if (call.purpose !== 'approve' || !earlier) return earlier;
    const last = this.book.unmined().findLast(({ purpose }) => purpose === 'approve');
    return earlier.id === last?.id ? earlier : undefined;
  }

  async #isUntold(
    { id, state, isSettled }: StoredTransaction,
    { stillHolds }: Call,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (state !== 'mined' || this.#told.has(id)) return false;
    // Without a question to ask, what is long past is not taken for an answer.
    return stillHolds ? ((await stillHolds({ signal })) ?? !isSettled) : !isSettled;
  }

  #aboveCap({ baseFee }: GasPrice): Again {
    const { maxFeePerGas } = this.#options;
    const message = 'Gas costs more than the cap allows';
    return { again: 'cheaper', error: new MarketError('TOO_LATE', { baseFee, maxFeePerGas }, { message }) };
  }

  #checkTime({ purpose, slotId }: Call, deadline: number | undefined): void {
    if (deadline === undefined) return;
    const now = this.#modules.clock.now();
    const { expectedSeconds } = this.punctuality;
    if (now + expectedSeconds > deadline) throw tooLate({ purpose, slotId, deadline, now, expectedSeconds });
  }

  async #gasFor({ to, data, headRoomPercent = 0 }: Call, signal: AbortSignal): Promise<bigint> {
    const { rpc, signer } = this.#modules;
    const call = { from: signer.address, to, data };
    const answer = await rpc.send('eth_estimateGas', [call, 'pending'], { signal });
    return (parseAnswer(quantity, answer, 'eth_estimateGas') * BigInt(100 + headRoomPercent)) / 100n;
  }

  async #nonce(signal: AbortSignal): Promise<number> {
    const { rpc, signer } = this.#modules;
    const answer = await rpc.send('eth_getTransactionCount', [signer.address, 'pending'], { signal });
    return Math.max(parseAnswer(smallQuantity, answer, 'eth_getTransactionCount'), this.book.nextNonce);
  }

  /** Undefined when the time is up first. */
  async #end(id: string, signal: AbortSignal): Promise<StoredTransaction | undefined> {
    using scope = abortScope(this.#stopping.signal);
    let unsubscribe = () => {};
    const atEnd = new Promise<StoredTransaction>((resolve) => {
      const look = () => {
        const record = this.book.get(id);
        if (record && this.#isAtEnd(record)) resolve(record);
      };
      unsubscribe = this.book.changes.subscribe((record) => void (record.id === id && look()));
      look();
    });
    try {
      return await Promise.race([atEnd, this.#patience(signal, scope.signal)]);
    } finally {
      unsubscribe();
    }
  }

  async #patience(signal: AbortSignal, end: AbortSignal): Promise<undefined> {
    const { limitMs, graceMs, sleep: wait } = this.#options;
    using calledOff = abortScope(end);
    const shorten = () => calledOff.abort();
    if (signal.aborted) shorten();
    else signal.addEventListener('abort', shorten, { once: true });
    try {
      await wait(limitMs, calledOff.signal);
    } catch (error) {
      if (!isAborted(error)) throw error;
      if (end.aborted) throw abortError(end);
      await wait(graceMs, end);
    } finally {
      signal.removeEventListener('abort', shorten);
    }
    return undefined;
  }

  #isAtEnd({ inclusion, isSettled }: StoredTransaction): boolean {
    if (!inclusion) return isSettled;
    // The head may have been asked for just before the block came that holds it.
    const head = Math.max(this.#watcher.head?.number ?? 0, inclusion.blockNumber);
    return isSettled || head - inclusion.blockNumber + 1 >= this.#options.confirmations;
  }

  /** One look after the other as long as anything is under way. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { pollMs, sleep: wait } = this.#options;
    for (let failures = 0; !signal.aborted;) {
      try {
        if (this.book.unsettled().length === 0) await this.#untilWoken(signal);
        await this.#watcher.look({ signal });
        this.#tellConfirmed();
        await this.#prune();
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        const level = failures++ === 0 && !isEngineError(error, 'CHAIN_UNREACHABLE') ? 'warn' : 'debug';
        this.#modules.logger[level]('Transactions could not be looked after; trying again', { error });
      }
      await this.#pause(wait, pollMs, signal);
    }
  }

  /** Where more than the first block counts, the end may come with a later one. */
  #tellConfirmed(): void {
    if (this.#options.confirmations <= 1) return;
    for (const record of this.book.unsettled()) if (record.inclusion) this.book.changes.emit(record);
  }

  async #prune(): Promise<void> {
    const now = this.#modules.clock.now();
    if (now - this.#prunedAt < 3600) return;
    this.#prunedAt = now;
    await this.book.prune(now);
    for (const id of this.#told) if (!this.book.get(id)) this.#told.delete(id);
  }

  /** A new transaction is looked after at once. */
  async #pause(wait: typeof sleep, ms: number, signal: AbortSignal): Promise<void> {
    using scope = abortScope(signal);
    const wake = () => scope.abort();
    this.#wakers.add(wake);
    try {
      await wait(ms, scope.signal);
    } catch (error) {
      if (!isAborted(error)) throw error;
    } finally {
      this.#wakers.delete(wake);
    }
  }

  async #untilWoken(signal: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    let wake = () => {};
    await new Promise<void>((resolve) => {
      wake = resolve;
      this.#wakers.add(wake);
    });
    this.#wakers.delete(wake);
    throwIfAborted(signal);
  }

  #wake(): void {
    for (const wake of this.#wakers) wake();
  }
}

type Again =
  | { readonly again: 'anew'; readonly error: MarketError }
  | { readonly again: 'cheaper'; readonly error: MarketError };

const none: Submitted = { id: '' };

const ATTEMPTS = 8;
const RETRY_MS = 200;

/** 100 gwei. The chains that are sold on ask a hundredth of it. */
export const DEFAULT_MAX_FEE_PER_GAS = 100n * 10n ** 9n;

const defaults: Required<TransactionsOptions> = {
  pollMs: 1000,
  limitMs: 180_000,
  graceMs: 5000,
  maxFeePerGas: DEFAULT_MAX_FEE_PER_GAS,
  confirmations: 1,
  settledDepth: 16,
  stuckMs: 30_000,
  repeatMs: 30_000,
  foreignMs: 15_000,
  minSeconds: 2,
  sleep,
  nowMs: Date.now,
};
