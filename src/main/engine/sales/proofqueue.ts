import type { Clock } from '../clock/clock.ts';
import type { SlotId } from '../contracts/ids.ts';
import { abortScope, isAborted, throwIfAborted } from '../lib/abort.ts';
import type { Logger } from '../logger.ts';
import { SaleError } from './errors.ts';

export interface ProofQueueModules {
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ProofQueueOptions {
  readonly periodSeconds: number;
  /** How many proofs are made at once. */
  readonly concurrency?: number;
  /** The share of a period above which a proof is told to be slow. */
  readonly slowShare?: number;
}

export interface ProofJob {
  readonly slotId: SlotId;
  /** Unix second from which on the proof is of no use: the end of its period. */
  readonly deadline: number;
  /** Tokens that are at stake; 0 for the proof with which a slot is filled. */
  readonly stake: bigint;
}

/**
 * Makes the proofs of all slots, a few at a time: the earliest deadline first, of equal ones the larger loss, then as
 * they came. So a first proof, with which nothing is lost yet, lets those go first that are due in the same period.
 */
export class ProofQueue {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #options: Required<ProofQueueOptions>;
  /** In the order in which they will be made. */
  readonly #waiting: Turn[] = [];
  #running = 0;
  #slowest = 0;

  constructor(
    { clock, logger }: ProofQueueModules,
    { periodSeconds, concurrency = 1, slowShare = 1 / 3 }: ProofQueueOptions,
  ) {
    this.#clock = clock;
    this.#logger = logger;
    this.#options = { periodSeconds, concurrency, slowShare };
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get running(): number {
    return this.#running;
  }

  /** Chain seconds that the slowest proof so far took. */
  get slowestSeconds(): number {
    return this.#slowest;
  }

  /**
   * Calls `make` when it is this proof's turn, and answers with what it answers. The signal given to it aborts at the
   * deadline too: what comes later is of no use and keeps others waiting.
   * @throws SaleError NO_TIME_LEFT when the deadline passes before the proof is made; what `make` throws
   */
  async run<T>(
    job: ProofJob,
    make: (signal: AbortSignal) => Promise<T>,
    { signal }: { signal: AbortSignal },
  ): Promise<T> {
    await this.#turn(job, signal);
    try {
      throwIfAborted(signal);
      return await this.#inTime(job, make, signal);
    } finally {
      this.#running--;
      this.#next();
    }
  }

  async #turn(job: ProofJob, signal: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    using scope = abortScope(signal);
    const turn = new Turn(job);
    this.#insert(turn);
    this.#next();
    try {
      const isOver = this.#clock.waitUntil(job.deadline, { signal: scope.signal });
      await Promise.race([turn.come, isOver]);
      if (!turn.hasCome) throw this.#noTimeLeft(job);
    } catch (error) {
      // Its turn may have come in the same moment.
      if (turn.hasCome) this.#running--;
      else this.#waiting.splice(this.#waiting.indexOf(turn), 1);
      this.#next();
      throw error;
    }
  }

  async #inTime<T>(
    job: ProofJob,
    make: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    using scope = abortScope(signal);
    const startedAt = this.#clock.now();
    let isTooLate = false;
    const deadline = this.#clock.waitUntil(job.deadline, { signal: scope.signal }).then(
      () => {
        isTooLate = true;
        scope.abort();
      },
      () => {},
    );
    try {
      return await make(scope.signal);
    } catch (error) {
      if (isTooLate && isAborted(error)) throw this.#noTimeLeft(job);
      throw error;
    } finally {
      this.#measure(job, this.#clock.now() - startedAt);
      scope.abort();
      await deadline;
    }
  }

  #insert(turn: Turn): void {
    const place = this.#waiting.findIndex((other) => isBefore(turn.job, other.job));
    this.#waiting.splice(place === -1 ? this.#waiting.length : place, 0, turn);
  }

  #next(): void {
    while (this.#running < this.#options.concurrency) {
      const turn = this.#waiting.shift();
      if (!turn) return;
      this.#running++;
      turn.begin();
    }
  }

  #measure({ slotId }: ProofJob, seconds: number): void {
    const { periodSeconds, slowShare } = this.#options;
    this.#slowest = Math.max(this.#slowest, seconds);
    if (seconds > periodSeconds * slowShare)
      this.#logger.warn('A proof took long', { slotId, seconds, periodSeconds });
  }

  #noTimeLeft({ slotId, deadline }: ProofJob): SaleError {
    const message = 'The period was over before it was this proof’s turn, or before it was made.';
    return new SaleError('NO_TIME_LEFT', { slotId, deadline }, { message });
  }
}

/** A proof that waits to be made. */
class Turn {
  readonly job: ProofJob;
  readonly come: Promise<void>;
  hasCome = false;
  #resolve = () => {};

  constructor(job: ProofJob) {
    this.job = job;
    this.come = new Promise((resolve) => (this.#resolve = resolve));
  }

  begin(): void {
    this.hasCome = true;
    this.#resolve();
  }
}

const isBefore = (a: ProofJob, b: ProofJob): boolean =>
  a.deadline !== b.deadline ? a.deadline < b.deadline : a.stake > b.stake;
