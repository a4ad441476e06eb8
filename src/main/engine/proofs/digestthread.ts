import { Worker } from 'node:worker_threads';
import { crossing } from '../lib/crossing.ts';
import { CELLS_PER_BLOCK } from './cells.ts';
import { ELEMENT_BYTES } from './field.ts';
import { compiledPoseidon2 } from './poseidon2wasm.ts';
import { PAGE_BYTES } from './wasm/code.ts';

/** Something to hash, and whom to tell. */
export interface DigestJob {
  readonly input: { readonly block: Uint8Array } | { readonly leaves: Uint8Array };
  readonly signal: AbortSignal;
  /** Workers that died of it. */
  failures: number;
  resolve(bytes: Uint8Array): void;
  reject(error: unknown): void;
}

export interface DigestThreadOptions {
  readonly workerText: string;
  readonly onDone: () => void;
  /** With what it had still to do, the job that it was at first. Not called after `end`. */
  readonly onDied: (thread: DigestThread, jobs: DigestJob[], cause: unknown) => void;
}

/** A worker that hashes, and what it was given; it does one job after the other. */
export class DigestThread {
  readonly #worker: Worker;
  readonly #jobs = new Map<number, DigestJob>();
  #lastId = 0;
  #isEnded = false;

  constructor({ workerText, onDone, onDied }: DigestThreadOptions) {
    const workerData = {
      ...compiledPoseidon2(),
      cellsPerBlock: CELLS_PER_BLOCK,
      digestBytes: ELEMENT_BYTES,
      pageBytes: PAGE_BYTES,
    };
    // Options of this process, such as a loader, are not for a worker that is one text.
    this.#worker = new Worker(workerText, { eval: true, workerData, execArgv: [], name: 'digests' });
    this.#worker.on('message', ({ id, bytes }: { id: number; bytes: Uint8Array }) => {
      this.#jobs.get(id)?.resolve(bytes);
      this.#jobs.delete(id);
      onDone();
    });
    let cause: unknown;
    this.#worker.on('error', (error) => (cause = error));
    this.#worker.on('exit', (code) => {
      const jobs = [...this.#jobs.values()];
      this.#jobs.clear();
      if (!this.#isEnded) onDied(this, jobs, cause ?? new Error(`The worker ended with code ${code}`));
    });
  }

  get load(): number {
    return this.#jobs.size;
  }

  /** What is to be hashed is copied: should the worker die, another one gets it. */
  give(job: DigestJob): void {
    const id = ++this.#lastId;
    this.#jobs.set(id, job);
    const [[kind, bytes]] = Object.entries(job.input) as [[string, Uint8Array]];
    const { own, transfer } = crossing(bytes, { isOurs: false });
    this.#worker.postMessage({ id, [kind]: own }, transfer);
  }

  /** Resolves when the worker is gone, with what it had still to do. */
  async end(): Promise<DigestJob[]> {
    this.#isEnded = true;
    const jobs = [...this.#jobs.values()];
    this.#jobs.clear();
    await this.#worker.terminate();
    return jobs;
  }
}
