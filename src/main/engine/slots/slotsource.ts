import type { CID } from 'multiformats/cid';
import type { SlotId } from '../contracts/ids.ts';
import { positionOfLeaf, type SlotPlaces } from '../contracts/slotplaces.ts';
import type { Logger } from '../logger.ts';
import type { BlockSource, LeafProof } from '../network/blocknetwork.ts';
import { decodeCid } from '../network/cids.ts';
import type { SlotStore } from '../stores/slotstore.ts';
import type { StoredSlot } from '../stores/storedslot.ts';
import { readToSend } from './slotreader.ts';
import { slotProofs, type SlotProofs } from './slotproofs.ts';

/**
 * The complete slots of a store, as the network asks for them. Mostly a leaf's proof is worked out from the digests of
 * all; so what is half downloaded cannot be served yet.
 */
export class SlotSource implements BlockSource {
  readonly #store: SlotStore;
  readonly #logger: Logger;
  readonly #onDoubt: (slotId: SlotId) => void;
  readonly #onChange: () => void;
  /** Slots kept open, oldest first. */
  readonly #openSlots = new Map<SlotId, Promise<Served | undefined>>();
  #catalogue: Promise<CatalogueEntry[]> | undefined;
  #isClosed = false;

  /**
   * @param onDoubt told of slots that could not be read as they should
   * @param onChange told when `contents` may be others than before
   */
  constructor(
    { slotStore, logger }: { slotStore: SlotStore; logger: Logger },
    onDoubt: (slotId: SlotId) => void,
    onChange: () => void = () => {},
  ) {
    this.#store = slotStore;
    this.#logger = logger;
    this.#onDoubt = onDoubt;
    this.#onChange = onChange;
  }

  async block(cid: CID): Promise<Uint8Array | undefined> {
    for (const { slotId, manifestCid } of await this.#entries()) {
      if (Buffer.compare(manifestCid, cid.bytes) !== 0) continue;
      const served = await this.#served(slotId);
      if (served) return await served.slot.readManifest();
    }
    return undefined;
  }

  async leaf(treeCid: CID, index: number): Promise<{ data: Uint8Array; proof: LeafProof } | undefined> {
    for (const entry of await this.#entries()) {
      const position = positionOfLeaf(entry, index);
      if (position === undefined || Buffer.compare(entry.treeCid, treeCid.bytes) !== 0) continue;
      const leaf = await this.#read(entry, position);
      if (leaf) return leaf;
    }
    return undefined;
  }

  /** To be called when a slot was completed, is no longer complete, or is removed. */
  async forget(slotId: SlotId): Promise<void> {
    this.#catalogue = undefined;
    await this.#close(slotId);
    this.#onChange();
  }

  /** Manifests and trees of which we serve something, each once. */
  async contents(): Promise<CID[]> {
    const all = (await this.#entries()).flatMap(({ manifestCid, treeCid }) => [manifestCid, treeCid]);
    const byBytes = new Map(all.map((cid) => [Buffer.from(cid).toString('hex'), cid]));
    return [...byBytes.values()].map(decodeCid);
  }

  /** For good: it holds nothing from then on, and opens no file again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const slotId of this.#openSlots.keys()) await this.#close(slotId);
  }

  async #entries(): Promise<CatalogueEntry[]> {
    if (this.#isClosed) return [];
    this.#catalogue ??= this.#readCatalogue();
    try {
      return await this.#catalogue;
    } catch (error) {
      this.#logger.warn('The stored slots cannot be listed', { error });
      this.#catalogue = undefined;
      return [];
    }
  }

  async #readCatalogue(): Promise<CatalogueEntry[]> {
    const entries: CatalogueEntry[] = [];
    for (const slotId of await this.#store.list()) {
      try {
        const slot = await this.#store.open(slotId);
        if (slot?.isComplete) entries.push({ slotId, ...slot.layout });
        await slot?.close();
      } catch (error) {
        this.#logger.warn('A stored slot cannot be read, nor served', { slotId, error });
      }
    }
    return entries;
  }

  /** Undefined for a block that cannot be read any more: then we do not hold it. */
  async #read({ slotId }: CatalogueEntry, position: number) {
    try {
      const served = await this.#served(slotId);
      if (!served) return undefined;
      const data = await readToSend(served.slot, position);
      return data && { data, proof: await served.proofs.proof(position) };
    } catch (error) {
      this.#logger.warn('A block we hold cannot be served', { slotId, position, error });
      this.#onDoubt(slotId);
      await this.#close(slotId);
      return undefined;
    }
  }

  async #served(slotId: SlotId): Promise<Served | undefined> {
    if (this.#isClosed) return undefined;
    const known = this.#openSlots.get(slotId) ?? this.#open(slotId);
    this.#openSlots.delete(slotId);
    this.#openSlots.set(slotId, known);
    const [oldest] = this.#openSlots.keys();
    if (this.#openSlots.size > MAX_OPEN && oldest) await this.#close(oldest);
    return await known;
  }

  /** Undefined when it is not there. @throws SlotError TREE_DAMAGED */
  async #open(slotId: SlotId): Promise<Served | undefined> {
    const slot = await this.#store.open(slotId);
    if (!slot) return undefined;
    try {
      return { slot, proofs: await slotProofs(slot) };
    } catch (error) {
      await slot.close();
      throw error;
    }
  }

  async #close(slotId: SlotId): Promise<void> {
    const served = this.#openSlots.get(slotId);
    this.#openSlots.delete(slotId);
    await (await served?.catch(() => undefined))?.slot.close();
  }
}

const MAX_OPEN = 8;

interface Served {
  readonly slot: StoredSlot;
  readonly proofs: SlotProofs;
}

interface CatalogueEntry extends SlotPlaces {
  readonly slotId: SlotId;
  readonly manifestCid: Uint8Array;
  readonly treeCid: Uint8Array;
}
