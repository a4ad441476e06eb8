import { BLOCK_BYTES, CELLS_PER_BLOCK } from './cells.ts';
import { ProofError } from './errors.ts';
import { ELEMENT_BYTES } from './field.ts';
import { PAGE_BYTES } from './wasm/code.ts';
import { poseidon2Module, type Poseidon2Module } from './wasm/poseidon2module.ts';

/** The module compiled, as it can be handed to other threads, and where things lie in its memory. */
export interface CompiledPoseidon2 extends Omit<Poseidon2Module, 'bytes'> {
  readonly module: WebAssembly.Module;
}

/** Written and compiled at the first call, which takes some 50 ms. */
export function compiledPoseidon2(): CompiledPoseidon2 {
  if (compiled) return compiled;
  const { bytes, ...places } = poseidon2Module();
  compiled = { module: new WebAssembly.Module(bytes), ...places };
  return compiled;
}

/**
 * Poseidon2 in WebAssembly, in the thread that calls it: about 12 ms for a block. Digests are 32 bytes, the lowest first;
 * what it makes of them is what `blockTree` and `ProofTree` do. Whoever hashes much gives it to a `BlockDigester`.
 */
export class Poseidon2Wasm {
  readonly #places = compiledPoseidon2();
  readonly #exports = new WebAssembly.Instance(this.#places.module).exports as unknown as Exports;

  /** @throws ProofError NOT_A_BLOCK */
  blockDigest(block: Uint8Array): Uint8Array {
    this.#hashCells(block);
    return this.#layersAbove(CELLS_PER_BLOCK).subarray(-ELEMENT_BYTES);
  }

  /** The leaves of a block's tree, one after the other. @throws ProofError NOT_A_BLOCK */
  cellDigests(block: Uint8Array): Uint8Array {
    this.#hashCells(block);
    return this.#take(CELLS_PER_BLOCK);
  }

  /**
   * The nodes of the tree over leaves that lie one after the other: layer by layer from above the leaves to the root.
   * @throws ProofError EMPTY_TREE
   */
  nodesAbove(leaves: Uint8Array): Uint8Array {
    demandLeaves(leaves);
    this.#put(leaves, this.#places.digestsAt);
    return this.#layersAbove(leaves.length / ELEMENT_BYTES);
  }

  /** A node from its children, of which each may be any 32 bytes. */
  compress(left: Uint8Array, right: Uint8Array, key: number): Uint8Array {
    this.#put(left, this.#places.digestsAt);
    this.#put(right, this.#places.digestsAt + ELEMENT_BYTES);
    this.#exports.layer(2, key);
    return this.#take(1);
  }

  #hashCells(block: Uint8Array): void {
    demandBlock(block);
    this.#put(block, this.#places.blockAt);
    this.#exports.cells();
  }

  #layersAbove(leafCount: number): Uint8Array {
    const layers: Uint8Array[] = [];
    let count = leafCount;
    do {
      this.#exports.layer(count, layers.length === 0 ? 1 : 0);
      count = Math.ceil(count / 2);
      layers.push(this.#take(count));
    } while (count > 1);
    return Buffer.concat(layers);
  }

  #put(bytes: Uint8Array, at: number): void {
    const { memory } = this.#exports;
    // Behind digests one place more is used, and reading goes on to the end of a word.
    const lackingBytes = at + bytes.length + 2 * ELEMENT_BYTES - memory.buffer.byteLength;
    if (lackingBytes > 0) memory.grow(Math.ceil(lackingBytes / PAGE_BYTES));
    new Uint8Array(memory.buffer).set(bytes, at);
  }

  #take(count: number): Uint8Array {
    const { digestsAt } = this.#places;
    return new Uint8Array(this.#exports.memory.buffer, digestsAt, count * ELEMENT_BYTES).slice();
  }
}

export function demandBlock(block: Uint8Array): void {
  if (block.length !== BLOCK_BYTES) throw new ProofError('NOT_A_BLOCK', { length: block.length });
}

export function demandLeaves(leaves: Uint8Array): void {
  if (leaves.length === 0) throw new ProofError('EMPTY_TREE', {});
  if (leaves.length % ELEMENT_BYTES !== 0) throw new ProofError('NOT_A_DIGEST', { length: leaves.length });
}

let compiled: CompiledPoseidon2 | undefined;

interface Exports {
  readonly memory: WebAssembly.Memory;
  cells(): void;
  layer(count: number, key: number): void;
}
