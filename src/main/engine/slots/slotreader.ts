import { BLOCK_SIZE } from '../network/blocknetwork.ts';
import { EMPTY_DIGEST, sha256 } from '../network/cids.ts';
import type { ReadBlock } from '../stores/slotblocks.ts';
import type { StoredSlot } from '../stores/storedslot.ts';
import { dataMissing, SlotError } from './errors.ts';
import type { HostedSlot } from './slothost.ts';

/** Whether a stored block is what was verified when it came. An empty one has to be zeros on the disk. */
export function isWhole({ data, digest }: ReadBlock): boolean {
  return isEmpty(digest)
    ? Buffer.compare(data, ZERO_BLOCK) === 0
    : Buffer.compare(sha256(data), digest) === 0;
}

/** A block as it travels, where an empty one has no bytes. Undefined when it is missing or harmed. */
export async function readToSend(slot: StoredSlot, position: number): Promise<Uint8Array | undefined> {
  const block = await slot.read(position, isWhole);
  return block && (isEmpty(block.digest) ? EMPTY_BLOCK : block.data);
}

/**
 * Reads a slot's blocks as proofs see them: empty blocks, and those that round the slot up to a power of two, are zeros.
 * What is missing or harmed it remembers.
 */
export class SampleReads {
  readonly #slot: StoredSlot | undefined;
  readonly #hosted: HostedSlot;
  readonly #missing = new Set<number>();
  readonly #reads = new Set<Promise<unknown>>();

  constructor(slot: StoredSlot | undefined, hosted: HostedSlot) {
    this.#slot = slot;
    this.#hosted = hosted;
  }

  /** @throws SlotError DATA_MISSING, POSITION_OUT_OF_RANGE */
  readonly read = (position: number): Promise<Uint8Array> => {
    const reading = this.#read(position);
    this.#reads.add(reading);
    return reading;
  };

  /** Waits until nothing is read any more, also by a prover that has given up. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#reads);
  }

  /** Positions that were asked for and are not there, rising. */
  get missing(): number[] {
    return [...this.#missing].sort((a, b) => a - b);
  }

  async #read(position: number): Promise<Uint8Array> {
    const { slotId, request } = this.#hosted;
    if (position < 0 || BigInt(position) * BigInt(BLOCK_SIZE) >= request.ask.slotSize)
      throw new SlotError('POSITION_OUT_OF_RANGE', { position });
    if (this.#slot && position >= this.#slot.layout.steps) return ZERO_BLOCK;
    const block = await this.#slot?.read(position, isWhole);
    if (block) return block.data;
    this.#missing.add(position);
    throw dataMissing(slotId, this.missing);
  }
}

const isEmpty = (digest: Uint8Array): boolean => Buffer.compare(digest, EMPTY_DIGEST) === 0;

const ZERO_BLOCK = new Uint8Array(BLOCK_SIZE);
const EMPTY_BLOCK = new Uint8Array();
