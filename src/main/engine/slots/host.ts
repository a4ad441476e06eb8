import { decodeCid } from '../network/cids.ts';
import type { Challenge, SlotId } from '../contracts/ids.ts';
import type { Groth16Proof } from '../contracts/proofs.ts';
import type { Logger } from '../logger.ts';
import type { BlockNetwork, BlockSource } from '../network/blocknetwork.ts';
import { BLOCK_SIZE } from '../network/blocknetwork.ts';
import { depthOf } from '../network/merkle.ts';
import { slotPlan, type SlotPlan } from '../network/slotplan.ts';
import { StoreError } from '../stores/errors.ts';
import type { SlotStore } from '../stores/slotstore.ts';
import type { SlotLayout } from '../stores/slotstate.ts';
import { SlotDownload, type DownloadOptions } from './download.ts';
import { SlotError } from './errors.ts';
import type { Prover } from './prover.ts';
import type { HostedSlot, Progress, SlotHost } from './slothost.ts';
import { sampleReader } from './slotreader.ts';
import { SlotSource } from './slotsource.ts';

interface SlotHostModules {
  readonly slotStore: SlotStore;
  readonly network: BlockNetwork;
  readonly prover: Prover;
  readonly logger: Logger;
}

/** Holds slots on this machine's disk, and serves what it holds. */
export class LocalSlotHost implements SlotHost {
  readonly #store: SlotStore;
  readonly #network: BlockNetwork;
  readonly #prover: Prover;
  readonly #logger: Logger;
  readonly #options: DownloadOptions;
  readonly #source: SlotSource;

  constructor({ slotStore, network, prover, logger }: SlotHostModules, options: DownloadOptions = {}) {
    this.#store = slotStore;
    this.#network = network;
    this.#prover = prover;
    this.#logger = logger;
    this.#options = options;
    this.#source = new SlotSource({ slotStore, logger });
  }

  /** What it holds, for `BlockNetwork.serve`. */
  get source(): BlockSource {
    return this.#source;
  }

  /** @throws NetworkError when manifest or blocks are not to be had or not true; StoreError DISK_FULL; what `book` throws */
  async store(hosted: HostedSlot, { book, onProgress, signal }: StoreOptions): Promise<void> {
    const { slotId, request, slotIndex } = hosted;
    const manifest = await this.#manifest(hosted, signal);
    const plan = slotPlan(request, manifest, slotIndex);
    await this.#demandSpace(slotId, plan);
    const slot = await this.#store.create(slotId, layoutOf(plan), manifest);
    try {
      const download = new SlotDownload({ slot, network: this.#network }, this.#options);
      await download.run(plan, { book, onProgress, signal });
    } finally {
      await slot.close();
    }
    await this.#source.forget(slotId);
    this.#logger.debug('Slot stored', { slotId, steps: plan.steps });
  }

  async prove(
    { slotId, ...rest }: HostedSlot,
    challenge: Challenge,
    { signal }: { signal: AbortSignal },
  ): Promise<Groth16Proof> {
    const slot = await this.#store.open(slotId);
    try {
      if (!slot?.isComplete) {
        throw new SlotError(
          'SLOT_INCOMPLETE',
          { slotId },
          { message: 'The slot is not all on this disk; it has to be fetched first.' },
        );
      }
      const readSample = sampleReader(slot, rest.request.ask.slotSize);
      return await this.#prover.prove({ slotId, ...rest }, challenge, readSample, { signal });
    } finally {
      await slot?.close();
    }
  }

  async clear(slotId: SlotId): Promise<void> {
    await this.#source.forget(slotId);
    await this.#store.remove(slotId);
  }

  async storedBytes(slotId: SlotId): Promise<bigint> {
    return await this.#store.storedBytes(slotId);
  }

  /** Closes the files that are kept open for serving. */
  async stop(): Promise<void> {
    await this.#source.close();
  }

  /** From the disk where a download began before, so that going on needs no peer that still has it. */
  async #manifest({ slotId, request }: HostedSlot, signal: AbortSignal): Promise<Uint8Array> {
    const slot = await this.#store.open(slotId);
    try {
      const known = await slot?.readManifest().catch(() => undefined);
      return known ?? (await this.#network.manifest(decodeCid(request.content.cid), { signal }));
    } finally {
      await slot?.close();
    }
  }

  /** Better to refuse a slot at once than to fill the disk and fail. */
  async #demandSpace(slotId: SlotId, { steps }: SlotPlan): Promise<void> {
    const needed = BigInt(steps * BLOCK_SIZE) - (await this.#store.storedBytes(slotId));
    const { freeBytes } = await this.#store.space();
    if (freeBytes >= needed) return;
    throw new StoreError(
      'DISK_FULL',
      { slotId, needed, freeBytes },
      {
        message: `The slot needs ${needed} bytes, but only ${freeBytes} are free on the disk. Free some, or lower the quota.`,
      },
    );
  }
}

interface StoreOptions {
  readonly book: (durableBytes: bigint) => Promise<void>;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal: AbortSignal;
}

function layoutOf({ manifestCid, treeCid, leafCount, firstIndex, steps }: SlotPlan): SlotLayout {
  return {
    manifestCid: manifestCid.bytes,
    treeCid: treeCid.bytes,
    leafCount,
    treeDepth: depthOf(leafCount),
    firstIndex,
    steps,
    blockSize: BLOCK_SIZE,
  };
}
