import { abortScope, isAborted, throwIfAborted } from '../engine/lib/abort.ts';
import { sleep } from '../engine/lib/retry.ts';
import type { Logger } from '../engine/logger.ts';
import type { Chain } from './chain.ts';
import { PracticeError } from './errors.ts';

export const FASTEST = 1000;

/**
 * Makes the chain's time pass: a block every half second of wall time, whose timestamp is as much later as the speed
 * says. Speed 0 stops time: no blocks, and pending calls see the time of the last one. Each block carries what was due
 * at its turn, whatever the machine's load: under load time runs slower, so that nobody misses a proof by it.
 */
export class Timekeeper {
  readonly #chain: Pick<Chain, 'head' | 'mine' | 'freeze'>;
  readonly #logger: Logger;
  readonly #sleep: typeof sleep;
  #speed: number;
  /** Seconds of chain time that have passed and are in no block yet, as timestamps are whole. */
  #owed = 0;
  #hurry: (() => void) | undefined;

  /** @throws PracticeError BAD_SPEED */
  constructor({ chain, logger }: TimekeeperModules, options: { speed: number; sleep?: typeof sleep }) {
    this.#chain = chain;
    this.#logger = logger;
    this.#sleep = options.sleep ?? sleep;
    this.#speed = checkedSpeed(options.speed);
  }

  get speed(): number {
    return this.#speed;
  }

  /** Takes effect at once. @throws PracticeError BAD_SPEED */
  setSpeed(speed: number): void {
    this.#speed = checkedSpeed(speed);
    this.#hurry?.();
  }

  /**
   * Keeps time until the signal aborts, then rejects with an abort error. Mines a block at once: until then a chain that
   * was resumed would answer pending calls with the computer's time.
   */
  async run(signal: AbortSignal): Promise<void> {
    this.#owed = 1;
    for (;;) {
      await this.#turn().catch((error: unknown) => {
        throwIfAborted(signal);
        this.#logger.error('The practice chain mined no block', { error });
      });
      await this.#pause(signal);
      this.#owed += this.#speed * (intervalMs(this.#speed) / 1000);
    }
  }

  async #turn(): Promise<void> {
    const seconds = Math.floor(this.#owed);
    if (seconds >= 1) {
      await this.#chain.mine(this.#chain.head.timestamp + seconds);
      this.#owed -= seconds;
    }
    // Between two blocks pending calls see time pass at the computer's pace, which must not be faster than ours.
    if (this.#speed < 1) await this.#chain.freeze();
  }

  /** One interval; while time stands still, until the speed changes. */
  async #pause(signal: AbortSignal): Promise<void> {
    using scope = abortScope(signal);
    this.#hurry = () => scope.abort();
    try {
      await this.#sleep(this.#speed === 0 ? FOREVER_MS : intervalMs(this.#speed), scope.signal);
    } catch (error) {
      if (signal.aborted || !isAborted(error)) throw error;
    } finally {
      this.#hurry = undefined;
    }
  }
}

interface TimekeeperModules {
  chain: Pick<Chain, 'head' | 'mine' | 'freeze'>;
  logger: Logger;
}

const FOREVER_MS = 2 ** 31 - 1;

/** Fast time comes in more blocks, not in longer steps: in a step of a whole period nobody could prove in time. */
function intervalMs(speed: number): number {
  return Math.min(500, Math.max(100, (LONGEST_STEP_SECONDS * 1000) / speed));
}

const LONGEST_STEP_SECONDS = 10;

function checkedSpeed(speed: number): number {
  if (speed >= 0 && speed <= FASTEST) return speed;
  throw new PracticeError('BAD_SPEED', `The speed of practice time must be from 0 (paused) to ${FASTEST}.`, {
    speed,
  });
}
