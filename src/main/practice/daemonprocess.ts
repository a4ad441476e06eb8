import { fork, type ChildProcess } from 'node:child_process';
import { Emitter } from '../engine/lib/emitter.ts';
import type { Logger } from '../engine/logger.ts';
import { PracticeError } from './errors.ts';
import { endAbandonedChain } from './folder.ts';
import { failureFromWire, infoFromWire, reportSchema, type Order, type Report } from './messages.ts';
import type { PracticeInfo } from './practice.ts';

export interface DaemonModules {
  folder: string;
  logger: Logger;
  /** The built `daemon.ts`. */
  daemonPath: string;
}

type Done = Extract<Report, { type: 'done' }>;

interface Waiter<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/** The daemon, as its parent holds it: the process, and the channel to it. */
export class DaemonProcess {
  readonly onFailed = new Emitter<Error>();
  readonly #modules: DaemonModules;
  readonly #child: ChildProcess;
  readonly #calls = new Map<number, Waiter<Done>>();
  readonly #exited: Promise<void>;
  #starting: Waiter<PracticeInfo> | undefined;
  #failure: PracticeError | undefined;
  #lastWords = '';
  #nextId = 1;
  #stopped: Promise<void> | undefined;

  constructor(modules: DaemonModules) {
    this.#modules = modules;
    this.#child = forkDaemon(modules.daemonPath);
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.once('error', () => resolve());
    });
    this.#child.on('message', (message) => this.#hear(message));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-2000);
    });
    void this.#exited.then(() => this.#onExit());
  }

  start(order: Order): Promise<PracticeInfo> {
    return new Promise((resolve, reject) => {
      this.#starting = { resolve, reject };
      this.#tell(order);
    });
  }

  /** @throws PracticeError what the daemon refused with; PRACTICE_STOPPED when it is gone */
  call(order: (id: number) => Order): Promise<Done> {
    if (this.#isOver) return Promise.reject(this.#failure ?? stoppedError());
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      this.#tell(order(id));
    });
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    if (!this.#isOver) this.#tell({ type: 'stop' });
    const patience = setTimeout(() => this.#child.kill('SIGKILL'), STOP_LIMIT_MS);
    await this.#exited;
    clearTimeout(patience);
    await this.#endChain();
  }

  get #isOver(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null || !this.#child.connected;
  }

  #tell(order: Order): void {
    // A channel that broke is seen by the exit that follows.
    this.#child.send(order, () => {});
  }

  #hear(message: unknown): void {
    const parsed = reportSchema.safeParse(message);
    if (!parsed.success)
      return this.#modules.logger.error('The practice network is not understood', { error: parsed.error });
    const report = parsed.data;
    if (report.type === 'ready') this.#starting?.resolve(infoFromWire(report.info));
    else if (report.type === 'failed') this.#failure = failureFromWire(report.failure);
    else if (report.type === 'log') this.#log(report);
    else this.#settle(report);
  }

  #settle(report: Extract<Report, { id: number }>): void {
    const call = this.#calls.get(report.id);
    this.#calls.delete(report.id);
    if (report.type === 'done') call?.resolve(report);
    else call?.reject(failureFromWire(report.failure));
  }

  #log({ level, topics, message, fields }: Extract<Report, { type: 'log' }>): void {
    const logger = topics.reduce((logger, topic) => logger.child(topic), this.#modules.logger);
    logger[level](message, fields);
  }

  async #onExit(): Promise<void> {
    const failure = (this.#failure ??= this.#stopped ? stoppedError() : this.#unexpectedEnd());
    this.#starting?.reject(failure);
    for (const call of this.#calls.values()) call.reject(failure);
    this.#calls.clear();
    if (this.#stopped) return;
    await this.#endChain();
    this.onFailed.emit(failure);
  }

  #unexpectedEnd(): PracticeError {
    const how = this.#child.signalCode ?? `code ${this.#child.exitCode}`;
    const message = `The practice network ended by itself (${how}). ${this.#lastWords}`.trim();
    return new PracticeError('CHAIN_FAILED', message);
  }

  /** A daemon that was killed could not end its chain. */
  async #endChain(): Promise<void> {
    await endAbandonedChain(this.#modules.folder);
  }
}

const STOP_LIMIT_MS = 20_000;

const stoppedError = (): PracticeError =>
  new PracticeError('PRACTICE_STOPPED', 'The practice network was stopped.');

/**
 * In a group of its own, so that a signal from the terminal does not reach it. Under Electron the same program runs as
 * plain Node.
 */
function forkDaemon(path: string): ChildProcess {
  return fork(path, [], {
    execArgv: [],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    detached: true,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}
