import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { silentLogger, type Logger } from '../../../../src/main/engine/logger.ts';
import type { Reservation } from '../../../../src/main/engine/sales/availability.ts';
import { maxCollateralPerByte } from '../../../../src/main/engine/sales/availability.ts';
import { ReservationsError, type ReservationsErrorCode } from '../../../../src/main/engine/sales/errors.ts';
import type { Fate, Terms } from '../../../../src/main/engine/sales/ledger.ts';
import { Reservations } from '../../../../src/main/engine/sales/reservations.ts';
import { MemoryDatabase } from '../../../support/memorydatabase.ts';
import {
  availabilityId,
  aWish,
  expectSoundBooks,
  reservationId,
  snapshot,
} from '../../../support/salesfixtures.ts';

const terms: Terms = {
  name: 'Example',
  totalSize: 1000n,
  duration: 100n,
  minPricePerBytePerSecond: 1n,
  totalCollateral: 2000n,
};

function open(
  database: MemoryDatabase,
  quotaMax = 10_000n,
  logger: Logger = silentLogger,
): Promise<Reservations> {
  return Reservations.open({ database, logger }, { quotaMax });
}

async function fresh(quotaMax?: bigint) {
  const database = new MemoryDatabase();
  return { database, reservations: await open(database, quotaMax) };
}

async function reserve(reservations: Reservations, wish = aWish()): Promise<Reservation> {
  const found = await reservations.findAndReserve(wish);
  if ('rule' in found) throw new Error(found.text);
  return found;
}

/** used / reserved / freeSize / reservation.size / remaining collateral: the columns of engine.md Appendix D. */
function columns(reservations: Reservations) {
  const [offer] = reservations.availabilities();
  const { used, reserved } = reservations.quota;
  return [
    used,
    reserved,
    offer?.freeSize,
    reservations.reservations()[0]?.size,
    offer?.totalRemainingCollateral,
  ];
}

const withCode = (code: ReservationsErrorCode) =>
  expect.objectContaining({ code, constructor: ReservationsError });

describe('the worked example of Appendix D', () => {
  async function upToStep3(quotaMax?: bigint) {
    const { database, reservations } = await fresh(quotaMax);
    await reservations.createAvailability(terms);
    const reservation = await reserve(reservations);
    await reservations.bookWritten(reservation.id, 60n);
    return { database, reservations, reservation };
  }

  it('0: starts empty', async () => {
    expect(columns((await fresh()).reservations)).toEqual([0n, 0n, undefined, undefined, undefined]);
  });

  it('1 and 2: an offer reserves its bytes, a reservation moves bytes and collateral out of it', async () => {
    const { reservations } = await fresh();
    const offer = await reservations.createAvailability(terms);
    expect(columns(reservations)).toEqual([0n, 1000n, 1000n, undefined, 2000n]);
    expect(maxCollateralPerByte(offer)).toBe(2n);
    await reserve(reservations);
    expect(columns(reservations)).toEqual([0n, 1000n, 900n, 100n, 1900n]);
    expect(reservations.availabilities().map(maxCollateralPerByte)).toEqual([2n]);
  });

  it('3 and 4: what is written is used and no longer reserved', async () => {
    const { reservations, reservation } = await upToStep3();
    expect(columns(reservations)).toEqual([60n, 940n, 900n, 40n, 1900n]);
    await reservations.bookWritten(reservation.id, 40n);
    expect(columns(reservations)).toEqual([100n, 900n, 900n, 0n, 1900n]);
  });

  it('5 and 10: after success and with the blocks deleted, all is back', async () => {
    const { reservations, reservation } = await upToStep3();
    await reservations.bookWritten(reservation.id, 40n);
    await reservations.close(reservation.id, { kind: 'settled', collateral: 100n });
    expect(columns(reservations)).toEqual([0n, 1000n, 1000n, undefined, 2000n]);
  });

  it('6: after a failure in the download all is back, collateral too', async () => {
    const { reservations, reservation } = await upToStep3();
    await reservations.close(reservation.id, { kind: 'notFilled' });
    expect(columns(reservations)).toEqual([0n, 1000n, 1000n, undefined, 2000n]);
  });

  it('7: after a crash in the download all is back once the bytes are deleted', async () => {
    const { database, reservation } = await upToStep3();
    const reopened = await open(database);
    expect(columns(reopened)).toEqual([60n, 940n, 900n, 40n, 1900n]);
    await reopened.setWritten(reservation.id, 0n);
    await reopened.close(reservation.id, { kind: 'notFilled' });
    expect(columns(reopened)).toEqual([0n, 1000n, 1000n, undefined, 2000n]);
  });

  it('8: a reservation is one batch, so there is nothing between its writes', async () => {
    const { database, reservations } = await fresh();
    await reservations.createAvailability(terms);
    const before = database.batches.length;
    await reserve(reservations);
    expect(database.batches.length).toBe(before + 1);
    expect(database.batches.at(-1)?.map(({ key }) => key.split('/').length)).toEqual([5, 6]);
  });

  it('9: more bytes than the slot has are refused, and nothing changes', async () => {
    const { reservations, reservation } = await upToStep3();
    const before = snapshot(reservations);
    await expect(reservations.bookWritten(reservation.id, 41n)).rejects.toEqual(
      withCode('BYTES_OUT_OF_BOUNDS'),
    );
    expect(snapshot(reservations)).toEqual(before);
  });

  it('11: a quota that is promised to the last byte can be filled to the last byte', async () => {
    const { reservations, reservation } = await upToStep3(1000n);
    await reservations.bookWritten(reservation.id, 40n);
    expect(columns(reservations)).toEqual([100n, 900n, 900n, 0n, 1900n]);
    expect(reservations.available).toBe(0n);
  });
});

describe('Reservations', () => {
  it('creates an offer with an id of its own and all its bytes free', async () => {
    const { reservations } = await fresh();
    const a = await reservations.createAvailability(terms);
    const b = await reservations.createAvailability(terms);
    expect(a.id).not.toBe(b.id);
    expect(a).toMatchObject({
      ...terms,
      freeSize: 1000n,
      totalRemainingCollateral: 2000n,
      enabled: true,
      until: 0,
    });
    expect(reservations.available).toBe(8000n);
  });

  it('refuses an offer above the quota, with the numbers', async () => {
    const { reservations } = await fresh(999n);
    const refusal = await reservations.createAvailability(terms).catch((error: unknown) => error);
    expect(refusal).toEqual(withCode('QUOTA_EXCEEDED'));
    expect(refusal).toMatchObject({ details: { requested: 1000n, available: 999n, quota: 999n } });
    expect(columns(reservations)).toEqual([0n, 0n, undefined, undefined, undefined]);
  });

  it.each<[ReservationsErrorCode, Partial<Terms>]>([
    ['AMOUNT_OUT_OF_BOUNDS', { totalSize: 0n }],
    ['AMOUNT_OUT_OF_BOUNDS', { totalSize: -1n }],
    ['AMOUNT_OUT_OF_BOUNDS', { duration: 0n }],
    ['AMOUNT_OUT_OF_BOUNDS', { minPricePerBytePerSecond: 0n }],
    ['AMOUNT_OUT_OF_BOUNDS', { totalCollateral: -5n }],
    ['UNTIL_OUT_OF_BOUNDS', { until: -1 }],
    ['UNTIL_OUT_OF_BOUNDS', { until: 1.5 }],
  ])('refuses with %s an offer with %o', async (code, changes) => {
    const { reservations } = await fresh();
    await expect(reservations.createAvailability({ ...terms, ...changes })).rejects.toEqual(withCode(code));
  });

  it('knows no offer and no reservation that was never made', async () => {
    const { reservations } = await fresh();
    await expect(reservations.setEnabled(availabilityId(9), true)).rejects.toEqual(withCode('NOT_FOUND'));
    await expect(reservations.bookWritten(reservationId(9), 1n)).rejects.toEqual(withCode('NOT_FOUND'));
    await expect(reservations.setPhase(reservationId(9), 'filled')).rejects.toEqual(withCode('NOT_FOUND'));
  });

  it('lets one of two have the last bytes, and tells the other why not', async () => {
    const { reservations } = await fresh();
    await reservations.createAvailability({ ...terms, totalSize: 150n });
    const found = await Promise.all([0, 1].map((slot) => reservations.findAndReserve(aWish({ slot }))));
    expect(found.filter((result) => 'rule' in result)).toEqual([
      expect.objectContaining({ rule: 'freeSpace' }),
    ]);
    expectSoundBooks(reservations);
  });

  it('gives a slot that has a reservation the same again', async () => {
    const { reservations } = await fresh();
    await reservations.createAvailability(terms);
    expect(await reserve(reservations)).toEqual(await reserve(reservations));
    expect(reservations.reservations()).toHaveLength(1);
  });

  it('takes nothing new when more is stored and promised than the quota allows, and keeps what it has', async () => {
    const { database, reservations } = await fresh();
    await reservations.createAvailability(terms);
    const held = await reserve(reservations);
    const lowered = await open(database, 500n);
    expect(lowered.available).toBe(-500n);
    expect(await lowered.findAndReserve(aWish({ slot: 1 }))).toMatchObject({ rule: 'overQuota' });
    await lowered.bookWritten(held.id, 100n);
    expect(lowered.quota).toEqual({ max: 500n, used: 100n, reserved: 900n });
  });

  it('changes nothing when the batch fails, and goes on after it', async () => {
    const { database, reservations } = await fresh();
    const offer = await reservations.createAvailability(terms);
    const reservation = await reserve(reservations);
    const before = snapshot(reservations);
    const { generation } = reservations;
    const operations: (() => Promise<unknown>)[] = [
      () => reservations.createAvailability(terms),
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
    expect(snapshot(await open(database))).toEqual(snapshot(reservations));
  });

  it('closes once: closing again gives nothing back a second time', async () => {
    const { reservations } = await fresh();
    await reservations.createAvailability(terms);
    const { id } = await reserve(reservations);
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
    const { reservations } = await fresh();
    await reservations.createAvailability(terms);
    const { id } = await reserve(reservations);
    await reservations.close(id, fate);
    expect(reservations.availabilities()).toMatchObject([
      { totalRemainingCollateral: remaining, totalCollateral: total, freeSize: 1000n },
    ]);
    expectSoundBooks(reservations);
  });

  it('raises its generation when something new may fit, and only then', async () => {
    const { reservations } = await fresh();
    const seen: [string, number, boolean][] = [];
    let last = false;
    reservations.onChange.subscribe(({ isLooser }) => (last = isLooser));
    const step = async <T>(name: string, work: Promise<T>): Promise<T> => {
      const before = reservations.generation;
      const result = await work;
      seen.push([name, reservations.generation - before, last]);
      return result;
    };
    const offer = await step('offer', reservations.createAvailability(terms));
    await step('paused offer', reservations.createAvailability({ ...terms, enabled: false }));
    const held = await step('reserve', reserve(reservations));
    await step('book', reservations.bookWritten(held.id, 50n));
    await step('close', reservations.close(held.id, { kind: 'notFilled' }));
    await step('pause', reservations.setEnabled(offer.id, false));
    await step('resume', reservations.setEnabled(offer.id, true));
    expect(seen).toEqual([
      ['offer', 1, true],
      ['paused offer', 0, false],
      ['reserve', 0, false],
      ['book', 0, false],
      ['close', 1, true],
      ['pause', 0, false],
      ['resume', 1, true],
    ]);
  });
});

describe('opening the ledger', () => {
  function recording(): { logger: Logger; lines: { message: string; fields: unknown }[] } {
    const lines: { message: string; fields: unknown }[] = [];
    const note = (message: string, fields?: unknown) => void lines.push({ message, fields });
    const logger: Logger = { ...silentLogger, warn: note, error: note, child: () => logger };
    return { logger, lines };
  }

  it('finds what was there', async () => {
    const { database, reservations } = await fresh();
    await reservations.createAvailability(terms);
    const { id } = await reserve(reservations);
    await reservations.setPhase(id, 'chainReserved');
    expect(snapshot(await open(database))).toEqual(snapshot(reservations));
  });

  it('puts a record aside that does not parse, says its key, and goes on with the rest', async () => {
    const { database, reservations } = await fresh();
    const offer = await reservations.createAvailability(terms);
    const held = await reserve(reservations);
    const lost = await reservations.createAvailability({ ...terms, name: 'Lost' });
    const key = `/meta/sales/reservations/${lost.id.slice(2)}`;
    const heldKey = `/meta/sales/reservations/${held.availabilityId.slice(2)}/${held.id.slice(2)}`;
    const texts = new Map([
      [key, '{"id":'],
      [heldKey, (database.records.get(heldKey) ?? '').replace('"slotSize":"100"', '"slotSize":"-100"')],
      ['/meta/quota/used', '{"used":"many"}'],
    ]);
    for (const [bad, text] of texts) database.records.set(bad, text);
    const { logger, lines } = recording();
    const reopened = await open(database, 10_000n, logger);
    expectSoundBooks(reopened);
    expect(reopened.availabilities()).toMatchObject([{ id: offer.id, freeSize: 1000n }]);
    expect(reopened.reservations()).toEqual([]);
    for (const [bad, text] of texts) {
      expect(lines.map(({ fields }) => fields)).toContainEqual(expect.objectContaining({ key: bad }));
      expect((await database.list(`/quarantine${bad}`)).map(([, value]) => value)).toEqual([text]);
    }
  });

  it('sets right sums that do not add up, and says the numbers', async () => {
    const { database, reservations } = await fresh();
    const offer = await reservations.createAvailability(terms);
    const { id } = await reserve(reservations);
    await reservations.bookWritten(id, 30n);
    const right = snapshot(reservations);
    const offerKey = `/meta/sales/reservations/${offer.id.slice(2)}`;
    database.records.set('/meta/quota/used', '{"used":"7","reserved":"1"}');
    database.records.set(
      offerKey,
      (database.records.get(offerKey) ?? '').replace('"freeSize":"900"', '"freeSize":"950"'),
    );
    const { logger, lines } = recording();
    const repaired = await open(database, 10_000n, logger);
    expect(snapshot(repaired)).toEqual(right);
    expect(lines.map(({ fields }) => fields)).toEqual([
      { what: 'freeSize', availabilityId: offer.id, stored: 950n, computed: 900n },
      { what: 'used', stored: 7n, computed: 30n },
      { what: 'reserved', stored: 1n, computed: 970n },
    ]);
    const again = recording();
    await open(database, 10_000n, again.logger);
    expect(again.lines).toEqual([]);
  });

  it('puts a record aside that cannot be read, and loads the rest', async () => {
    const { database, reservations } = await fresh();
    await reservations.createAvailability(terms);
    const kept = await reservations.createAvailability({ ...terms, totalSize: 10n });
    const broken = reservations.availabilities().find(({ id }) => id !== kept.id);
    database.records.set(`/meta/sales/reservations/${broken?.id.slice(2)}`, '{"id":');
    const reopened = await open(database);
    expect(reopened.availabilities()).toEqual([kept]);
    expectSoundBooks(reopened);
    expect([...database.records.keys()].some((key) => key.startsWith('/quarantine'))).toBe(true);
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
    fc.record({ do: fc.constant('enable' as const), which: fc.nat(5), enabled: fc.boolean() }),
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
        const reservations = await open(database, 5000n);
        for (const op of operations) {
          await attempt(reservations, database, op);
          expectSoundBooks(reservations);
        }
        expect(snapshot(await open(cleanCopy(database), 5000n))).toEqual(snapshot(reservations));
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
          ...terms,
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
      if (op.do === 'enable')
        await reservations.setEnabled(pick(offers, op.which)?.id ?? availabilityId(0), op.enabled);
      if (op.do === 'close') await reservations.close(pick(held, op.which)?.id ?? reservationId(0), op.fate);
    } catch (error) {
      const expected = [
        'QUOTA_EXCEEDED',
        'AMOUNT_OUT_OF_BOUNDS',
        'BYTES_OUT_OF_BOUNDS',
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
