import type { CID } from 'multiformats/cid';
import type { SlotId } from '../contracts/ids.ts';
import { positionOfLeaf, type SlotPlaces } from '../contracts/slotplaces.ts';
import { isEngineError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { BlockSource, LeafProof } from '../network/blocknetwork.ts';
import type { BlockAddress } from '../network/messages.ts';
import { decodeCid } from '../network/cids.ts';
import type { SlotStore } from '../stores/slotstore.ts';
import type { StoredSlot } from '../stores/storedslot.ts';
import { SlotError } from './errors.ts';
import { readToSend } from './slotreader.ts';
import { slotProofs, trueManifest, type SlotProofs } from './slotproofs.ts';

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
  readonly #openSlots = new Map<SlotId, OpenSlot>();
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
      const manifest = await this.#read(slotId, readManifest);
      if (manifest) return manifest;
    }
    return undefined;
  }

  async leaf(treeCid: CID, index: number): Promise<{ data: Uint8Array; proof: LeafProof } | undefined> {
    for (const entry of await this.#entries()) {
      const position = positionOfLeaf(entry, index);
      if (position === undefined || Buffer.compare(entry.treeCid, treeCid.bytes) !== 0) continue;
      const leaf = await this.#read(entry.slotId, (served) => readLeaf(served, position));
      if (leaf) return leaf;
    }
    return undefined;
  }

  /** From the catalogue and what is known of each block, without a look at the bytes. */
  async has(address: BlockAddress): Promise<boolean> {
    for (const entry of await this.#entries()) {
      if ('cid' in address) {
        if (Buffer.compare(entry.manifestCid, address.cid.bytes) === 0) return true;
        continue;
      }
      const position = positionOfLeaf(entry, address.index);
      if (position === undefined || Buffer.compare(entry.treeCid, address.treeCid.bytes) !== 0) continue;
      if (await this.#read(entry.slotId, async ({ slot }) => slot.has(position))) return true;
    }
    return false;
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

  /** Undefined for what cannot be read any more: then we do not hold it. */
  async #read<T>(slotId: SlotId, work: (served: Served) => Promise<T | undefined>): Promise<T | undefined> {
    for (let attempt = 1; ; attempt++) {
      const open = this.#use(slotId);
      if (!open) return undefined;
      try {
        const served = await open.served;
        return served && (await work(served));
      } catch (error) {
        await this.#close(slotId, open);
        // It was forgotten meanwhile, and may be there again; that is no harm to it.
        const wasClosed = isEngineError(error, 'SLOT_CLOSED');
        if (wasClosed && attempt < MAX_ATTEMPTS) continue;
        if (wasClosed) return undefined;
        this.#logger.warn('Something we hold cannot be served', { slotId, error });
        this.#onDoubt(slotId);
        return undefined;
      } finally {
        open.users--;
        await this.#closeIdle();
      }
    }
  }

  /** Whoever got it takes himself off its users in the end. */
  #use(slotId: SlotId): OpenSlot | undefined {
    if (this.#isClosed) return undefined;
    const open = this.#openSlots.get(slotId) ?? { served: this.#open(slotId), users: 0 };
    this.#openSlots.delete(slotId);
    this.#openSlots.set(slotId, open);
    open.users++;
    return open;
  }

  /** More than there should be are open only while all of them are being read. */
  async #closeIdle(): Promise<void> {
    for (const [slotId, open] of this.#openSlots) {
      if (this.#openSlots.size <= MAX_OPEN) return;
      if (open.users === 0) await this.#close(slotId, open);
    }
  }

  /** Undefined when it is not there. */
  async #open(slotId: SlotId): Promise<Served | undefined> {
    const slot = await this.#store.open(slotId);
    let proofs: Promise<SlotProofs> | undefined;
    return slot && { slot, proofs: () => (proofs ??= slotProofs(slot)) };
  }

  async #close(slotId: SlotId, open = this.#openSlots.get(slotId)): Promise<void> {
    if (this.#openSlots.get(slotId) === open) this.#openSlots.delete(slotId);
    await (await open?.served.catch(() => undefined))?.slot.close();
  }
}

const MAX_OPEN = 8;
const MAX_ATTEMPTS = 2;

interface OpenSlot {
  /** Undefined when it is not there. */
  readonly served: Promise<Served | undefined>;
  /** Reads that are under way. */
  users: number;
}

interface Served {
  readonly slot: StoredSlot;
  /** Worked out when they are first needed. @throws SlotError TREE_DAMAGED */
  readonly proofs: () => Promise<SlotProofs>;
}

interface CatalogueEntry extends SlotPlaces {
  readonly slotId: SlotId;
  readonly manifestCid: Uint8Array;
  readonly treeCid: Uint8Array;
}

async function readLeaf({ slot, proofs }: Served, position: number) {
  const proving = await proofs();
  const data = await readToSend(slot, position);
  return data && { data, proof: await proving.proof(position) };
}

/** @throws SlotError MANIFEST_DAMAGED */
async function readManifest({ slot }: Served): Promise<Uint8Array> {
  const manifest = await trueManifest(slot);
  if (!manifest) throw new SlotError('MANIFEST_DAMAGED', {});
  return manifest;
}
