import { describeError } from '../errors.ts';
import { abortScope, isAborted, throwIfAborted, type AbortScope } from '../lib/abort.ts';
import { Emitter } from '../lib/emitter.ts';
import { sleep } from '../lib/retry.ts';
import { Tasks } from '../lib/tasks.ts';
import type { Logger } from '../logger.ts';
import { blockAt, LogPager, type ChainLog, type ChainReader, type Head } from './log-reader.ts';

/** Remembers the last block whose logs were delivered. */
export interface CursorStore {
  load(): Promise<number | undefined>;
  save(block: number): Promise<void>;
}

export interface LogFollowerOptions {
  /** Between two looks at the chain. */
  pollMs?: number;
  /** Blocks behind the head that are not yet read. */
  confirmations?: number;
  /** Blocks read again at each look, for logs a lagging server left out and for blocks that were replaced. */
  overlap?: number;
  /** Waits between looks; tests hand in one that needs no wall time. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Follows the logs of a chain by asking for ranges: from the block after the last handled one to the head less the
 * confirmations. Restart, sleep and lost connection are one case: the next range is longer. Each log is delivered once,
 * by block hash and index, in chain order; the cursor is saved after the delivery, so a crash repeats rather than loses.
 * Without a stored cursor it begins after the head of its start.
 */
export class LogFollower {
  readonly logs: Emitter<readonly ChainLog[]>;
  /** Each new head. */
  readonly blocks: Emitter<Head>;
  /** Whether the chain answers; told when it changes. */
  readonly reachable: Emitter<boolean>;
  readonly #chain: ChainReader;
  readonly #pager: LogPager;
  readonly #cursors: CursorStore;
  readonly #logger: Logger;
  readonly #options: Required<LogFollowerOptions>;
  readonly #tasks: Tasks;
  readonly #delivered = new Map<string, number>();
  #cursor = 0;
  /** What lies at or before it was handled before this run. */
  #floor = 0;
  #head: Head | undefined;
  #isReachable = true;
  #failures = 0;
  #run: AbortScope | undefined;
  #pokes: (() => void)[] = [];
  #wake = () => {};

  constructor({ chain, cursors, logger }: LogFollowerModules, options: LogFollowerOptions = {}) {
    const onError = (error: unknown) => logger.error('A listener of the chain failed', { error });
    this.logs = new Emitter(onError);
    this.blocks = new Emitter(onError);
    this.reachable = new Emitter(onError);
    this.#tasks = new Tasks((error) => logger.error('Following the chain ended by a fault', { error }));
    this.#chain = chain;
    this.#pager = new LogPager(chain);
    this.#cursors = cursors;
    this.#logger = logger;
    this.#options = { pollMs: 3000, confirmations: 0, overlap: 16, sleep, ...options };
  }

  /** Knows where it begins when it resolves. @throws MarketError when the chain does not answer */
  async start({ signal }: { signal: AbortSignal }): Promise<void> {
    if (this.#run) return;
    const [stored, head] = await Promise.all([this.#cursors.load(), blockAt(this.#chain, 'latest', signal)]);
    this.#cursor = this.#startCursor(stored, head);
    this.#floor = this.#cursor;
    if (stored !== this.#cursor) await this.#save(this.#cursor);
    this.#sawHead(head);
    const run = abortScope(signal);
    this.#run = run;
    this.#tasks.track('follow', this.#follow(run.signal));
  }

  /** Afterwards nothing is delivered and nothing runs. */
  async stop(): Promise<void> {
    this.#run?.[Symbol.dispose]();
    await this.#tasks.settle();
    this.#run = undefined;
  }

  /** Looks at once. Resolves when a look that began after the call ended, well or not, or when it was stopped. */
  async poke(): Promise<void> {
    if (!this.#run || this.#run.signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#pokes.push(resolve);
      this.#wake();
    });
  }

  async #follow(signal: AbortSignal): Promise<void> {
    let answering: (() => void)[] = [];
    try {
      for (;;) {
        answering = this.#pokes.splice(0);
        await this.#look(signal);
        for (const resolve of answering) resolve();
        if (this.#pokes.length === 0) await this.#pause(signal);
      }
    } finally {
      for (const resolve of [...answering, ...this.#pokes.splice(0)]) resolve();
    }
  }

  /** One look at the chain. What fails is repeated by the next one, later. */
  async #look(signal: AbortSignal): Promise<void> {
    try {
      await this.#read(signal);
      this.#failures = 0;
      this.#setReachable(true);
    } catch (error) {
      // What fails because it is being stopped is not a failure of the chain.
      throwIfAborted(signal);
      this.#failures++;
      this.#logger.warn('The chain could not be read; trying again', {
        reason: describeError(error),
        failures: this.#failures,
      });
      this.#setReachable(false);
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const head = await blockAt(this.#chain, 'latest', signal);
    const isNew = this.#sawHead(head);
    const target = head.number - this.#options.confirmations;
    // A head behind the cursor is a server that lags: there is nothing to read there that was not read.
    if (target < this.#cursor || (!isNew && target === this.#cursor)) return;
    const from = Math.max(this.#floor, this.#cursor - this.#options.overlap) + 1;
    for await (const { to, logs } of this.#pager.pages({ from, to: target }, { signal })) {
      throwIfAborted(signal);
      this.#deliver(logs);
      await this.#moveTo(to);
    }
  }

  #deliver(logs: readonly ChainLog[]): void {
    const fresh = logs.filter((log) => {
      const isFresh = !this.#delivered.has(keyOf(log));
      if (isFresh) this.#delivered.set(keyOf(log), log.blockNumber);
      return isFresh;
    });
    if (fresh.length > 0) this.logs.emit(fresh);
  }

  async #moveTo(block: number): Promise<void> {
    if (block <= this.#cursor) return;
    this.#cursor = block;
    const oldest = block - this.#options.overlap;
    for (const [key, at] of this.#delivered) if (at <= oldest) this.#delivered.delete(key);
    await this.#save(block);
  }

  /** A cursor that was not saved makes the next start read more than it needs; nothing is lost. */
  async #save(block: number): Promise<void> {
    try {
      await this.#cursors.save(block);
    } catch (error) {
      this.#logger.warn('The position on the chain could not be saved', { block, error });
    }
  }

  /** Whether it differs from the one before. */
  #sawHead(head: Head): boolean {
    if (this.#head?.hash === head.hash) return false;
    this.#head = head;
    this.blocks.emit(head);
    return true;
  }

  #startCursor(stored: number | undefined, head: Head): number {
    if (stored === undefined) return Math.max(0, head.number - this.#options.confirmations);
    if (stored <= head.number) return stored;
    this.#logger.warn('The chain is shorter than when it was last followed; following from its head', {
      lastBlock: stored,
      head: head.number,
    });
    return head.number;
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const { pollMs, sleep } = this.#options;
    using nap = abortScope(signal);
    this.#wake = () => nap.abort();
    try {
      await sleep(Math.min(30_000, pollMs * 2 ** Math.min(this.#failures, 10)), nap.signal);
    } catch (error) {
      if (!isAborted(error)) throw error;
    } finally {
      this.#wake = () => {};
    }
    throwIfAborted(signal);
  }

  #setReachable(isReachable: boolean): void {
    if (isReachable === this.#isReachable) return;
    this.#isReachable = isReachable;
    this.#logger.notice(isReachable ? 'The chain answers again' : 'The chain does not answer');
    this.reachable.emit(isReachable);
  }
}

export interface LogFollowerModules {
  chain: ChainReader;
  cursors: CursorStore;
  logger: Logger;
}

/** A block that was replaced has another hash, and its logs are other logs. */
const keyOf = ({ blockHash, logIndex }: ChainLog) => `${blockHash}:${logIndex}`;
