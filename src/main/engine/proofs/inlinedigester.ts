import { setImmediate as nextTurn } from 'node:timers/promises';
import { throwIfAborted } from '../lib/abort.ts';
import { Mutex } from '../lib/mutex.ts';
import type { BlockDigester } from './blockdigester.ts';
import { ProofError } from './errors.ts';
import { Poseidon2Wasm } from './poseidon2wasm.ts';

/** Hashes in the thread it lives in, a block a turn of the event loop. For tests and tools. */
export class InlineDigester implements BlockDigester {
  readonly capacity = 1;
  #hash: Poseidon2Wasm | undefined;
  readonly #mutex = new Mutex();
  #isStopped = false;

  async digest(block: Uint8Array, { signal }: { signal: AbortSignal }): Promise<Uint8Array> {
    return await this.#inTurn((hash) => hash.blockDigest(block), signal);
  }

  async nodesAbove(leaves: Uint8Array, { signal }: { signal: AbortSignal }): Promise<Uint8Array> {
    return await this.#inTurn((hash) => hash.nodesAbove(leaves), signal);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#mutex.run(() => {});
  }

  async #inTurn<T>(work: (hash: Poseidon2Wasm) => T, signal: AbortSignal): Promise<T> {
    return await this.#mutex.run(
      async () => {
        await nextTurn();
        throwIfAborted(signal);
        if (this.#isStopped) throw new ProofError('DIGESTER_STOPPED', {});
        this.#hash ??= new Poseidon2Wasm();
        return work(this.#hash);
      },
      { signal },
    );
  }
}
