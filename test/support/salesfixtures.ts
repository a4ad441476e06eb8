import { expect } from 'vitest';
import {
  slotIdOf,
  type AvailabilityId,
  type RequestId,
  type ReservationId,
  type SlotId,
} from '../../src/main/engine/contracts/ids.ts';
import { throwIfAborted } from '../../src/main/engine/lib/abort.ts';
import { silentLogger, type Logger } from '../../src/main/engine/logger.ts';
import { requestIdOf } from '../../src/main/engine/contracts/requestid.ts';
import { writtenBytes, type Reservation } from '../../src/main/engine/sales/availability.ts';
import type { Terms } from '../../src/main/engine/sales/ledger.ts';
import type { Wish } from '../../src/main/engine/sales/matching.ts';
import { Reservations } from '../../src/main/engine/sales/reservations.ts';
import type { SalesEvent } from '../../src/main/engine/sales/saleinfo.ts';
import { Sales } from '../../src/main/engine/sales/sales.ts';
import type { RetryTimes } from '../../src/main/engine/sales/salestate.ts';
import { SlotQueue } from '../../src/main/engine/sales/slotqueue.ts';
import type { HostedSlot } from '../../src/main/engine/slots/slothost.ts';
import { FakeClock } from './fakeclock.ts';
import { FakeMarket } from './fakemarket.ts';
import { FakeSlotHost } from './fakeslothost.ts';
import { MemoryDatabase } from './memorydatabase.ts';
import { aRequest, word } from './requests.ts';

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

export function aWish(changes: Partial<Wish> & { slot?: number } = {}): Wish {
  const { slot = 0, ...rest } = changes;
  const requestId = rest.requestId ?? word<RequestId>(0x1000);
  return {
    requestId,
    slotIndex: slot,
    slotId: slotIdOf(requestId, slot),
    slotSize: 100n,
    duration: 10n,
    pricePerBytePerSecond: 10n,
    collateralPerByte: 1n,
    collateral: (rest.slotSize ?? 100n) * (rest.collateralPerByte ?? 1n),
    requestEndsAt: 1_700_000_100,
    ...rest,
  };
}

export const availabilityId = (n: number): AvailabilityId => word<AvailabilityId>(n);
export const reservationId = (n: number): ReservationId => word<ReservationId>(n);

/** The invariants I1, I2, I3, I4 and I5 of engine.md 1.11. */
export function expectSoundBooks(reservations: Reservations): void {
  const { max, used, reserved } = reservations.quota;
  const all = reservations.reservations();
  const offers = reservations.availabilities();
  expect(reserved).toBe(sum(offers.map((a) => a.freeSize)) + sum(all.map((r) => r.size)));
  expect(used).toBe(sum(all.map(writtenBytes)));
  expect(used >= 0n && reserved >= 0n && used + reserved <= max).toBe(true);
  for (const { size, slotSize } of all) expect(size >= 0n && size <= slotSize).toBe(true);
  for (const offer of offers) {
    const own = all.filter((r) => r.availabilityId === offer.id);
    expect(offer.totalSize).toBe(offer.freeSize + sum(own.map((r) => r.slotSize)));
    expect(offer.totalRemainingCollateral).toBe(offer.totalCollateral - sum(own.map((r) => r.collateral)));
    expect(offer.freeSize >= 0n && offer.totalRemainingCollateral >= 0n).toBe(true);
  }
}

/** Everything the ledger holds, to be compared. */
export const snapshot = (reservations: Reservations) => ({
  quota: reservations.quota,
  availabilities: reservations.availabilities(),
  reservations: reservations.reservations().sort((a, b) => (a.id < b.id ? -1 : 1)),
});

export interface World {
  readonly clock: FakeClock;
  readonly market: FakeMarket;
  readonly host: FakeSlotHost;
  readonly database: MemoryDatabase;
}

/** What outlives a restart of the node. */
export function aWorld({ pointer = 100 }: { pointer?: number } = {}): World {
  const clock = new FakeClock();
  const market = new FakeMarket({ clock });
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
  { clock, market, host, database }: World,
  { workers = 3, logger = silentLogger }: { workers?: number; logger?: Logger } = {},
): Promise<Node> {
  const reservations = await Reservations.open({ database, logger }, { quotaMax: GiB });
  const queue = new SlotQueue({ reservations, clock, logger }, { workers });
  const modules = { clock, market, host, database, logger, reservations, queue };
  const sales = new Sales(modules, { retryTimes: atOnce });
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

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

/** Slot 0 of an example request, and a reservation for it. */
export function aSlot(): HostedSlot {
  const request = aRequest();
  return { slotId: slotIdOf(requestIdOf(request), 0), request, slotIndex: 0 };
}

export const someReservation: Reservation = {
  id: reservationId(1),
  availabilityId: availabilityId(1),
  requestId: word<RequestId>(1),
  slotIndex: 0,
  slotId: word<SlotId>(1),
  slotSize: 100n,
  size: 100n,
  collateral: 100n,
  phase: 'reserved',
  validUntil: 1_700_000_100,
};
