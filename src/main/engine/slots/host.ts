import type { CID } from 'multiformats/cid';
import type { Challenge, SlotId } from '../contracts/ids.ts';
import type { Groth16Proof } from '../contracts/proofs.ts';
import type { StorageRequest } from '../contracts/requests.ts';
import { isAborted } from '../lib/abort.ts';
import { Emitter } from '../lib/emitter.ts';
import type { Logger } from '../logger.ts';
import type { BlockNetwork, BlockSource } from '../network/blocknetwork.ts';
import { BLOCK_SIZE } from '../network/blocknetwork.ts';
import { decodeCid, manifestCid } from '../network/cids.ts';
import { depthOf } from '../network/merkle.ts';
import { slotPlan, type SlotPlan } from '../network/slotplan.ts';
import type { BlockDigester } from '../proofs/blockdigester.ts';
import { StoreError } from '../stores/errors.ts';
import type { SlotStore } from '../stores/slotstore.ts';
import type { SlotLayout } from '../stores/slotstate.ts';
import type { StoredSlot } from '../stores/storedslot.ts';
import { SlotDownload, type DownloadOptions } from './download.ts';
import { dataMissing } from './errors.ts';
import type { Prover } from './prover.ts';
import type { HostedSlot, SlotHost, StoreOptions, VerifyOptions } from './slothost.ts';
import { SampleReads } from './slotreader.ts';
import { demandRoot } from './slotroot.ts';
import { SlotSource } from './slotsource.ts';
import { verifyBlocks } from './verification.ts';

interface SlotHostModules {
  readonly slotStore: SlotStore;
  readonly network: BlockNetwork;
  readonly prover: Prover;
  readonly digester: BlockDigester;
  readonly logger: Logger;
}

export interface SlotHostOptions extends DownloadOptions {
  /** Blocks that `verify` takes at random, besides the first and the last; 64. */
  readonly sampleBlocks?: number;
  /** Only slots whose manifest says what their proofs are checked against. */
  readonly mustBeVerifiable?: boolean;
}

/** Holds slots on this machine's disk, and serves what it holds. */
export class LocalSlotHost implements SlotHost {
  readonly onMissing: Emitter<SlotId>;
  /** Something was amiss when the slot was read for others; where there is one harm, there may be more. */
  readonly onDoubt: Emitter<SlotId>;
  /** What `contents` answers may be another than before. */
  readonly onContents: Emitter<void>;
  readonly #store: SlotStore;
  readonly #network: BlockNetwork;
  readonly #prover: Prover;
  readonly #digester: BlockDigester;
  readonly #logger: Logger;
  readonly #options: SlotHostOptions;
  readonly #source: SlotSource;
  readonly #unsubscribe: () => void;

  constructor(
    { slotStore, network, prover, digester, logger }: SlotHostModules,
    options: SlotHostOptions = {},
  ) {
    this.#store = slotStore;
    this.#network = network;
    this.#prover = prover;
    this.#digester = digester;
    this.#logger = logger;
    this.#options = options;
    const onError = (error: unknown) => logger.error('A listener of the slots failed', { error });
    this.onMissing = new Emitter(onError);
    this.onDoubt = new Emitter(onError);
    this.onContents = new Emitter(onError);
    this.#source = new SlotSource(
      { slotStore, logger },
      (slotId) => this.onDoubt.emit(slotId),
      () => this.onContents.emit(),
    );
    this.#unsubscribe = slotStore.onStruckOut.subscribe(({ slotId }) => this.onMissing.emit(slotId));
  }

  /** What it holds, for `BlockNetwork.serve`. */
  get source(): BlockSource {
    return this.#source;
  }

  /** Manifests and trees of which it serves something. */
  async contents(): Promise<CID[]> {
    return await this.#source.contents();
  }

  /**
   * @throws NetworkError when manifest or blocks are not to be had or not true; SlotError SLOT_ROOT_MISMATCH when they
   * are, but could not be proven; StoreError DISK_FULL; what `charge` throws
   */
  async store(hosted: HostedSlot, options: StoreOptions): Promise<void> {
    const { slotId, request, slotIndex } = hosted;
    const held = await this.#held(hosted);
    // From the disk where a download began before, so that going on needs no peer that still has it.
    const manifest = held.manifest ?? (await this.#network.manifest(decodeCid(request.content.cid), options));
    const plan = slotPlan(request, manifest, slotIndex, this.#options);
    await this.#demandSpace(slotId, BigInt(plan.steps * BLOCK_SIZE) - held.takenBytes);
    const slot = await this.#store.create(slotId, layoutOf(plan), manifest);
    try {
      const modules = { slot, network: this.#network, digester: this.#digester };
      await new SlotDownload(modules, this.#options).run(plan, options);
      const { slotRoot } = plan;
      if (slotRoot) await demandRoot(modules, { slotId, slotRoot }, options);
    } finally {
      await slot.close();
    }
    await this.#source.forget(slotId);
    this.#logger.debug('Slot stored', { slotId, steps: plan.steps });
  }

  async prove(
    hosted: HostedSlot,
    challenge: Challenge,
    { signal }: { signal: AbortSignal },
  ): Promise<Groth16Proof> {
    const { slotId } = hosted;
    const slot = await this.#store.open(slotId);
    const samples = new SampleReads(slot, hosted);
    try {
      return await this.#prover.prove(hosted, challenge, samples.read, { signal });
    } catch (error) {
      await samples.settle();
      if (samples.missing.length === 0 || isAborted(error)) throw error;
      this.#logger.warn('Blocks that a proof looks at are missing', { slotId, positions: samples.missing });
      await this.#source.forget(slotId);
      throw dataMissing(slotId, samples.missing);
    } finally {
      await samples.settle();
      await slot?.close();
    }
  }

  async verify(
    { slotId, request }: HostedSlot,
    { sampleAll, signal }: VerifyOptions,
  ): Promise<{ missingBytes: bigint }> {
    const slot = await this.#store.open(slotId);
    if (!slot) return { missingBytes: request.ask.slotSize };
    try {
      await verifyBlocks(slot, { sampleBlocks: this.#options.sampleBlocks, sampleAll, signal });
      const { steps } = slot.layout;
      const missingBytes = BigInt(steps * BLOCK_SIZE) - slot.storedBytes;
      const hasManifest = (await knownManifest(slot, request)) !== undefined;
      if (missingBytes > 0n || !hasManifest) {
        this.#logger.warn('Data of a slot is missing', { slotId, missingBytes, hasManifest });
        await this.#source.forget(slotId);
      }
      // How long a lost manifest is nobody knows; it is one block in any case.
      return { missingBytes: missingBytes + (hasManifest ? 0n : BigInt(BLOCK_SIZE)) };
    } finally {
      await slot.close();
    }
  }

  async clear(slotId: SlotId): Promise<void> {
    await this.#source.forget(slotId);
    await this.#store.remove(slotId);
    // Files that were opened for serving meanwhile would keep the deleted bytes on the disk.
    await this.#source.forget(slotId);
  }

  async storedBytes(slotId: SlotId): Promise<bigint> {
    return await this.#store.storedBytes(slotId);
  }

  async sweep(keep: ReadonlySet<SlotId>): Promise<SlotId[]> {
    const swept: SlotId[] = [];
    for (const slotId of await this.#store.list()) {
      if (keep.has(slotId)) continue;
      try {
        await this.clear(slotId);
        swept.push(slotId);
      } catch (error) {
        this.#logger.error('A slot that nobody needs could not be deleted', { slotId, error });
      }
    }
    return swept;
  }

  /** Closes the files that are kept open for serving. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    await this.#source.close();
  }

  /** What is on the disk already: the true manifest, and the space taken, also by blocks that were struck out. */
  async #held({ slotId, request }: HostedSlot): Promise<Held> {
    const slot = await this.#store.open(slotId);
    if (!slot) return { manifest: undefined, takenBytes: 0n };
    try {
      return { manifest: await knownManifest(slot, request), takenBytes: await slot.takenBytes() };
    } finally {
      await slot.close();
    }
  }

  /** Better to refuse a slot at once than to fill the disk and fail. */
  async #demandSpace(slotId: SlotId, needed: bigint): Promise<void> {
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

interface Held {
  readonly manifest: Uint8Array | undefined;
  readonly takenBytes: bigint;
}

/** Undefined when it is lost or harmed. */
async function knownManifest(slot: StoredSlot, { content }: StorageRequest): Promise<Uint8Array | undefined> {
  const manifest = await slot.readManifest().catch(() => undefined);
  return manifest && Buffer.compare(manifestCid(manifest).bytes, content.cid) === 0 ? manifest : undefined;
}

function layoutOf({ manifestCid, treeCid, leafCount, firstIndex, stride, steps }: SlotPlan): SlotLayout {
  return {
    manifestCid: manifestCid.bytes,
    treeCid: treeCid.bytes,
    leafCount,
    treeDepth: depthOf(leafCount),
    firstIndex,
    stride,
    steps,
    blockSize: BLOCK_SIZE,
  };
}
