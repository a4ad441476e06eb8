import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { NetworkSettings } from '../shared/settings.ts';
import type { Logger } from './engine/logger.ts';
import { contractsIn } from './engine/stores/contractsin.ts';
import { syncFolder, writeFileDurably } from './engine/stores/durablefile.ts';
import { StoreError, systemCode } from './engine/stores/errors.ts';
import { diskFiles, type FileSystem } from './engine/stores/filesystem.ts';
import type { NetworkFiles } from './networks/accepted.ts';
import { dataInForce } from './networks/chain.ts';
import { presetOf } from './networks/presets.ts';
import { PRACTICE_CHAIN_ID } from './practice/chainid.ts';
import { marketplaceOf } from './practice/marketplaceof.ts';

export interface NodeFoldersModules {
  readonly dataDir: string;
  readonly networks: Pick<NetworkFiles, 'accepted' | 'learned'>;
  readonly logger: Logger;
  readonly fs?: FileSystem;
}

/**
 * Where the node keeps ledger, sales and slots, a folder for each contract it ever sold on: what was promised on one is
 * not known to another, and is found again when its owner comes back to it. The first one has the data folder itself, as
 * it was when there was only one; of a folder that is older than that its books say whose it is.
 */
export class NodeFolders {
  readonly #dataDir: string;
  readonly #networks: NodeFoldersModules['networks'];
  readonly #logger: Logger;
  readonly #fs: FileSystem;

  constructor({ dataDir, networks, logger, fs = diskFiles }: NodeFoldersModules) {
    this.#logger = logger;
    this.#dataDir = dataDir;
    this.#networks = networks;
    this.#fs = fs;
  }

  /** The folder of a network, as far as it is known without asking anybody. @throws StoreError, NetworkError */
  async of(network: NetworkSettings): Promise<string> {
    return this.#folderOf(await this.#read(), await this.keyOf(network));
  }

  /**
   * The same for a start: the folder is there then, durably, and so is the record whose the data folder is, before
   * anything of the network is written. @throws StoreError
   */
  async claim(key: string): Promise<string> {
    const known = (await this.#read()) ?? (await this.#begin(key));
    const folder = this.#folderOf(known, key);
    if (folder === this.#dataDir) return folder;
    await this.#fs.makeFolder(folder);
    for (const parent of [dirname(folder), this.#dataDir]) await syncFolder(parent, this.#fs);
    return folder;
  }

  /** What tells the contract of these settings from others; its chain may have to be asked at the first start. */
  async keyOf(network: NetworkSettings): Promise<string> {
    if (network.kind === 'practice') return practiceKey(network.family);
    if (network.kind === 'custom') {
      const { chainId, marketplace } = network;
      return liveKey({
        marketplace,
        chainId: chainId ?? (await this.#networks.learned('custom', marketplace)).chainId,
      });
    }
    const { id } = network;
    const { marketplace, chainId } = (await dataInForce(id, this.#networks)).data;
    const known = chainId ?? presetOf(id).chainId;
    return liveKey({
      marketplace,
      chainId: known ?? (await this.#networks.learned(id, marketplace)).chainId,
    });
  }

  get #path(): string {
    return join(this.#dataDir, 'node-folders.json');
  }

  #folderOf(known: Known | undefined, key: string): string {
    return !known || [known.dataFolder].flat().includes(key) ? this.#dataDir : this.#ownFolder(key);
  }

  #ownFolder(key: string): string {
    return join(this.#dataDir, 'nodes', key);
  }

  /** The first start with a record. */
  async #begin(key: string): Promise<Known> {
    const owners = await this.#owners(key);
    const known: Known = { version: 1, dataFolder: owners.length === 1 && owners[0] ? owners[0] : owners };
    if (!owners.includes(key))
      this.#logger.notice('The data folder has the books of another network; this one gets its own', {
        network: key,
        owners,
      });
    await writeFileDurably(this.#path, `${JSON.stringify(known, undefined, 2)}\n`, this.#fs);
    return known;
  }

  /**
   * Whose the data folder is that has no record. Several can have sold into the same books, as it was before they were
   * kept apart: all with money in them keep them, as the slots of each are there; practice goes elsewhere then.
   */
  async #owners(key: string): Promise<string[]> {
    const found = await contractsIn(this.#dataDir, { logger: this.#logger });
    // The record was lost, and the books of this network lie elsewhere.
    if (found.length === 0) return (await this.#fs.hasFolder(this.#ownFolder(key))) ? [] : [key];
    const live = found.filter(({ chainId }) => chainId !== PRACTICE_CHAIN_ID).map(liveKey);
    // Somebody's own chain of that number.
    const own = found.map(liveKey).filter((one) => one === key && !live.includes(one));
    if (live.length + own.length > 0) return [...live, ...own];
    const practised: string[] = [];
    for (const family of ['direct', 'vault'] as const) {
      const marketplace = await marketplaceOf(join(this.#dataDir, 'practice'), family);
      if (found.some((one) => one.marketplace === marketplace)) practised.push(practiceKey(family));
    }
    if (practised.length === 0) return [practiceKey('direct')];
    return practised.includes(key) ? [key] : practised.slice(0, 1);
  }

  /** To guess here would be to open the books of another network. */
  async #read(): Promise<Known | undefined> {
    try {
      return knownSchema.parse(JSON.parse(Buffer.from(await this.#fs.read(this.#path)).toString('utf8')));
    } catch (cause) {
      if (systemCode(cause) === 'ENOENT') return undefined;
      const path = this.#path;
      const message = `Which network the data in this folder belong to cannot be read from ${path}. Put back a copy of the file.`;
      throw new StoreError('NODE_FOLDERS_DAMAGED', { path }, { cause, message });
    }
  }
}

/** Each family has a practice chain of its own. */
export const practiceKey = (family: 'direct' | 'vault'): string => `practice-${family}`;

export const liveKey = ({
  chainId,
  marketplace,
}: {
  readonly chainId: number | undefined;
  readonly marketplace: string;
}): string => `${chainId ?? 'unknown'}-${marketplace.toLowerCase()}`;

const owner = z.string().min(1);
const knownSchema = z.strictObject({ version: z.literal(1), dataFolder: z.union([owner, z.array(owner)]) });
type Known = z.output<typeof knownSchema>;
