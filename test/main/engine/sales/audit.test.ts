import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type {
  AvailabilityId,
  RequestId,
  ReservationId,
  SlotId,
} from '../../../../src/main/engine/contracts/ids.ts';
import {
  availabilitySchema,
  reservationPhases,
  reservationSchema,
  type Availability,
  type Reservation,
} from '../../../../src/main/engine/sales/availability.ts';
import { close } from '../../../../src/main/engine/sales/ledger.ts';
import type { Reservations } from '../../../../src/main/engine/sales/reservations.ts';
import { readRecord, writeRecord } from '../../../../src/shared/schemas.ts';
import type { MemoryDatabase } from '../../../support/memorydatabase.ts';
import { recordingLogger } from '../../../support/recordinglogger.ts';
import {
  aLedger,
  aWish,
  exampleTerms,
  expectSoundBooks,
  openLedger,
  reserved,
  snapshot,
  someReservation,
} from '../../../support/ledgerfixtures.ts';

describe('opening the ledger', () => {
  it('finds what was there', async () => {
    const { database, reservations } = await aLedger();
    await reservations.createAvailability(exampleTerms);
    const { id } = await reserved(reservations);
    await reservations.setPhase(id, 'chainReserved');
    expect(snapshot(await openLedger(database))).toEqual(snapshot(reservations));
  });

  it('puts a record aside that does not parse, says its key, and goes on with the rest', async () => {
    const { database, reservations } = await aLedger();
    const offer = await reservations.createAvailability(exampleTerms);
    const held = await reserved(reservations);
    const lost = await reservations.createAvailability({ ...exampleTerms, name: 'Lost' });
    const key = `/meta/sales/reservations/${lost.id.slice(2)}`;
    const heldKey = `/meta/sales/reservations/${held.availabilityId.slice(2)}/${held.id.slice(2)}`;
    const texts = new Map([
      [key, '{"id":'],
      [heldKey, (database.records.get(heldKey) ?? '').replace('"slotSize":"100"', '"slotSize":"-100"')],
      ['/meta/quota/used', '{"used":"many"}'],
    ]);
    for (const [bad, text] of texts) database.records.set(bad, text);
    const { logger, lines } = recordingLogger();
    const reopened = await openLedger(database, { logger });
    expectSoundBooks(reopened);
    expect(reopened.availabilities()).toMatchObject([{ id: offer.id, freeSize: 1000n }]);
    expect(reopened.reservations()).toEqual([]);
    for (const [bad, text] of texts) {
      expect(lines.map(({ fields }) => fields)).toContainEqual(expect.objectContaining({ key: bad }));
      expect((await database.list(`/quarantine${bad}`)).map(([, value]) => value)).toEqual([text]);
    }
  });

  it('sets right sums that do not add up, and says the numbers', async () => {
    const { database, reservations } = await aLedger();
    const offer = await reservations.createAvailability(exampleTerms);
    const { id } = await reserved(reservations);
    await reservations.bookWritten(id, 30n);
    const right = snapshot(reservations);
    const offerKey = `/meta/sales/reservations/${offer.id.slice(2)}`;
    database.records.set('/meta/quota/used', '{"used":"7","reserved":"1"}');
    database.records.set(
      offerKey,
      (database.records.get(offerKey) ?? '').replace('"freeSize":"900"', '"freeSize":"950"'),
    );
    const { logger, lines } = recordingLogger();
    const repaired = await openLedger(database, { logger });
    expect(snapshot(repaired)).toEqual(right);
    expect(lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields)).toEqual([
      { what: 'freeSize', availabilityId: offer.id, stored: 950n, computed: 900n },
      { what: 'used', stored: 7n, computed: 30n },
      { what: 'reserved', stored: 1n, computed: 970n },
    ]);
    const again = recordingLogger();
    await openLedger(database, { logger: again.logger });
    expect(again.lines).toEqual([]);
  });

  it('loads what was written before offers could wind down', async () => {
    const { database, reservations } = await aLedger();
    const offer = await reservations.createAvailability(exampleTerms);
    const key = `/meta/sales/reservations/${offer.id.slice(2)}`;
    const text = database.records.get(key) ?? '';
    expect(text).toContain('"isDraining":false,');
    database.records.set(key, text.replace('"isDraining":false,', ''));
    expect((await openLedger(database)).availabilities()).toEqual([offer]);
  });
});

describe('an offer whose record cannot be read', () => {
  let database: MemoryDatabase;
  let before: Reservations;
  let held: Reservation;
  let other: Reservation;

  beforeEach(async () => {
    ({ database, reservations: before } = await aLedger());
    const { id } = await before.createAvailability(exampleTerms);
    held = await reserved(before);
    other = await reserved(before, aWish({ slot: 1 }));
    await before.bookWritten(held.id, 60n);
    database.records.set(`/meta/sales/reservations/${id.slice(2)}`, '{"id":');
  });

  it('comes back with what is in sales of it, winding down, and says so', async () => {
    const { logger, lines } = recordingLogger();
    const reopened = await openLedger(database, { logger });
    expect(reopened.availabilities()).toEqual([
      {
        id: held.availabilityId,
        name: 'Recovered offer',
        totalSize: 200n,
        freeSize: 0n,
        duration: 0n,
        minPricePerBytePerSecond: 0n,
        totalCollateral: 200n,
        totalRemainingCollateral: 0n,
        enabled: false,
        isDraining: true,
        until: 0,
        createdAtMs: 0,
      },
    ]);
    expect(reopened.reservations()).toHaveLength(2);
    expect(reopened.quota).toEqual({ max: 10_000n, used: 60n, reserved: 140n });
    expectSoundBooks(reopened);
    expect(lines.map(({ level, message, fields }) => ({ level, message, fields }))).toContainEqual({
      level: 'warn',
      message: 'The record of an offer is lost; what is in sales of it is kept until they end',
      fields: { availabilityId: held.availabilityId, totalSize: 200n, totalCollateral: 200n },
    });
  });

  it('takes nothing new, and loses no byte of its slots when they end', async () => {
    const reopened = await openLedger(database);
    expect(await reopened.findAndReserve(aWish({ slot: 2 }))).toMatchObject({ rule: 'disabled' });
    await reopened.bookWritten(held.id, 40n);
    await reopened.close(held.id, { kind: 'settled', collateral: 100n });
    expect(reopened.availabilities()).toMatchObject([{ totalSize: 100n, totalCollateral: 100n }]);
    expectSoundBooks(reopened);
    await reopened.close(other.id, { kind: 'lost' });
    expect(snapshot(reopened)).toEqual({
      quota: { max: 10_000n, used: 0n, reserved: 0n },
      availabilities: [],
      reservations: [],
    });
  });

  it('is recovered once: the next start finds it as it is', async () => {
    const first = await openLedger(database);
    const { logger, lines } = recordingLogger();
    expect(snapshot(await openLedger(database, { logger }))).toEqual(snapshot(first));
    expect(lines).toEqual([]);
  });

  it('its reservations could be closed without it, too: their bytes are then free for other offers', () => {
    const orphan = { ...someReservation, size: 40n };
    const ledger = {
      quota: { max: 1000n, used: 60n, reserved: 140n },
      availabilities: new Map<AvailabilityId, Availability>(),
      reservations: new Map([[orphan.id, orphan]]),
    };
    expect(close(ledger, orphan.id, { kind: 'notFilled' })).toEqual({
      removed: orphan,
      quota: { max: 1000n, used: 0n, reserved: 100n },
    });
  });
});

describe('a reservation whose record cannot be read', () => {
  it.each([
    ['is no JSON', () => '{'],
    ['says more is left than the slot has', (text: string) => text.replace('"size":"100"', '"size":"101"')],
    ['has no phase that is known', (text: string) => text.replace('"reserved"', '"dreaming"')],
  ])('that %s is put aside, and its bytes and collateral are free again', async (_, damaged) => {
    const { database, reservations } = await aLedger();
    await reservations.createAvailability(exampleTerms);
    const { id, availabilityId } = await reserved(reservations);
    await reserved(reservations, aWish({ slot: 1 }));
    const key = `/meta/sales/reservations/${availabilityId.slice(2)}/${id.slice(2)}`;
    const text = database.records.get(key) ?? '';
    database.records.set(key, damaged(text));
    expect(database.records.get(key)).not.toBe(text);
    const reopened = await openLedger(database);
    expect(reopened.reservations()).toMatchObject([{ slotIndex: 1 }]);
    expect(reopened.availabilities()).toMatchObject([{ freeSize: 900n, totalRemainingCollateral: 1900n }]);
    expectSoundBooks(reopened);
    expect([...database.records.keys()].filter((k) => k.startsWith(`/quarantine${key}/`))).toHaveLength(1);
  });
});

describe('records', () => {
  const bytes = (max: bigint) => fc.bigInt({ min: 0n, max });
  const id = <Id extends `0x${string}`>() =>
    fc
      .uint8Array({ minLength: 32, maxLength: 32 })
      .map((word): Id => `0x${Buffer.from(word).toString('hex')}` as Id);
  const time = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
  const size = bytes(2n ** 63n - 1n);
  const tokens = bytes(2n ** 256n - 1n);

  it('an offer is stored so that it comes back equal', () => {
    const offer = fc.record<Availability>({
      id: id<AvailabilityId>(),
      name: fc.string(),
      totalSize: size,
      freeSize: size,
      duration: bytes(2n ** 64n - 1n),
      minPricePerBytePerSecond: tokens,
      totalCollateral: tokens,
      totalRemainingCollateral: tokens,
      enabled: fc.boolean(),
      isDraining: fc.boolean(),
      until: time,
      createdAtMs: time,
    });
    fc.assert(
      fc.property(offer, (record) => {
        const text = writeRecord(availabilitySchema, record);
        expect(readRecord(availabilitySchema, text)).toEqual(record);
      }),
    );
  });

  it('a reservation is stored so that it comes back equal', () => {
    const reservation = fc
      .record<Reservation>({
        id: id<ReservationId>(),
        availabilityId: id<AvailabilityId>(),
        requestId: id<RequestId>(),
        slotIndex: fc.nat(65_535),
        slotId: id<SlotId>(),
        slotSize: size,
        size,
        collateral: tokens,
        phase: fc.constantFrom(...reservationPhases),
        validUntil: time,
      })
      .filter((record) => record.size <= record.slotSize);
    fc.assert(
      fc.property(reservation, (record) => {
        const text = writeRecord(reservationSchema, record);
        expect(readRecord(reservationSchema, text)).toEqual(record);
      }),
    );
  });
});
