import { describeError, isEngineError } from '../errors.ts';
import { abortScope, isAborted, throwIfAborted, type AbortScope } from '../lib/abort.ts';
import { Emitter } from '../lib/emitter.ts';
import { LONGEST_WAIT_MS, sleep } from '../lib/retry.ts';
import { Tasks } from '../lib/tasks.ts';
import type { Logger } from '../logger.ts';
import type { LogChange } from './log-changes.ts';
import type { ChainReader, Head } from './log-reader.ts';
import { LogTail, type CursorStore, type FollowProgress } from './log-tail.ts';

export interface LogFollowerModules {
  chain: ChainReader;
  cursors: CursorStore;
  logger: Logger;
}

export interface LogFollowerOptions {
  /** Between two looks at the chain. */
  pollMs?: number;
  /** Blocks behind the head that are not yet read. */
  confirmations?: number;
  /** Blocks read again at each look, at least: for blocks that were replaced, and for logs that a server had not yet. */
  overlap?: number;
  /** The same as time of the chain, for chains with many blocks a second. */
  overlapSeconds?: number;
  /** There are no logs before this block. */
  deployedAtBlock?: number;
  /** How far back logs are told anew where it is not known any more what was told: as long as a log is of use. */
  lookBackSeconds?: number;
  /** Waits between looks; tests hand in one that needs no wall time. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** The time of the computer. */
  nowMs?: () => number;
}

/**
 * Follows the logs of a chain by asking for ranges: from the block after the last handled one to the head less the
 * confirmations, and the window of the youngest blocks again each time. Restart, sleep and lost connection are one case:
 * the next range is longer. Each log is told once, in chain order, those that a server had not yet late; those of
 * replaced blocks are taken back, also when an earlier run told them. The position is saved after the telling, so that a
 * crash repeats rather than loses; what a crash kept from being saved the next run cannot take back. Without a stored
 * position it begins after the head of its start.
 *
 * What it cannot know it repeats: a chain that was replaced before the window, or exchanged for another one, is told
 * anew from the youngest block that is still known, and where there is none or the stored position is damaged, as far
 * back as logs are of use.
 */
export class LogFollower {
  readonly logs: Emitter<LogChange>;
  /** Each new head. */
  readonly blocks: Emitter<Head>;
  /** Whether the chain answers; told when it changes. */
  readonly reachable: Emitter<boolean>;
  /** Told page by page while there is more to read than the youngest blocks; the last time with `at` as `to`. */
  readonly progress: Emitter<FollowProgress>;
  readonly #chain: ChainReader;
  readonly #cursors: CursorStore;
  readonly #logger: Logger;
  readonly #options: Required<LogFollowerOptions>;
  readonly #tasks: Tasks;
  #head: Head | undefined;
  #isReachable = true;
  /** Looks that failed, one after the other. */
  #failures = 0;
  /** Looks, one after the other, in which a server's lists were not right. */
  #flaws = 0;
  #shorterSinceMs: number | undefined;
  #lookedAtMs = 0;
  #run: AbortScope | undefined;
  #pokes: (() => void)[] = [];
  #isHinted = false;
  #wake = () => {};

  constructor({ chain, cursors, logger }: LogFollowerModules, options: LogFollowerOptions = {}) {
    const onError = (error: unknown) => logger.error('A listener of the chain failed', { error });
    this.logs = new Emitter(onError);
    this.blocks = new Emitter(onError);
    this.reachable = new Emitter(onError);
    this.progress = new Emitter(onError);
    this.#tasks = new Tasks((error) => logger.error('Following the chain ended by a fault', { error }));
    this.#chain = chain;
    this.#cursors = cursors;
    this.#logger = logger;
    this.#options = { ...defaults, ...options };
  }

  /** Knows where it begins when it resolves. @throws MarketError when the chain does not answer */
  async start({ signal }: { signal: AbortSignal }): Promise<void> {
    if (this.#run) return;
    const modules = {
      cursors: this.#cursors,
      logger: this.#logger,
      logs: this.logs,
      progress: this.progress,
    };
    const { tail, head } = await LogTail.open(modules, this.#chain.pinned(), { ...this.#options, signal });
    this.#sawHead(head);
    const run = abortScope(signal);
    this.#run = run;
    this.#tasks.track('follow', this.#follow(tail, run.signal));
  }

  /** Afterwards nothing is told and nothing runs. */
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

  /** There may be a new block: looks sooner, but not at every block of a fast chain, and not while none answers. */
  hint(): void {
    this.#isHinted = true;
    if (this.#failures === 0) this.#wake();
  }

  async #follow(tail: LogTail, signal: AbortSignal): Promise<void> {
    let answering: (() => void)[] = [];
    try {
      for (;;) {
        answering = this.#pokes.splice(0);
        this.#isHinted = false;
        this.#lookedAtMs = this.#options.nowMs();
        const isAtHead = await this.#look(tail, signal);
        for (const resolve of answering) resolve();
        if (isAtHead) await this.#pause(signal);
        throwIfAborted(signal);
      }
    } finally {
      for (const resolve of [...answering, ...this.#pokes.splice(0)]) resolve();
      await tail.save();
    }
  }

  /** One look at the chain. What fails is repeated by the next one, later. Answers false when there is more to read now. */
  async #look(tail: LogTail, signal: AbortSignal): Promise<boolean> {
    try {
      const isAtHead = await this.#read(tail, signal);
      this.#failures = 0;
      this.#setReachable(true);
      return isAtHead;
    } catch (error) {
      // What fails because it is being stopped is not a failure of the chain.
      throwIfAborted(signal);
      this.#failures++;
      if (isEngineError(error, 'HOSTILE_VALUE')) this.#flaws++;
      this.#logger.warn('The chain could not be read; trying again', {
        reason: describeError(error),
        failures: this.#failures,
      });
      this.#setReachable(false);
      return true;
    }
  }

  async #read(tail: LogTail, signal: AbortSignal): Promise<boolean> {
    const now = this.#options.nowMs();
    const outcome = await tail.read(this.#chain.pinned(), {
      // Until then another server may have it right.
      isTolerant: this.#flaws >= FLAWED_LOOKS,
      isShorterAccepted: now - (this.#shorterSinceMs ?? now) >= SHORTER_MS,
      onHead: (head) => this.#sawHead(head),
      signal,
    });
    if (outcome.kind === 'lags') {
      this.#shorterSinceMs ??= now;
      return true;
    }
    this.#shorterSinceMs = undefined;
    if (!outcome.isFlawed) this.#flaws = 0;
    else if (this.#flaws++ === FLAWED_LOOKS) {
      this.#logger.error('The servers’ lists of logs are not right; going on with what they hold');
    }
    return outcome.isAtHead;
  }

  /** Tells it when it differs from the one before. */
  #sawHead(head: Head): void {
    if (this.#head?.hash === head.hash) return;
    this.#head = head;
    this.blocks.emit(head);
  }

  /** Until the next look is due. A computer that slept looks at once, whatever failed before. */
  async #pause(signal: AbortSignal): Promise<void> {
    const { pollMs, nowMs } = this.#options;
    const lookAgainMs = Math.min(LONGEST_WAIT_MS, pollMs * 2 ** Math.min(this.#failures, 10));
    for (let leftMs = lookAgainMs; leftMs > 0 && this.#pokes.length === 0;) {
      const begunMs = nowMs();
      const napMs = Math.min(leftMs, NAP_MS);
      await this.#nap(napMs, signal);
      const passedMs = nowMs() - begunMs;
      if (passedMs > napMs + SLEPT_MS) {
        this.#logger.info('The computer slept; looking at the chain', {
          seconds: Math.round(passedMs / 1000),
        });
        this.#failures = 0;
        return;
      }
      leftMs -= napMs;
      if (!this.#isHinted || this.#failures > 0) continue;
      this.#isHinted = false;
      leftMs = Math.min(leftMs, HINTED_MS - (nowMs() - this.#lookedAtMs));
    }
  }

  /** Ends early when it is woken. */
  async #nap(ms: number, signal: AbortSignal): Promise<void> {
    using nap = abortScope(signal);
    this.#wake = () => nap.abort();
    try {
      await this.#options.sleep(ms, nap.signal);
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

const defaults: Required<LogFollowerOptions> = {
  pollMs: 3000,
  confirmations: 0,
  overlap: 64,
  overlapSeconds: 60,
  deployedAtBlock: 0,
  lookBackSeconds: 30 * 86_400,
  sleep,
  nowMs: Date.now,
};

/** So many looks may fail for what is wrong in lists of logs. */
const FLAWED_LOOKS = 3;
/** So long a chain may be shorter than it was, as one server's that lags. */
const SHORTER_MS = 60_000;
/** A wait is made of naps, so that one that took much longer shows that the computer slept. */
const NAP_MS = 1000;
const SLEPT_MS = 5000;
/** Between two looks when there are hints. */
const HINTED_MS = 1000;
