import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AvailabilityId, SlotId } from '../../../src/main/engine/contracts/ids.ts';
import type { MarketEvent } from '../../../src/main/engine/market/market.ts';
import { audit } from '../../../src/main/engine/sales/audit.ts';
import type { Terms } from '../../../src/main/engine/sales/offers.ts';
import { LedgerStore } from '../../../src/main/engine/sales/ledgerstore.ts';
import { Reservations } from '../../../src/main/engine/sales/reservations.ts';
import { Sales } from '../../../src/main/engine/sales/sales.ts';
import type { RetryTimes } from '../../../src/main/engine/sales/salestate.ts';
import { SlotQueue } from '../../../src/main/engine/sales/slotqueue.ts';
import { InlineDigester } from '../../../src/main/engine/proofs/inlinedigester.ts';
import { LocalSlotHost } from '../../../src/main/engine/slots/host.ts';
import { PracticeProver } from '../../../src/main/engine/slots/practiceprover.ts';
import { openDatabase, type Database } from '../../../src/main/engine/stores/database.ts';
import { SlotStore } from '../../../src/main/engine/stores/slotstore.ts';
import { FakeBlockNetwork } from '../fakeblocknetwork.ts';
import { FakeClock } from '../fakeclock.ts';
import { recordingLogger } from '../recordinglogger.ts';
import type { Busy } from './busy.ts';
import { readDatasetFile } from './datasetfile.ts';
import type { Endings } from './endings.ts';
import type { Line } from './line.ts';
import type { NodeView, OpenOptions, Remains } from './nodeview.ts';
import { RemoteMarket } from './remotemarket.ts';

export interface ChildModules {
  readonly line: Line;
  readonly busy: Busy;
  readonly endings: Endings;
}

/** The engine as `createNode` builds it, over true files and a true database, and a chain in another process. */
export class ChildNode {
  readonly #modules: ChildModules;
  readonly #parts: Parts;
  readonly #complaints: string[];

  static async open(modules: ChildModules, options: OpenOptions): Promise<ChildNode> {
    const complaints: string[] = [];
    const parts = await build(modules, options, complaints);
    return new ChildNode(modules, parts, complaints);
  }

  private constructor(modules: ChildModules, parts: Parts, complaints: string[]) {
    this.#modules = modules;
    this.#parts = parts;
    this.#complaints = complaints;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { sales } = this.#parts;
    sales.onEvent.subscribe((event) => {
      if (event.type !== 'progress' || !event.sale.progress) return;
      const { doneBytes } = event.sale.progress;
      this.#modules.line.tell('progress', { slotId: event.sale.slotId, doneBytes });
    });
    await sales.start({ signal });
  }

  heard(event: MarketEvent): void {
    this.#parts.market.emit(event);
  }

  async settle(now: number): Promise<NodeView> {
    this.#parts.clock.set(now);
    await this.#modules.busy.idle();
    return await this.#view();
  }

  async createOffer(terms: Terms): Promise<void> {
    await this.#parts.reservations.createAvailability(terms);
  }

  async patchOffer(id: AvailabilityId, changes: Partial<Terms>): Promise<void> {
    await this.#parts.reservations.patchAvailability(id, changes);
  }

  async deleteOffer(id: AvailabilityId): Promise<void> {
    await this.#parts.reservations.deleteAvailability(id);
  }

  async remains(): Promise<Remains> {
    const { sales, database, slotsFolder } = this.#parts;
    const records = [...(await database.list('/meta')), ...(await database.list('/quarantine'))];
    return {
      history: await sales.history(Infinity),
      keys: records.map(([key]) => key),
      files: await readdir(slotsFolder, { recursive: true }),
    };
  }

  /** As `createNode` does it, in reverse order of the start. */
  async stop(): Promise<void> {
    const { sales, host, database } = this.#parts;
    await sales.stop();
    await host.stop();
    await database.close();
  }

  async #view(): Promise<NodeView> {
    const { clock, reservations, sales, queue, slotStore } = this.#parts;
    const storedBySlot = new Map<SlotId, bigint>();
    for (const slotId of await slotStore.list()) {
      storedBySlot.set(slotId, await slotStore.storedBytes(slotId));
    }
    return {
      now: clock.now(),
      nextWaiter: clock.nextWaiter,
      quota: reservations.quota,
      availabilities: reservations.availabilities(),
      reservations: reservations.reservations(),
      sales: sales.list(),
      queued: queue.length,
      storedBySlot,
      writes: [...this.#modules.endings.writes],
      complaints: [...this.#complaints],
    };
  }
}

interface Parts {
  readonly market: RemoteMarket;
  readonly clock: FakeClock;
  readonly database: Database;
  readonly slotsFolder: string;
  readonly slotStore: SlotStore;
  readonly host: LocalSlotHost;
  readonly reservations: Reservations;
  readonly queue: SlotQueue;
  readonly sales: Sales;
}

async function build(modules: ChildModules, options: OpenOptions, complaints: string[]): Promise<Parts> {
  const { busy, endings } = modules;
  const { folder, datasets, quotaMax, workers, now } = options;
  const logger = complainingLogger(complaints);
  const clock = new FakeClock(now);
  const market = new RemoteMarket(modules, options);
  const database = busy.watch(counted(await openDatabase({ folder, logger }), endings));
  const slotsFolder = join(folder, 'slots');
  const slotStore = new SlotStore({ folder: slotsFolder, logger });
  const peer = new FakeBlockNetwork();
  for (const path of datasets) peer.serve(await readDatasetFile(path));
  const network = new FakeBlockNetwork([peer]);
  const prover = new PracticeProver();
  // One block a flush, so that a small slot has as many batches as blocks.
  const host = busy.watch(
    new LocalSlotHost(
      { slotStore, network, prover, digester: new InlineDigester(), logger },
      { flushBytes: 65_536 },
    ),
  );

  // The books have to be right by themselves, before anything sets them right.
  const { drifts } = audit(await new LedgerStore({ database, logger }).load(quotaMax));
  for (const { what, stored, computed } of drifts) {
    complaints.push(`The ledger on disk does not add up: ${what} is ${stored} instead of ${computed}`);
  }
  const reservations = await Reservations.open({ database, logger }, { quotaMax });
  const queue = new SlotQueue({ reservations, clock, logger }, { workers });
  const sales = new Sales(
    { market, clock, reservations, queue, host, database, logger },
    { retryTimes: byTheClock(clock) },
  );
  return { market, clock, database, slotsFolder, slotStore, host, reservations, queue, sales };
}

/** The database, its batches counted as durable writes under the names of what they change. */
function counted(database: Database, endings: Endings): Database {
  return {
    get: (key) => database.get(key),
    list: (prefix) => database.list(prefix),
    batch: (operations) => {
      const kinds = operations.map(({ type, key }) => `${type} ${key.replaceAll(/[0-9a-f]{12,}/g, '…')}`);
      return endings.around(kinds.join(', '), () => database.batch(operations));
    },
    close: () => database.close(),
  };
}

/** Retries take a second of chain time, so that a fault that stays does not keep the process busy for ever. */
const byTheClock = (clock: FakeClock): RetryTimes => ({
  sleep: (_ms, signal) => clock.waitUntil(clock.now() + 1, { signal }),
});

/** Keeps what must not be logged in a world where only the node itself fails: errors, and books that were set right. */
function complainingLogger(complaints: string[]) {
  const { logger } = recordingLogger();
  const told = (message: string, fields: object = {}) => void complaints.push(`${message} ${textOf(fields)}`);
  const complaining = { ...logger, error: told, fatal: told, child: () => complaining };
  return complaining;
}

const textOf = (fields: object): string =>
  Object.entries(fields)
    .map(
      ([name, value]) => `${name}=${value instanceof Error ? (value.stack ?? value.message) : String(value)}`,
    )
    .join(' ');
