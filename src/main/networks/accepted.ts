import { mkdir, readFile, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { ArchivistNetworkId } from '../../shared/settings.ts';
import { writeFileDurably } from '../engine/stores/durablefile.ts';
import { NetworkError } from './errors.ts';
import { hashOf, parseNetworkData, type NetworkData } from './networkdata.ts';

/** Data of a network that a person said yes to. */
export interface AcceptedData {
  readonly data: NetworkData;
  readonly source: string;
  readonly atMs: number;
  /** The account of this computer under which the yes was said. */
  readonly by: string;
}

/** What is proposed and waits for a yes: whatever it is, its hash and where it came from. */
export interface Held {
  readonly content: unknown;
  readonly source: string;
  readonly hash: string;
}

/** What a server told of a network once, for one marketplace. */
export interface LearnedFacts {
  readonly marketplace: string;
  readonly chainId?: number | undefined;
  readonly deployedAtBlock?: number | undefined;
}

/** The folder `<data>/networks`: what was accepted, what waits to be, and what servers told. Written durably. */
export class NetworkFiles {
  readonly #folder: string;

  constructor({ dataDir }: { dataDir: string }) {
    this.#folder = join(dataDir, 'networks');
  }

  /** Undefined when the built-in data are in force. @throws NetworkError NETWORK_DATA_DAMAGED */
  async accepted(id: ArchivistNetworkId): Promise<AcceptedData | undefined> {
    const path = this.#path(id);
    const text = await textOf(path);
    if (text === undefined) return undefined;
    const record = acceptedSchema.safeParse(jsonOf(text)).data;
    if (!record || hashOf(record.network) !== record.sha256) throw damaged(path, id);
    const { network, source, acceptedAtMs, acceptedBy } = record;
    const data = parseNetworkData(JSON.stringify(network), path);
    return { data, source, atMs: acceptedAtMs, by: acceptedBy };
  }

  async accept(id: ArchivistNetworkId, data: NetworkData, source: string): Promise<void> {
    await this.#write(id, {
      format: 1,
      acceptedAtMs: Date.now(),
      acceptedBy: accountName(),
      source,
      sha256: hashOf(data),
      network: data,
    });
  }

  /** Makes the built-in data those in force. */
  async revert(id: ArchivistNetworkId): Promise<void> {
    await rm(this.#path(id), { force: true });
  }

  /** Keeps `content` until it is accepted or something else takes its place; answers with what accepting must name. */
  async hold(name: string, content: unknown, source: string): Promise<string> {
    const hash = hashOf({ name, content });
    await this.#write(`${name}.proposed`, { source, content });
    return hash;
  }

  /** What was held under `name`, if its hash is still this one. @throws NetworkError NETWORK_NOT_PROPOSED */
  async held(name: string, hash: string): Promise<Held> {
    const text = await textOf(this.#path(`${name}.proposed`));
    const held = text === undefined ? undefined : heldSchema.safeParse(jsonOf(text)).data;
    if (held && hashOf({ name, content: held.content }) === hash) return { ...held, hash };
    const message =
      'Nothing with this hash is proposed. Ask for the change again, look at it, and accept that.';
    throw new NetworkError('NETWORK_NOT_PROPOSED', { name, hash }, { message });
  }

  async letGo(name: string): Promise<void> {
    await rm(this.#path(`${name}.proposed`), { force: true });
  }

  /** What is damaged or of another marketplace is as good as unknown. */
  async learned(id: string, marketplace: string): Promise<LearnedFacts> {
    const text = await textOf(this.#path(`${id}.learned`));
    const facts = text === undefined ? undefined : learnedSchema.safeParse(jsonOf(text)).data;
    return facts?.marketplace.toLowerCase() === marketplace.toLowerCase() ? facts : { marketplace };
  }

  async learn(id: string, facts: LearnedFacts): Promise<void> {
    await this.#write(`${id}.learned`, facts);
  }

  async #write(name: string, value: unknown): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    await writeFileDurably(this.#path(name), `${JSON.stringify(value, null, 1)}\n`);
  }

  #path(name: string): string {
    return join(this.#folder, `${name}.json`);
  }
}

const acceptedSchema = z.object({
  format: z.literal(1),
  acceptedAtMs: z.int().nonnegative(),
  acceptedBy: z.string(),
  source: z.string(),
  sha256: z.string(),
  network: z.unknown(),
});

const heldSchema = z.object({ source: z.string(), content: z.unknown() });

const learnedSchema = z.object({
  marketplace: z.string(),
  chainId: z.int().positive().optional(),
  deployedAtBlock: z.int().nonnegative().optional(),
});

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function damaged(path: string, id: string): NetworkError {
  const message = `The data of ${id} in ${path} are damaged. Go back to the built-in ones with "slotkeeper network revert ${id}", or accept new ones.`;
  return new NetworkError('NETWORK_DATA_DAMAGED', { path, id }, { message });
}

/** Containers may run under an account that has no name. */
function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return `account ${process.getuid?.() ?? 'unknown'}`;
  }
}
