import { afterMs, type After } from '../shared/after.ts';
import type { Emitter } from './engine/lib/emitter.ts';
import type { Logger } from './engine/logger.ts';

/** What of an application is kept running. */
export interface KeptApplication {
  readonly onDown: Pick<Emitter<Error>, 'subscribe'>;
  start(): Promise<unknown>;
  restart(): Promise<unknown>;
  /** Wall time in milliseconds. */
  showRestart(atMs: number): void;
}

export interface NodeKeeperModules {
  readonly application: KeptApplication;
  readonly logger: Logger;
}

export interface NodeKeeperOptions {
  after?: After;
  /** Wall time in milliseconds. */
  nowMs?: () => number;
}

/**
 * Starts the node, and again whenever it failed: after five seconds, and after twice as long each time that it did not
 * last, up to ten minutes. What was wrong may be right by then: a server, a disk, a port.
 */
export class NodeKeeper {
  readonly #application: KeptApplication;
  readonly #logger: Logger;
  readonly #after: After;
  readonly #nowMs: () => number;
  readonly #unsubscribe: () => void;
  #failures = 0;
  #startedAtMs = 0;
  #cancel: (() => void) | undefined;
  #isStopped = false;

  constructor(
    { application, logger }: NodeKeeperModules,
    { after = afterMs, nowMs = Date.now }: NodeKeeperOptions = {},
  ) {
    this.#application = application;
    this.#logger = logger;
    this.#after = after;
    this.#nowMs = nowMs;
    this.#unsubscribe = application.onDown.subscribe((error) => this.#onDown(error));
  }

  /** The first start: settles as that does. */
  start(): Promise<unknown> {
    this.#startedAtMs = this.#nowMs();
    return this.#application.start();
  }

  /** It is not started again from now on. */
  stop(): void {
    this.#isStopped = true;
    this.#unsubscribe();
    this.#cancel?.();
  }

  #onDown(error: Error): void {
    if (this.#isStopped) return;
    const nowMs = this.#nowMs();
    this.#failures = nowMs - this.#startedAtMs >= LASTED_MS ? 1 : this.#failures + 1;
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#failures - 1));
    this.#logger.warn('The node failed and is started again', { waitMs, failures: this.#failures, error });
    this.#application.showRestart(nowMs + waitMs);
    this.#cancel?.();
    this.#cancel = this.#after(waitMs, () => void this.#restart());
  }

  async #restart(): Promise<void> {
    this.#cancel = undefined;
    this.#startedAtMs = this.#nowMs();
    // Why it failed was told as it happened, and sets the next wait; an abort is the end.
    await this.#application.restart().then(
      () => this.#logger.info('The node was started again', {}),
      () => {},
    );
  }
}

const FIRST_WAIT_MS = 5000;
const LONGEST_WAIT_MS = 600_000;
/** A node that ran so long was well. */
const LASTED_MS = 600_000;
