import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import type { ReservationsErrorCode } from '../../../../src/main/engine/sales/errors.ts';
import type { Fate } from '../../../../src/main/engine/sales/ledger.ts';
import type { Terms } from '../../../../src/main/engine/sales/offers.ts';
import { Reservations } from '../../../../src/main/engine/sales/reservations.ts';
import { MemoryDatabase } from '../../../support/memorydatabase.ts';
import {
  aLedger,
  availabilityId,
  aWish,
  exampleTerms,
  expectSoundBooks,
  ledgerError,
  openLedger,
  reservationId,
  reserved,
  snapshot,
} from '../../../support/ledgerfixtures.ts';

const empty = { quota: { max: 999n, used: 0n, reserved: 0n }, availabilities: [], reservations: [] };

describe('offers', () => {
  it('there are none at first, and all of the quota is available', async () => {
    const { reservations } = await aLedger(999n);
    expect(snapshot(reservations)).toEqual(empty);
    expect(reservations.available).toBe(999n);
  });

  it('creates an offer with an id of its own and all its bytes free', async () => {
    const { reservations } = await aLedger();
    const a = await reservations.createAvailability(exampleTerms);
    const b = await reservations.createAvailability(exampleTerms);
    expect(a.id).not.toBe(b.id);
    expect(a).toMatchObject({
      ...exampleTerms,
      freeSize: 1000n,
      totalRemainingCollateral: 2000n,
      enabled: true,
      until: 0,
    });
  });

  it('creating an offer lowers what is available by its size', async () => {
    const { reservations } = await aLedger();
    await reservations.createAvailability(exampleTerms);
    expect(reservations.available).toBe(9000n);
    await reservations.createAvailability({ ...exampleTerms, totalSize: 1n });
    expect(reservations.available).toBe(8999n);
  });

  it('lists every offer that was created, oldest first', async () => {
    const nowMs = [30, 10, 20, 20];
    const reservations = await Reservations.open(
      { database: new MemoryDatabase(), logger: silentLogger },
      { quotaMax: 10_000n, nowMs: () => nowMs.shift() ?? 0 },
    );
    const [c, a, ...twins] = [
      await reservations.createAvailability(exampleTerms),
      await reservations.createAvailability(exampleTerms),
      await reservations.createAvailability(exampleTerms),
      await reservations.createAvailability(exampleTerms),
    ];
    const byId = twins.sort((x, y) => (x.id < y.id ? -1 : 1));
    expect(reservations.availabilities()).toEqual([a, ...byId, c]);
  });

  it('an offer that was created is there, now and after a restart', async () => {
    const { database, reservations } = await aLedger();
    const offer = await reservations.createAvailability(exampleTerms);
    expect(reservations.availability(offer.id)).toEqual(offer);
    expect((await openLedger(database)).availability(offer.id)).toEqual(offer);
  });

  it.each([
    { enabled: true, until: 0 },
    { enabled: true, until: 1_700_000_000 },
    { enabled: false, until: 1_700_000_000 },
  ])('an offer created with %o keeps it', async (given) => {
    const { database, reservations } = await aLedger();
    expect(await reservations.createAvailability({ ...exampleTerms, ...given })).toMatchObject(given);
    expect((await openLedger(database)).availabilities()).toMatchObject([given]);
  });

  it('takes an offer of the whole quota', async () => {
    const { reservations } = await aLedger(1000n);
    await reservations.createAvailability(exampleTerms);
    expect(reservations.available).toBe(0n);
  });

  it('refuses an offer above the quota, with the numbers, and stores nothing', async () => {
    const { database, reservations } = await aLedger(999n);
    const refusal = await reservations.createAvailability(exampleTerms).catch((error: unknown) => error);
    expect(refusal).toEqual(ledgerError('QUOTA_EXCEEDED'));
    expect(refusal).toMatchObject({
      details: { requested: 1000n, available: 999n, quota: 999n },
      message:
        '1.0 kB more are asked for; 999 B of the quota of 999 B are not promised yet. Offer less, or raise the quota.',
    });
    expect(snapshot(reservations)).toEqual(empty);
    expect(database.records.size).toBe(0);
  });

  it.each<[ReservationsErrorCode, Partial<Terms>]>([
    ['SIZE_OUT_OF_BOUNDS', { totalSize: 0n }],
    ['SIZE_OUT_OF_BOUNDS', { totalSize: -1n }],
    ['SIZE_OUT_OF_BOUNDS', { totalSize: 2n ** 64n - 1n }],
    ['DURATION_OUT_OF_BOUNDS', { duration: 0n }],
    ['DURATION_OUT_OF_BOUNDS', { duration: 2n ** 64n }],
    ['AMOUNT_OUT_OF_BOUNDS', { minPricePerBytePerSecond: 0n }],
    ['AMOUNT_OUT_OF_BOUNDS', { minPricePerBytePerSecond: 2n ** 256n }],
    ['AMOUNT_OUT_OF_BOUNDS', { totalCollateral: -5n }],
    ['AMOUNT_OUT_OF_BOUNDS', { totalCollateral: 2n ** 256n }],
    ['UNTIL_OUT_OF_BOUNDS', { until: -1 }],
    ['UNTIL_OUT_OF_BOUNDS', { until: 1.5 }],
    ['UNTIL_OUT_OF_BOUNDS', { until: Number.NaN }],
  ])('refuses with %s an offer with %o', async (code, changes) => {
    const { database, reservations } = await aLedger();
    const created = reservations.createAvailability({ ...exampleTerms, ...changes });
    await expect(created).rejects.toEqual(ledgerError(code));
    expect(database.records.size).toBe(0);
  });

  it('an offer that is sold to the last byte stays', async () => {
    const { reservations } = await aLedger();
    await reservations.createAvailability({ ...exampleTerms, totalSize: 100n });
    const { id } = await reserved(reservations);
    await reservations.bookWritten(id, 100n);
    expect(reservations.availabilities()).toMatchObject([{ totalSize: 100n, freeSize: 0n }]);
  });

  it('knows no offer and no reservation that was never made', async () => {
    const { reservations } = await aLedger();
    expect(reservations.availability(availabilityId(9))).toBeUndefined();
    expect(reservations.reservationOfSlot(aWish().slotId)).toBeUndefined();
    await expect(reservations.setEnabled(availabilityId(9), true)).rejects.toEqual(ledgerError('NOT_FOUND'));
    await expect(reservations.bookWritten(reservationId(9), 1n)).rejects.toEqual(ledgerError('NOT_FOUND'));
    await expect(reservations.setWritten(reservationId(9), 1n)).rejects.toEqual(ledgerError('NOT_FOUND'));
    await expect(reservations.setPhase(reservationId(9), 'filled')).rejects.toEqual(ledgerError('NOT_FOUND'));
  });
});

describe('reservations', () => {
  it('makes a reservation with an id of its own and all that a restart needs', async () => {
    const { reservations } = await aLedger();
    const offer = await reservations.createAvailability(exampleTerms);
    const wish = aWish({ collateral: 90n });
    const a = await reserved(reservations, wish);
    const b = await reserved(reservations, aWish({ slot: 1 }));
    expect(a.id).not.toBe(b.id);
    expect(a).toEqual({
      id: a.id,
      availabilityId: offer.id,
      requestId: wish.requestId,
      slotIndex: 0,
      slotId: wish.slotId,
      slotSize: 100n,
      size: 100n,
      collateral: 90n,
      phase: 'reserved',
      validUntil: wish.requestEndsAt,
    });
  });

  it('a reservation that was made is there, now and after a restart', async () => {
    const { database, reservations } = await aLedger();
    await reservations.createAvailability(exampleTerms);
    const held = await reserved(reservations);
    expect(reservations.reservationOfSlot(held.slotId)).toEqual(held);
    expect((await openLedger(database)).reservationOfSlot(held.slotId)).toEqual(held);
  });

  it('a reservation lowers the free bytes of its offer by its size, and the quota not at all', async () => {
    const { reservations } = await aLedger();
    const { id } = await reservations.createAvailability(exampleTerms);
    await reserved(reservations);
    expect(reservations.availability(id)).toMatchObject({ totalSize: 1000n, freeSize: 900n });
    expect(reservations.available).toBe(9000n);
  });

  it('takes several slots at once into one offer', async () => {
    const { reservations } = await aLedger();
    await reservations.createAvailability(exampleTerms);
    const slots = [0, 1, 2, 3, 4];
    await Promise.all(slots.map((slot) => reserved(reservations, aWish({ slot }))));
    expect(reservations.availabilities()).toMatchObject([{ freeSize: 500n }]);
    expectSoundBooks(reservations);
  });

  it('lists offers and reservations apart, and the reservations of one offer only', async () => {
    const { reservations } = await aLedger();
    const cheap = await reservations.createAvailability(exampleTerms);
    const dear = await reservations.createAvailability({ ...exampleTerms, minPricePerBytePerSecond: 9n });
    const inDear = await reserved(reservations, aWish());
    const inCheap = [
      await reserved(reservations, aWish({ slot: 1, pricePerBytePerSecond: 8n })),
      await reserved(reservations, aWish({ slot: 2, pricePerBytePerSecond: 8n })),
    ];
    expect(reservations.availabilities()).toHaveLength(2);
    expect(reservations.reservations()).toEqual([inDear, ...inCheap]);
    expect(reservations.reservations(cheap.id)).toEqual(inCheap);
    expect(reservations.reservations(dear.id)).toEqual([inDear]);
    await reservations.close(inDear.id, { kind: 'notFilled' });
    expect(reservations.reservations(dear.id)).toEqual([]);
  });

  it('without an offer nothing is reserved', async () => {
    const { database, reservations } = await aLedger();
    expect(await reservations.findAndReserve(aWish())).toMatchObject({ rule: 'noOffer' });
    expect(database.records.size).toBe(0);
  });

  it('a slot larger than the offer is refused by its size, and changes nothing', async () => {
    const { reservations } = await aLedger();
    await reservations.createAvailability(exampleTerms);
    const before = snapshot(reservations);
    expect(await reservations.findAndReserve(aWish({ slotSize: 1001n, collateral: 1n }))).toMatchObject({
      rule: 'size',
      details: { asked: 1001n, yours: 1000n },
    });
    expect(snapshot(reservations)).toEqual(before);
  });

  it('lets one of two have the last bytes, and tells the other why not, a thousand times', async () => {
    const { reservations } = await aLedger();
    await reservations.createAvailability({ ...exampleTerms, totalSize: 150n });
    for (let round = 0; round < 1000; round++) {
      const found = await Promise.all([0, 1].map((slot) => reservations.findAndReserve(aWish({ slot }))));
      expect(found.filter((result) => 'rule' in result)).toEqual([
        expect.objectContaining({ rule: 'freeSpace' }),
      ]);
      for (const { id } of reservations.reservations()) await reservations.close(id, { kind: 'notFilled' });
    }
    expectSoundBooks(reservations);
  });

  it('checks the collateral again when it reserves, so that two cannot have the last of it', async () => {
    const { reservations } = await aLedger();
    await reservations.createAvailability({ ...exampleTerms, totalSize: 200n, totalCollateral: 400n });
    const wishes = [0, 1, 2].map((slot) => aWish({ slot, slotSize: 10n, collateral: 150n }));
    const found = await Promise.all(wishes.map((wish) => reservations.findAndReserve(wish)));
    expect(found.filter((result) => 'rule' in result)).toMatchObject([{ rule: 'collateral' }]);
    expectSoundBooks(reservations);
  });

  it('booking 1 byte lowers the reservation by 1', async () => {
    const { reservations } = await aLedger();
    await reservations.createAvailability(exampleTerms);
    const { id, slotId } = await reserved(reservations);
    await reservations.bookWritten(id, 1n);
    expect(reservations.reservationOfSlot(slotId)).toMatchObject({ size: 99n, slotSize: 100n });
    expect(reservations.quota).toMatchObject({ used: 1n, reserved: 999n });
  });

  it.each([101n, -1n])('refuses to book %s bytes for a slot of 100', async (bytes) => {
    const { reservations } = await aLedger();
    await reservations.createAvailability(exampleTerms);
    const { id, slotId } = await reserved(reservations);
    const before = snapshot(reservations);
    const details = { requested: bytes, free: 100n, slotId };
    await expect(reservations.bookWritten(id, bytes)).rejects.toMatchObject({
      code: 'BYTES_OUT_OF_BOUNDS',
      details,
    });
    await expect(reservations.setWritten(id, bytes)).rejects.toEqual(ledgerError('BYTES_OUT_OF_BOUNDS'));
    expect(snapshot(reservations)).toEqual(before);
  });

  it('a closed reservation is gone, and closing gives back what was written and what was not', async () => {
    const { database, reservations } = await aLedger();
    await reservations.createAvailability(exampleTerms);
    const { id, slotId } = await reserved(reservations, aWish({ slotSize: 300n }));
    await reservations.bookWritten(id, 200n);
    expect(reservations.quota).toMatchObject({ used: 200n, reserved: 800n });
    await reservations.close(id, { kind: 'notFilled' });
    expect(reservations.reservationOfSlot(slotId)).toBeUndefined();
    expect(reservations.availabilities()).toMatchObject([{ freeSize: 1000n }]);
    expect(reservations.quota).toMatchObject({ used: 0n, reserved: 1000n });
    expect((await openLedger(database)).reservations()).toEqual([]);
  });

  it('gives a slot that has a reservation the same again', async () => {
    const { database, reservations } = await aLedger();
    await reservations.createAvailability(exampleTerms);
    const first = await reserved(reservations);
    const batches = database.batches.length;
    expect(await reserved(reservations)).toEqual(first);
    expect(reservations.reservations()).toEqual([first]);
    expect(database.batches.length).toBe(batches);
  });

  it('takes nothing new when more is stored and promised than the quota allows, and keeps what it has', async () => {
    const { database, reservations } = await aLedger();
    await reservations.createAvailability(exampleTerms);
    const held = await reserved(reservations);
    const lowered = await openLedger(database, { quotaMax: 500n });
    expect(lowered.available).toBe(-500n);
    expect(await lowered.findAndReserve(aWish({ slot: 1 }))).toMatchObject({ rule: 'overQuota' });
    await lowered.bookWritten(held.id, 100n);
    expect(lowered.quota).toEqual({ max: 500n, used: 100n, reserved: 900n });
  });

  it('changes nothing when the batch fails, and goes on after it', async () => {
    const { database, reservations } = await aLedger();
    const offer = await reservations.createAvailability(exampleTerms);
    const reservation = await reserved(reservations);
    const before = snapshot(reservations);
    const { generation } = reservations;
    const operations: (() => Promise<unknown>)[] = [
      () => reservations.createAvailability(exampleTerms),
      () => reservations.setEnabled(offer.id, false),
      () => reservations.findAndReserve(aWish({ slot: 1 })),
      () => reservations.bookWritten(reservation.id, 10n),
      () => reservations.setPhase(reservation.id, 'filled'),
      () => reservations.close(reservation.id, { kind: 'lost' }),
    ];
    for (const operation of operations) {
      database.failNextBatch();
      await expect(operation()).rejects.toMatchObject({ code: 'DISK_FULL' });
      expect(snapshot(reservations)).toEqual(before);
      expect(reservations.generation).toBe(generation);
    }
    await reservations.bookWritten(reservation.id, 10n);
    expect(snapshot(await openLedger(database))).toEqual(snapshot(reservations));
  });

  it('writes and tells nothing when an operation changes nothing', async () => {
    const { database, reservations } = await aLedger();
    const offer = await reservations.createAvailability(exampleTerms);
    const { id } = await reserved(reservations);
    await reservations.bookWritten(id, 10n);
    const batches = database.batches.length;
    reservations.onChange.subscribe(() => expect.fail('told of no change'));
    await reservations.bookWritten(id, 0n);
    await reservations.setWritten(id, 10n);
    await reservations.setPhase(id, 'reserved');
    await reservations.setEnabled(offer.id, true);
    await reservations.close(reservationId(9), { kind: 'lost' });
    expect(database.batches.length).toBe(batches);
  });

  it('gives the bytes of a slot back while its collateral stays in, once', async () => {
    const { database, reservations } = await aLedger();
    const offer = await reservations.createAvailability(exampleTerms);
    const reservation = await reserved(reservations);
    await reservations.bookWritten(reservation.id, 60n);
    for (let times = 0; times < 2; times++) {
      await reservations.releaseBytes(reservation.id);
      expectSoundBooks(reservations);
      expect(reservations.availability(offer.id)).toMatchObject({
        freeSize: 1000n,
        totalRemainingCollateral: 1900n,
      });
      expect(reservations.quota).toMatchObject({ used: 0n, reserved: 1000n });
    }
    const again = await openLedger(database);
    expect(snapshot(again)).toEqual(snapshot(reservations));
    await again.close(reservation.id, { kind: 'settled', collateral: 80n });
    expectSoundBooks(again);
    expect(again.availability(offer.id)).toMatchObject({
      freeSize: 1000n,
      totalCollateral: 1980n,
      totalRemainingCollateral: 1980n,
    });
  });

  it('keeps an offer that winds down while collateral of it is waited for, and no longer', async () => {
    const { database, reservations } = await aLedger();
    const offer = await reservations.createAvailability(exampleTerms);
    const waiting = await reserved(reservations);
    const running = await reserved(reservations, aWish({ slot: 1 }));
    await reservations.releaseBytes(waiting.id);
    expect(await reservations.deleteAvailability(offer.id)).toBe('draining');
    expect(reservations.quota.reserved).toBe(100n);
    await reservations.close(running.id, { kind: 'notFilled' });
    expectSoundBooks(reservations);
    expect(reservations.availability(offer.id)).toMatchObject({ totalSize: 0n, totalCollateral: 100n });
    const again = await openLedger(database);
    expect(snapshot(again)).toEqual(snapshot(reservations));
    await again.close(waiting.id, { kind: 'lost' });
    expect(again.availabilities()).toEqual([]);
    expect(again.quota).toMatchObject({ used: 0n, reserved: 0n });
  });

  it('gives the bytes of a slot back to the quota when its offer winds down', async () => {
    const { reservations } = await aLedger();
    const offer = await reservations.createAvailability(exampleTerms);
    const reservation = await reserved(reservations);
    await reservations.bookWritten(reservation.id, 100n);
    await reservations.deleteAvailability(offer.id);
    await reservations.releaseBytes(reservation.id);
    expectSoundBooks(reservations);
    expect(reservations.quota).toMatchObject({ used: 0n, reserved: 0n });
    expect(reservations.availability(offer.id)).toMatchObject({ totalSize: 0n, totalCollateral: 100n });
  });

  it('closes once: closing again gives nothing back a second time', async () => {
    const { reservations } = await aLedger();
    await reservations.createAvailability(exampleTerms);
    const { id } = await reserved(reservations);
    await reservations.close(id, { kind: 'notFilled' });
    const after = snapshot(reservations);
    await reservations.close(id, { kind: 'notFilled' });
    expect(snapshot(reservations)).toEqual(after);
  });

  it.each<[string, Fate, { remaining: bigint; total: bigint }]>([
    ['not filled: all of it', { kind: 'notFilled' }, { remaining: 2000n, total: 2000n }],
    ['paid in full: all of it', { kind: 'settled', collateral: 100n }, { remaining: 2000n, total: 2000n }],
    ['slashed: what is left', { kind: 'settled', collateral: 60n }, { remaining: 1960n, total: 1960n }],
    [
      'repaired, so more comes back than went in: no more than went in',
      { kind: 'settled', collateral: 111n },
      { remaining: 2000n, total: 2000n },
    ],
    ['lost: nothing, and the offer has less', { kind: 'lost' }, { remaining: 1900n, total: 1900n }],
  ])('returns collateral by outcome, %s', async (_, fate, { remaining, total }) => {
    const { reservations } = await aLedger();
    await reservations.createAvailability(exampleTerms);
    const { id } = await reserved(reservations);
    await reservations.close(id, fate);
    expect(reservations.availabilities()).toMatchObject([
      { totalRemainingCollateral: remaining, totalCollateral: total, freeSize: 1000n },
    ]);
    expectSoundBooks(reservations);
  });
});

describe('whatever is done in whatever order', () => {
  const amount = (max: number) => fc.bigInt({ min: 0n, max: BigInt(max) });
  const operation = fc.oneof(
    fc.record({ do: fc.constant('offer' as const), size: amount(3000), collateral: amount(5000) }),
    fc.record({
      do: fc.constant('reserve' as const),
      slot: fc.nat(20),
      size: amount(800),
      perByte: amount(4),
    }),
    fc.record({ do: fc.constant('book' as const), which: fc.nat(10), bytes: amount(500) }),
    fc.record({ do: fc.constant('disk' as const), which: fc.nat(10), bytes: amount(900) }),
    fc.record({ do: fc.constant('release' as const), which: fc.nat(10) }),
    fc.record({ do: fc.constant('enable' as const), which: fc.nat(5), enabled: fc.boolean() }),
    fc.record({
      do: fc.constant('patch' as const),
      which: fc.nat(5),
      changes: fc.record(
        {
          totalSize: amount(3000),
          totalCollateral: amount(5000),
          minPricePerBytePerSecond: amount(12),
          enabled: fc.boolean(),
          until: fc.constantFrom(0, 1_700_000_099, 1_700_000_100),
        },
        { requiredKeys: [] },
      ),
    }),
    fc.record({ do: fc.constant('delete' as const), which: fc.nat(5) }),
    fc.record({ do: fc.constant('restart' as const) }),
    fc.record({
      do: fc.constant('close' as const),
      which: fc.nat(10),
      fate: fc.oneof(
        fc.constant<Fate>({ kind: 'notFilled' }),
        fc.constant<Fate>({ kind: 'lost' }),
        amount(3000).map((collateral): Fate => ({ kind: 'settled', collateral })),
      ),
    }),
    fc.record({ do: fc.constant('fail' as const) }),
  );

  it('the books stay sound, and what is stored is what is in memory', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 40 }), async (operations) => {
        const database = new MemoryDatabase();
        let reservations = await openLedger(database, { quotaMax: 5000n });
        for (const op of operations) {
          if (op.do === 'restart') {
            const again = await openLedger(cleanCopy(database), { quotaMax: 5000n });
            expect(snapshot(again)).toEqual(snapshot(reservations));
            reservations = await openLedger(database, { quotaMax: 5000n });
          } else await attempt(reservations, database, op);
          expectSoundBooks(reservations);
        }
        const again = await openLedger(cleanCopy(database), { quotaMax: 5000n });
        expect(snapshot(again)).toEqual(snapshot(reservations));
      }),
      { numRuns: 150 },
    );
  });

  type Op = typeof operation extends fc.Arbitrary<infer T> ? T : never;

  async function attempt(reservations: Reservations, database: MemoryDatabase, op: Op): Promise<void> {
    const offers = reservations.availabilities();
    const held = reservations.reservations();
    const pick = <T extends { id: string }>(list: readonly T[], which: number) =>
      list[which % Math.max(1, list.length)];
    try {
      if (op.do === 'fail') database.failNextBatch();
      if (op.do === 'offer')
        await reservations.createAvailability({
          ...exampleTerms,
          totalSize: op.size,
          totalCollateral: op.collateral,
        });
      if (op.do === 'reserve')
        await reservations.findAndReserve(
          aWish({ slot: op.slot, slotSize: op.size, collateralPerByte: op.perByte }),
        );
      if (op.do === 'book')
        await reservations.bookWritten(pick(held, op.which)?.id ?? reservationId(0), op.bytes);
      if (op.do === 'disk')
        await reservations.setWritten(pick(held, op.which)?.id ?? reservationId(0), op.bytes);
      if (op.do === 'release') await reservations.releaseBytes(pick(held, op.which)?.id ?? reservationId(0));
      if (op.do === 'enable')
        await reservations.setEnabled(pick(offers, op.which)?.id ?? availabilityId(0), op.enabled);
      if (op.do === 'patch')
        await reservations.patchAvailability(pick(offers, op.which)?.id ?? availabilityId(0), op.changes);
      if (op.do === 'delete')
        await reservations.deleteAvailability(pick(offers, op.which)?.id ?? availabilityId(0));
      if (op.do === 'close') await reservations.close(pick(held, op.which)?.id ?? reservationId(0), op.fate);
    } catch (error) {
      const expected = [
        'QUOTA_EXCEEDED',
        'SIZE_OUT_OF_BOUNDS',
        'AMOUNT_OUT_OF_BOUNDS',
        'BYTES_OUT_OF_BOUNDS',
        'TOTAL_BELOW_RESERVED',
        'COLLATERAL_BELOW_TIED',
        'UNTIL_BEFORE_SALES_END',
        'OFFER_WINDING_DOWN',
        'NOT_FOUND',
        'DISK_FULL',
      ];
      expect(expected).toContain((error as { code?: string }).code);
    }
  }

  function cleanCopy(database: MemoryDatabase): MemoryDatabase {
    const copy = new MemoryDatabase();
    for (const [key, value] of database.records) copy.records.set(key, value);
    return copy;
  }
});
