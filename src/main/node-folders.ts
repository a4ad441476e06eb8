import { join } from 'node:path';
import { z } from 'zod';
import type { NetworkSettings } from '../shared/settings.ts';
import { writeFileDurably } from './engine/stores/durablefile.ts';
import { StoreError, systemCode } from './engine/stores/errors.ts';
import { diskFiles, type FileSystem } from './engine/stores/filesystem.ts';
import type { NetworkFiles } from './networks/accepted.ts';
import { dataInForce } from './networks/chain.ts';
import { presetOf } from './networks/presets.ts';

export interface NodeFoldersModules {
  readonly dataDir: string;
  readonly networks: Pick<NetworkFiles, 'accepted' | 'learned'>;
  readonly fs?: FileSystem;
}

/**
 * Where the node keeps ledger, sales and slots, a folder for each contract it ever sold on: what was promised on one is
 * not known to another, and is found again when its owner comes back to it. The first one has the data folder itself, as
 * it was when there was only one.
 */
export class NodeFolders {
  readonly #dataDir: string;
  readonly #networks: NodeFoldersModules['networks'];
  readonly #fs: FileSystem;

  constructor({ dataDir, networks, fs = diskFiles }: NodeFoldersModules) {
    this.#dataDir = dataDir;
    this.#networks = networks;
    this.#fs = fs;
  }

  /** The folder of a network, as far as it is known without asking anybody. @throws StoreError, NetworkError */
  async of(network: NetworkSettings): Promise<string> {
    return this.#folderOf(await this.#read(), await this.keyOf(network));
  }

  /** The same for a start: the first network gets the data folder, durably. @throws StoreError */
  async claim(key: string): Promise<string> {
    const known = await this.#read();
    if (known) return this.#folderOf(known, key);
    const text = `${JSON.stringify({ version: 1, dataFolder: key }, undefined, 2)}\n`;
    await writeFileDurably(this.#path, text, this.#fs);
    return this.#dataDir;
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
    return !known || known.dataFolder === key ? this.#dataDir : join(this.#dataDir, 'nodes', key);
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

const knownSchema = z.strictObject({ version: z.literal(1), dataFolder: z.string().min(1) });
type Known = z.output<typeof knownSchema>;
