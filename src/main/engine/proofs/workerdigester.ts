import { availableParallelism } from 'node:os';
import { abortError, throwIfAborted } from '../lib/abort.ts';
import type { Logger } from '../logger.ts';
import type { BlockDigester } from './blockdigester.ts';
import { DigestThread, type DigestJob } from './digestthread.ts';
import workerText from './digestworker.cjs?raw';
import { ProofError } from './errors.ts';
import { demandBlock, demandLeaves } from './poseidon2wasm.ts';

export interface WorkerDigesterOptions {
  /** One less than the machine can run at once. They are started when there is work for them. */
  readonly workers?: number;
  /** Program of a worker, for tests. */
  readonly workerText?: string;
}

/**
 * Hashes in worker threads. One that dies is replaced and its work done again; work that workers die of fails after
 * three. Their program is a text in the bundle: it needs no file beside the bundle and no loader of TypeScript.
 */
export class WorkerDigester implements BlockDigester {
  readonly capacity: number;
  readonly #logger: Logger;
  readonly #options: Required<WorkerDigesterOptions>;
  readonly #threads = new Set<DigestThread>();
  /** Jobs that no worker has, next first. */
  #waiting: DigestJob[] = [];
  #isStopped = false;

  constructor({ logger }: { logger: Logger }, options: WorkerDigesterOptions = {}) {
    this.#logger = logger.child('proofs');
    this.#options = { workers: Math.max(1, availableParallelism() - 1), workerText, ...options };
    this.capacity = JOBS_PER_WORKER * this.#options.workers;
  }

  async digest(block: Uint8Array, { signal }: { signal: AbortSignal }): Promise<Uint8Array> {
    demandBlock(block);
    return await this.#run({ block }, signal);
  }

  async nodesAbove(leaves: Uint8Array, { signal }: { signal: AbortSignal }): Promise<Uint8Array> {
    demandLeaves(leaves);
    return await this.#run({ leaves }, signal);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    const threads = [...this.#threads];
    this.#threads.clear();
    const unfinished = await Promise.all(threads.map((thread) => thread.end()));
    for (const job of [...unfinished.flat(), ...waiting]) job.reject(stopped());
  }

  async #run(input: DigestJob['input'], signal: AbortSignal): Promise<Uint8Array> {
    throwIfAborted(signal);
    if (this.#isStopped) throw stopped();
    let onAbort = () => {};
    try {
      return await new Promise((resolve, reject) => {
        const job: DigestJob = { input, signal, failures: 0, resolve, reject };
        onAbort = () => {
          // What a worker has already it does to the end, for nobody.
          this.#waiting = this.#waiting.filter((other) => other !== job);
          reject(abortError(signal));
        };
        signal.addEventListener('abort', onAbort, { once: true });
        this.#waiting.push(job);
        this.#handOut();
      });
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #handOut(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#freeThread();
      const job = thread && this.#waiting.shift();
      if (!job) return;
      thread.give(job);
    }
  }

  /** The one with least to do, a new one before any has two jobs; undefined when all have enough. */
  #freeThread(): DigestThread | undefined {
    const [least] = [...this.#threads].sort((a, b) => a.load - b.load);
    if (least?.load === 0) return least;
    if (this.#threads.size < this.#options.workers) return this.#startThread();
    return least && least.load < JOBS_PER_WORKER ? least : undefined;
  }

  #startThread(): DigestThread {
    const thread = new DigestThread({
      workerText: this.#options.workerText,
      onDone: () => this.#handOut(),
      onDied: (dead, jobs, cause) => this.#replace(dead, jobs, cause),
    });
    this.#threads.add(thread);
    return thread;
  }

  /** Only the first job can be what the worker died of. All that are still wanted are done again before anything else. */
  #replace(dead: DigestThread, jobs: DigestJob[], cause: unknown): void {
    this.#threads.delete(dead);
    this.#logger.warn('A worker that hashes blocks has died', { unfinished: jobs.length, cause });
    const [first] = jobs;
    if (first) first.failures += 1;
    for (const job of jobs) if (job.failures >= MAX_FAILURES) job.reject(failed(job, cause));
    const again = jobs.filter(({ failures, signal }) => failures < MAX_FAILURES && !signal.aborted);
    this.#waiting.unshift(...again);
    this.#handOut();
  }
}

/** The second is there when the first is done. */
const JOBS_PER_WORKER = 2;
const MAX_FAILURES = 3;

const stopped = () => new ProofError('DIGESTER_STOPPED', {});

function failed({ failures }: DigestJob, cause: unknown): ProofError {
  const message = 'Blocks cannot be hashed: the threads that do it die. Restart the application.';
  return new ProofError('DIGESTER_FAILED', { failures }, { cause, message });
}
