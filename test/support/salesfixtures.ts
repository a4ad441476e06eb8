import type { MarketFamily } from '../../src/main/engine/contracts/family.ts';
import { slotIdOf, type SlotId } from '../../src/main/engine/contracts/ids.ts';
import { throwIfAborted } from '../../src/main/engine/lib/abort.ts';
import { silentLogger, type Logger } from '../../src/main/engine/logger.ts';
import { requestIdOf } from '../../src/main/engine/contracts/requestid.ts';
import type { Terms } from '../../src/main/engine/sales/offers.ts';
import { Reservations } from '../../src/main/engine/sales/reservations.ts';
import type { SalesEvent } from '../../src/main/engine/sales/saleinfo.ts';
import { Sales } from '../../src/main/engine/sales/sales.ts';
import type { RetryTimes } from '../../src/main/engine/sales/salestate.ts';
import { SlotQueue } from '../../src/main/engine/sales/slotqueue.ts';
import type { HostedSlot, SlotHost } from '../../src/main/engine/slots/slothost.ts';
import { FakeClock } from './fakeclock.ts';
import { FakeMarket } from './fakemarket.ts';
import { FakeSlotHost } from './fakeslothost.ts';
import { MemoryDatabase } from './memorydatabase.ts';
import { aRequest } from './requests.ts';

export {
  availabilityId,
  expectSoundBooks,
  reservationId,
  snapshot,
  someReservation,
} from './ledgerfixtures.ts';

export const GiB = 1024n ** 3n;

/** Retries without waiting, a turn of the event loop apart. */
export const atOnce: RetryTimes = {
  sleep: async (_ms, signal) => {
    await new Promise(setImmediate);
    throwIfAborted(signal);
  },
};

/** An offer with room and conditions for the example request. */
export const someTerms: Terms = {
  name: 'Spare disk',
  totalSize: 64n * 1_048_576n,
  duration: 86_400n,
  minPricePerBytePerSecond: 5n,
  totalCollateral: 64n * 1_048_576n * 200n,
};

export interface World {
  readonly clock: FakeClock;
  readonly market: FakeMarket;
  readonly host: FakeSlotHost;
  readonly database: MemoryDatabase;
}

/** What outlives a restart of the node. */
export function aWorld({
  pointer = 100,
  family = 'direct',
}: { pointer?: number; family?: MarketFamily } = {}): World {
  const clock = new FakeClock();
  const market = new FakeMarket({ clock, config: { family } });
  market.setPointer(pointer);
  return { clock, market, host: new FakeSlotHost(), database: new MemoryDatabase() };
}

export interface Node {
  readonly reservations: Reservations;
  readonly queue: SlotQueue;
  readonly sales: Sales;
  readonly events: SalesEvent[];
}

/** The sales engine over a world, not started. */
export async function aNode(
  { clock, market, host, database }: Omit<World, 'host'> & { readonly host: SlotHost },
  {
    workers = 3,
    logger = silentLogger,
    retryTimes = atOnce,
  }: { workers?: number; logger?: Logger; retryTimes?: RetryTimes } = {},
): Promise<Node> {
  const reservations = await Reservations.open({ database, logger }, { quotaMax: GiB });
  const queue = new SlotQueue({ reservations, clock, logger }, { workers });
  const modules = { clock, market, host, database, logger, reservations, queue };
  const sales = new Sales(modules, { retryTimes });
  const events: SalesEvent[] = [];
  sales.onEvent.subscribe((event) => events.push(event));
  return { reservations, queue, sales, events };
}

/** Lets everything run that does not wait for time. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 60; i++) await new Promise(setImmediate);
}

/** Moves time in steps, letting everything run after each. */
export async function pass(clock: FakeClock, seconds: number, step = 5): Promise<void> {
  for (let left = seconds; left > 0; left -= step) {
    clock.advance(Math.min(step, left));
    await settled();
  }
}

/** The states a slot's sale entered, over all its runs. */
export const statesOf = (events: readonly SalesEvent[], slotId?: SlotId): string[] =>
  events.flatMap((e) =>
    e.type === 'entered' && (slotId === undefined || e.sale.slotId === slotId) ? [e.sale.state] : [],
  );

/** Slot 0 of an example request, and a reservation for it. */
export function aSlot(): HostedSlot {
  const request = aRequest();
  return { slotId: slotIdOf(requestIdOf(request), 0), request, slotIndex: 0 };
}
