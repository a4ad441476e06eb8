import type { Clock } from '../../clock/clock.ts';
import type { Inclusion, StoredTransaction, TransactionVersion } from '../../contracts/storedtransaction.ts';
import { isEngineError } from '../../errors.ts';
import type { Turns } from '../../lib/turns.ts';
import type { Logger } from '../../logger.ts';
import { parseAnswer, smallQuantity, type Rpc } from '../rpc.ts';
import type { Signer } from '../signer.ts';
import { isUnmined, newestVersion, settled, type TransactionBook } from './book.ts';
import { isKnownToServer, type Delivery } from './delivery.ts';
import { offeredFee, type ChainHead, type GasPrice, type GasPrices } from './fees.ts';
import type { Punctuality } from './punctuality.ts';
import type { Receipts } from './receipts.ts';
import type { Sender } from './sender.ts';

export interface WatcherModules {
  readonly rpc: Rpc;
  readonly signer: Signer;
  readonly clock: Pick<Clock, 'now'>;
  readonly book: TransactionBook;
  readonly sender: Sender;
  readonly receipts: Receipts;
  readonly prices: GasPrices;
  readonly punctuality: Punctuality;
  /** Whoever uses a nonce waits here for his turn. */
  readonly turns: Turns;
  readonly logger: Logger;
}

export interface WatcherOptions {
  /** Blocks on top of it after which a transaction is not looked at any more. */
  readonly settledDepth: number;
  /** How long one may hang before it is replaced by one that pays more; for one before a proof a third of it. */
  readonly stuckMs: number;
  /** How long until the same bytes are handed over once more. */
  readonly repeatMs: number;
  /** How long a used nonce without a receipt of ours is looked at before it counts as somebody else's. */
  readonly foreignMs: number;
  readonly nowMs: () => number;
}

/**
 * Sees every transaction through to its end: finds out how it was mined, hands it over again, replaces it when it hangs,
 * takes it back when its time is over, brings it back when its block is replaced, and closes gaps in the row of nonces.
 * One `look` does what is to be done now; whoever calls it does so again and again.
 */
export class Watcher {
  readonly #modules: WatcherModules;
  readonly #options: WatcherOptions;
  /** Since when a transaction of a used nonce is sought, or how often a mined one was not found. */
  readonly #missing = new Map<string, { readonly sinceMs: number; readonly looks: number }>();
  /** Those that were of use when they were looked at first in this run. */
  readonly #examined = new Set<string>();
  #head: ChainHead | undefined;
  #gapSinceMs: number | undefined;
  #isAtCap = false;

  constructor(modules: WatcherModules, options: WatcherOptions) {
    this.#modules = modules;
    this.#options = options;
  }

  /** The newest block seen. */
  get head(): ChainHead | undefined {
    return this.#head;
  }

  /** Some transaction waits for gas to become cheaper. */
  get isAtCap(): boolean {
    return this.#isAtCap;
  }

  /** @throws MarketError when the chain does not answer; what was not done is done the next time */
  async look({ signal }: { signal: AbortSignal }): Promise<void> {
    const { book, prices, punctuality } = this.#modules;
    const head = await prices.head({ signal });
    const hasNewHead = head.hash !== this.#head?.hash;
    this.#head = head;
    punctuality.sawHead(head);
    const used = await this.#count('latest', signal);
    for (const record of book.unsettled()) {
      if (record.inclusion) {
        if (hasNewHead) await this.#confirm(record, head, signal);
      } else if (record.nonce < used) await this.#find(record, signal);
    }
    await this.#moveOn(head, used, signal);
  }

  /** As it stands after a look whether its block is still there. */
  async seen(record: StoredTransaction, { signal }: { signal: AbortSignal }): Promise<StoredTransaction> {
    const { book, receipts } = this.#modules;
    const { id, inclusion, isSettled } = record;
    if (!inclusion || isSettled) return record;
    if (await receipts.placeOf(inclusion.hash, { signal })) return book.get(id) ?? record;
    // A server that lags knows neither: its place is looked for again, but nothing is said to be replaced.
    await this.#takeOff(record, { isReplaced: await receipts.isReplaced(inclusion, { signal }) });
    return book.get(id) ?? record;
  }

  async #count(tag: 'latest' | 'pending', signal: AbortSignal): Promise<number> {
    const { rpc, signer } = this.#modules;
    const answer = await rpc.send('eth_getTransactionCount', [signer.address, tag], { signal });
    return parseAnswer(smallQuantity, answer, 'eth_getTransactionCount');
  }

  /** Its nonce is used: by one of its versions, or by somebody else who has the same key. */
  async #find(record: StoredTransaction, signal: AbortSignal): Promise<void> {
    const { book, receipts, logger } = this.#modules;
    for (const version of record.versions.toReversed()) {
      const receipt = await receipts.placeOf(version.hash, { signal });
      if (!receipt) continue;
      const inclusion = await receipts.inclusionOf(version, receipt, { signal });
      this.#missing.delete(record.id);
      this.#measure(record, inclusion.hash, inclusion.minedAt);
      return book.note(record.id, (current) => included(current, version, inclusion));
    }
    // A server that lags knows the count before the receipt, or the other way round.
    if (this.#missedFor(record.id).sinceMs > this.#options.nowMs() - this.#options.foreignMs) return;
    this.#missing.delete(record.id);
    logger.warn('Another transaction has the nonce of one of ours', {
      purpose: record.purpose,
      slotId: record.slotId,
      nonce: record.nonce,
      transactionHash: newestVersion(record).hash,
    });
    await book.note(record.id, (current) =>
      settled({ ...current, state: 'gone', goneBecause: 'nonceTaken' }),
    );
  }

  #measure(record: StoredTransaction, hash: string, minedAt: number): void {
    const handed = this.#modules.sender.handed(record.id);
    if (handed?.hash === hash && record.versions.length === 1)
      this.#modules.punctuality.sawMined(minedAt - handed.firstAt);
  }

  /** Whether a mined one is still there; its block may have been replaced. */
  async #confirm(record: StoredTransaction, head: ChainHead, signal: AbortSignal): Promise<void> {
    const { book, receipts, sender } = this.#modules;
    const { inclusion } = record;
    const version = record.versions.find(({ hash }) => hash === inclusion?.hash);
    if (!inclusion || !version) return;
    const receipt = await receipts.placeOf(inclusion.hash, { signal });
    if (!receipt) {
      // Once may be a server that lags.
      if (this.#missedFor(record.id).looks >= 2) await this.#takeOff(record, { isReplaced: true });
      return;
    }
    this.#missing.delete(record.id);
    const isElsewhere = receipt.blockHash !== inclusion.blockHash;
    const isDeep = head.number - receipt.blockNumber >= this.#options.settledDepth;
    if (!isElsewhere && !isDeep) return;
    const now = isElsewhere ? await receipts.inclusionOf(version, receipt, { signal }) : inclusion;
    if (isDeep) sender.forget(record.id);
    await book.note(record.id, (current) => {
      const next = included(current, version, now);
      return isDeep ? settled(next) : next;
    });
  }

  async #takeOff(
    { id, purpose, slotId, inclusion }: StoredTransaction,
    { isReplaced }: { isReplaced: boolean },
  ): Promise<void> {
    const { book, logger, sender } = this.#modules;
    this.#missing.delete(id);
    sender.forget(id);
    // It was of use, and what it builds on may have gone with it.
    this.#examined.add(id);
    const details = {
      purpose,
      slotId,
      transactionHash: inclusion?.hash,
      blockNumber: inclusion?.blockNumber,
    };
    if (isReplaced) logger.warn('A block that held a transaction of ours was replaced', details);
    else logger.debug('A server does not know where a transaction of ours was mined', details);
    await book.note(id, ({ inclusion: _gone, ...current }) => ({ ...current, state: 'pending' }));
  }

  #missedFor(id: string): { readonly sinceMs: number; readonly looks: number } {
    const before = this.#missing.get(id) ?? { sinceMs: this.#options.nowMs(), looks: 0 };
    const missed = { ...before, looks: before.looks + 1 };
    this.#missing.set(id, missed);
    return missed;
  }

  /** What concerns nonces that are not used yet: in turn with those who send. */
  async #moveOn(head: ChainHead, used: number, signal: AbortSignal): Promise<void> {
    const { book, turns, prices } = this.#modules;
    const waiting = () => book.unmined().filter(({ nonce }) => nonce >= used);
    if (waiting().length === 0) {
      this.#isAtCap = false;
      this.#gapSinceMs = undefined;
      return;
    }
    await turns.run(
      async () => {
        const price = await prices.now({ signal });
        let isAtCap = false;
        await this.#closeGap(waiting(), used, price, signal);
        for (const [place, { id }] of waiting().entries()) {
          const record = book.get(id);
          if (!record || !isUnmined(record)) continue;
          const isBeforeProof = waiting().some(
            ({ purpose, nonce }) => purpose === 'prove' && nonce > record.nonce,
          );
          const did = await this.#nudge(record, { isFirst: place === 0, isBeforeProof, head, price, signal });
          if (did === 'atCap') isAtCap = true;
        }
        this.#tellCap(isAtCap, price);
      },
      { rank: 0, signal },
    );
  }

  #tellCap(isAtCap: boolean, { baseFee }: GasPrice): void {
    if (isAtCap && !this.#isAtCap)
      this.#modules.logger.warn('Transactions wait, because gas costs more than the cap allows', { baseFee });
    this.#isAtCap = isAtCap;
  }

  async #nudge(
    record: StoredTransaction,
    { isFirst, isBeforeProof, head, price, signal }: Nudging,
  ): Promise<'atCap' | undefined> {
    const { sender } = this.#modules;
    const { stuckMs, repeatMs, nowMs } = this.#options;
    const newest = newestVersion(record);
    const because = newest.kind === 'call' ? await this.#whyOfNoUse(record, isFirst, signal) : undefined;
    if (because) {
      const delivery = await sender.takeBack(record, price, { signal, because });
      return delivery ? undefined : 'atCap';
    }
    const handed = sender.handed(record.id);
    const isNew = handed?.hash !== newest.hash;
    if (isNew || record.state === 'stored' || nowMs() - handed.atMs >= repeatMs) {
      const delivery = await sender.hand(record.id);
      if (isNew) return undefined;
      if (delivery.kind === 'refused')
        return this.#onRefused(record, delivery, { isBeforeProof, price, signal });
    }
    const patienceMs = isBeforeProof ? stuckMs / 3 : stuckMs;
    const isStuck = isFirst && nowMs() - (handed?.firstAtMs ?? nowMs()) >= patienceMs;
    // Where no block came, nothing was passed over.
    const wasPassedOver = head.timestamp > (handed?.firstAt ?? head.timestamp);
    if (!isStuck || !wasPassedOver) return undefined;
    const delivery = await sender.raise(record, price, { signal });
    if (!delivery) return 'atCap';
    if (delivery.kind === 'refused')
      return this.#onRefused(record, delivery, { isBeforeProof, price, signal });
    return undefined;
  }

  /** Of those that wait in one's way nothing is lost by taking them back; of a proof there is. */
  async #onRefused(
    record: StoredTransaction,
    { why, error }: Extract<Delivery, { kind: 'refused' }>,
    { isBeforeProof, price, signal }: Pick<Nudging, 'isBeforeProof' | 'price' | 'signal'>,
  ): Promise<'atCap' | undefined> {
    const { sender, book, logger } = this.#modules;
    const current = book.get(record.id) ?? record;
    const details = { purpose: record.purpose, nonce: record.nonce, why, error };
    if (why === 'nonceUsed' || why === 'nonceAhead') {
      logger.debug('A transaction is not taken now', details);
      return undefined;
    }
    logger.info('A transaction that waits was refused', details);
    if (
      why === 'noGas' &&
      isBeforeProof &&
      record.purpose !== 'prove' &&
      newestVersion(current).kind === 'call'
    ) {
      await sender.takeBack(current, price, { signal, because: 'useless' });
      return undefined;
    }
    if (why === 'nonceHeld' || why === 'feeTooLow') {
      const delivery = await sender.raise(current, price, { signal });
      return delivery ? undefined : 'atCap';
    }
    return undefined;
  }

  /**
   * Its time is over; or nobody has it, it comes from an earlier run, and the contract would refuse it by now. What a
   * server has is left to be mined: it may be just what made the contract refuse.
   */
  async #whyOfNoUse(
    { id, deadline, versions, purpose }: StoredTransaction,
    isFirst: boolean,
    signal: AbortSignal,
  ): Promise<'late' | 'useless' | undefined> {
    const { clock, sender, rpc, signer } = this.#modules;
    if (deadline !== undefined && clock.now() > deadline) return 'late';
    // What others of ours would change before it is not known yet.
    if (!isFirst || sender.handed(id) || this.#examined.has(id) || purpose === 'filler') return undefined;
    for (const { hash } of versions) if (await isKnownToServer(hash, rpc)) return undefined;
    const { to, data } = versions.at(-1) ?? {};
    try {
      await rpc.send('eth_call', [{ from: signer.address, to, data }, 'latest'], { signal });
    } catch (error) {
      if (isEngineError(error) && ('revert' in error.details || error.code === 'REVERTED')) return 'useless';
      throw error;
    }
    this.#examined.add(id);
    return undefined;
  }

  /**
   * A nonce that nobody uses, before those that wait: a transaction of somebody else with the same key was dropped, or
   * the chain went back behind what was settled. What uses it up is as cheap as can be.
   */
  async #closeGap(
    waiting: readonly StoredTransaction[],
    used: number,
    price: GasPrice,
    signal: AbortSignal,
  ): Promise<void> {
    const { book, sender, logger } = this.#modules;
    const { nowMs, stuckMs } = this.#options;
    const last = waiting.at(-1)?.nonce ?? used;
    let gap = used;
    while (gap < last && waiting.some(({ nonce }) => nonce === gap)) gap++;
    // What others have in a server's pool with this key is theirs to see through.
    if (gap < last) gap = Math.max(gap, await this.#count('pending', signal));
    if (gap >= last || book.unmined().some(({ nonce }) => nonce === gap)) {
      this.#gapSinceMs = undefined;
      return;
    }
    this.#gapSinceMs ??= nowMs();
    if (nowMs() - this.#gapSinceMs < stuckMs) return;
    const [first] = waiting;
    const fee = offeredFee(price, first?.versions[0]?.maxFeePerGas ?? price.baseFee);
    if (!fee) return;
    logger.warn('A gap in the row of nonces is closed', { nonce: gap, before: last });
    const empty = await sender.empty({ signal });
    await sender.send({ ...empty, nonce: gap, fee }, { purpose: 'filler' }, { signal });
  }
}

function included(
  current: StoredTransaction,
  { kind }: TransactionVersion,
  inclusion: Inclusion,
): StoredTransaction {
  if (kind === 'empty') return { ...current, state: 'gone', inclusion };
  const state = inclusion.failure ? 'failed' : 'mined';
  return { ...current, state, inclusion, goneBecause: undefined };
}

interface Nudging {
  /** Nothing of ours is before it. */
  readonly isFirst: boolean;
  readonly isBeforeProof: boolean;
  readonly head: ChainHead;
  readonly price: GasPrice;
  readonly signal: AbortSignal;
}
