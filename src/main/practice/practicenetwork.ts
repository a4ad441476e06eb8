import type { RequestId } from '../engine/contracts/ids.ts';
import { abortScope, isAborted, throwIfAborted } from '../engine/lib/abort.ts';
import { Emitter } from '../engine/lib/emitter.ts';
import { Tasks } from '../engine/lib/tasks.ts';
import type { Logger } from '../engine/logger.ts';
import { buildParts, closeAll, type Closers, type Parts } from './parts.ts';
import type { Practice, PracticeInfo, PracticeOptions } from './practice.ts';
import { planFor, type RequestWishes } from './scenario.ts';

/**
 * A whole marketplace on this machine: a chain with our contracts, a client with true bytes, a rival provider, a
 * validator, and time that runs as fast as one likes. It lives in a folder and goes on from there after a restart, in
 * its contracts, its requests and its time alike.
 */
export class PracticeNetwork implements Practice {
  readonly info: PracticeInfo;
  readonly #parts: Parts;
  readonly #tasks: Tasks;
  readonly #logger: Logger;
  readonly #stopping = abortScope();
  readonly #closers: Closers;
  readonly #failures = new Emitter<Error>();
  #stopped: Promise<void> | undefined;

  private constructor(parts: Parts, closers: Closers, logger: Logger) {
    this.info = parts.info;
    this.#parts = parts;
    this.#closers = closers;
    this.#logger = logger;
    this.#tasks = new Tasks((error, name) => logger.error('The practice network failed', { name, error }));
  }

  /** @throws PracticeError NO_CHAIN_BINARY, PRACTICE_FOLDER_IN_USE, PRACTICE_STATE_UNREADABLE, CHAIN_FAILED, BAD_SPEED */
  static async start(
    modules: { folder: string; logger: Logger },
    options: PracticeOptions,
  ): Promise<PracticeNetwork> {
    const closers: Closers = [];
    try {
      const parts = await buildParts(modules, options, closers);
      throwIfAborted(options.signal);
      const network = new PracticeNetwork(parts, closers, modules.logger);
      network.#run();
      return network;
    } catch (error) {
      await closeAll(closers);
      throw error;
    }
  }

  async setSpeed(speed: number): Promise<void> {
    this.#parts.timekeeper.setSpeed(speed);
  }

  async postRequest(params: RequestWishes): Promise<RequestId> {
    return this.#parts.client.post(planFor(params), { signal: this.#stopping.signal });
  }

  onFailed(listener: (error: Error) => void): () => void {
    return this.#failures.subscribe(listener);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    await this.#tasks.settle();
    await closeAll(this.#closers);
  }

  #run(): void {
    const { timekeeper, stateKeeper, client, rival, validator, poster, chainFailed } = this.#parts;
    const { signal } = this.#stopping;
    void chainFailed.then((error) => {
      // Without a chain nobody can act; what is left is ended by `stop()`.
      if (error && !signal.aborted) this.#failures.emit(error);
      this.#stopping.abort();
    });
    this.#tasks.track('time', timekeeper.run(signal));
    this.#tasks.track('state', stateKeeper.run(signal));
    this.#tasks.track(
      'client',
      this.#eachBlock('client', () => client.settle({ signal })),
    );
    this.#tasks.track(
      'poster',
      this.#eachBlock('poster', () => poster.act({ signal })),
    );
    this.#tasks.track(
      'rival',
      this.#eachBlock('rival', () => rival.act({ signal })),
    );
    this.#tasks.track(
      'validator',
      this.#eachBlock('validator', () => validator.act({ signal })),
    );
  }

  /** Lets an actor act at each block it is ready for. What it fails with is logged, and it goes on. */
  async #eachBlock(actor: string, act: () => Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      await this.#parts.chain.nextBlock(signal);
      try {
        await act();
      } catch (error) {
        if (isAborted(error)) throw error;
        if (!signal.aborted) this.#logger.warn('An actor of the practice network failed', { actor, error });
      }
    }
  }
}
