import { randomBytes } from 'node:crypto';
import type { Logger } from '../../logger.ts';
import { LONGEST_WAIT_MS } from '../../lib/retry.ts';
import type { DhtClient } from './dhtclient.ts';
import { ID_BYTES, type NodeId } from './nodeid.ts';
import { BUCKET_SIZE, type RoutingTable } from './routingtable.ts';
import { pause, type Timers } from '../timers.ts';

/**
 * Keeps the routing table filled and true: finds its first nodes through those that are known from the beginning, asks one
 * node after the other whether it is still there, and now and then goes and looks for more. Runs until the signal aborts.
 */
export class Upkeep {
  readonly #modules: UpkeepModules;

  constructor(modules: UpkeepModules) {
    this.#modules = modules;
  }

  async run({ signal }: { signal: AbortSignal }): Promise<void> {
    await Promise.all([this.#explore(signal), this.#revalidate(signal)]);
  }

  /** As long as nobody is there it tries again soon: the computer may just have no network. */
  async #explore(signal: AbortSignal): Promise<void> {
    const { table, lookUp, ownId, timers, logger } = this.#modules;
    let waitMs = MIN_RETRY_MS;
    for (let target = ownId; ; target = randomBytes(ID_BYTES)) {
      await lookUp(target, { signal });
      if (table.size === 0) {
        logger.debug('No node of the DHT answers', { nextTryMs: waitMs });
        await pause(waitMs, { timers, signal });
        waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
      } else {
        waitMs = MIN_RETRY_MS;
        await pause(table.size < BUCKET_SIZE ? EXPLORE_SOON_MS : EXPLORE_MS, { timers, signal });
      }
    }
  }

  async #revalidate(signal: AbortSignal): Promise<void> {
    const { client, table, timers } = this.#modules;
    for (;;) {
      await pause(REVALIDATE_MS, { timers, signal });
      const contact = table.pick(Math.random());
      if (contact) await client.ping(contact);
    }
  }
}

interface UpkeepModules {
  readonly client: DhtClient;
  readonly table: RoutingTable;
  readonly ownId: NodeId;
  readonly lookUp: (target: NodeId, options: { signal: AbortSignal }) => Promise<unknown>;
  readonly timers: Timers;
  readonly logger: Logger;
}

const MIN_RETRY_MS = 1_000;
const EXPLORE_MS = 300_000;
/** As long as we know few: packets that got lost may have kept us from more. */
const EXPLORE_SOON_MS = 20_000;
const REVALIDATE_MS = 10_000;
