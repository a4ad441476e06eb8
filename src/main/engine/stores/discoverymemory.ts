import { z } from 'zod';
import { uint64 } from '../../../shared/schemas.ts';
import type { Logger } from '../logger.ts';
import type { Database } from './database.ts';
import { Repository } from './repository.ts';

const schema = z.object({
  network: z.string(),
  nodes: z
    .array(
      z
        .string()
        .regex(/^spr:[A-Za-z0-9_-]+$/)
        .max(1_000),
    )
    .max(256),
  nextSeq: uint64,
});

export type KeptNodes = Pick<z.output<typeof schema>, 'nodes' | 'nextSeq'>;

/**
 * Keeps which nodes of a network's DHT were known, and from which number on our records are new to everyone. A record that
 * cannot be read is put aside, and the node begins with the network's first nodes again.
 */
export class StoredDiscovery {
  readonly #database: Database;
  readonly #repository: Repository<typeof schema>;
  readonly #network: string;

  /** @param network a name without slashes */
  constructor(modules: { database: Database; logger: Logger }, { network }: { network: string }) {
    this.#database = modules.database;
    this.#network = network;
    this.#repository = new Repository(modules, {
      prefix: '/meta/network/discovery',
      segments: 1,
      path: (record) => [record.network],
      schema,
    });
  }

  async load(): Promise<KeptNodes | undefined> {
    const { records } = await this.#repository.load();
    return records.find(({ network }) => network === this.#network);
  }

  async save({ nodes, nextSeq }: { nodes: readonly string[]; nextSeq: bigint }): Promise<void> {
    const record = { network: this.#network, nodes: [...nodes], nextSeq };
    await this.#database.batch([this.#repository.putOp(record)]);
  }
}
