import { beforeEach, describe, expect, it } from 'vitest';
import type { Availability, Reservation } from '../../../../src/main/engine/sales/availability.ts';
import type { ReservationsError, ReservationsErrorCode } from '../../../../src/main/engine/sales/errors.ts';
import type { AvailabilityChanges } from '../../../../src/main/engine/sales/offers.ts';
import type { LedgerChange, Reservations } from '../../../../src/main/engine/sales/reservations.ts';
import type { MemoryDatabase } from '../../../support/memorydatabase.ts';
import {
  aLedger,
  availabilityId,
  aWish,
  exampleTerms,
  expectSoundBooks,
  ledgerError,
  openLedger,
  reserved,
  snapshot,
} from '../../../support/ledgerfixtures.ts';

let database: MemoryDatabase;
let reservations: Reservations;
let offer: Availability;
let held: Reservation;
const seen: LedgerChange[] = [];

/** An offer of 1000 bytes and 2000 tokens, of which a slot holds 100 bytes and 100 tokens. */
beforeEach(async () => {
  ({ database, reservations } = await aLedger());
  const { id } = await reservations.createAvailability(exampleTerms);
  held = await reserved(reservations);
  offer = await reservations.patchAvailability(id, {});
  seen.length = 0;
  reservations.onChange.subscribe((change) => seen.push(change));
});

const stored = async () => snapshot(await openLedger(database));

describe('changing an offer', () => {
  it('changes what is named and leaves the rest', async () => {
    const changes = { name: 'Attic', duration: 200n, minPricePerBytePerSecond: 3n, until: 1_700_000_200 };
    const patched = await reservations.patchAvailability(offer.id, changes);
    expect(patched).toEqual({ ...offer, ...changes });
    expect(reservations.availability(offer.id)).toEqual(patched);
    expect(await stored()).toEqual(snapshot(reservations));
  });

  it('growing an offer by 100 bytes reserves 100 bytes more of the quota', async () => {
    const patched = await reservations.patchAvailability(offer.id, { totalSize: 1100n });
    expect(patched).toMatchObject({ totalSize: 1100n, freeSize: 1000n });
    expect(reservations.quota.reserved).toBe(1100n);
    expectSoundBooks(reservations);
  });

  it('shrinking an offer by 100 bytes releases 100 bytes of the quota', async () => {
    const patched = await reservations.patchAvailability(offer.id, { totalSize: 900n });
    expect(patched).toMatchObject({ totalSize: 900n, freeSize: 800n });
    expect(reservations.quota.reserved).toBe(900n);
    expectSoundBooks(reservations);
  });

  it('keeps what is tied up when the collateral changes, so that only the rest grows or shrinks', async () => {
    expect(await reservations.patchAvailability(offer.id, { totalCollateral: 500n })).toMatchObject({
      totalCollateral: 500n,
      totalRemainingCollateral: 400n,
    });
    expectSoundBooks(reservations);
  });

  it('can be shrunk to what is in sales, in bytes and in tokens', async () => {
    const least = await reservations.patchAvailability(offer.id, { totalSize: 100n, totalCollateral: 100n });
    expect(least).toMatchObject({ freeSize: 0n, totalRemainingCollateral: 0n });
    expectSoundBooks(reservations);
    await reservations.close(held.id, { kind: 'notFilled' });
    expectSoundBooks(reservations);
  });

  it('loses nothing that was reserved in the same moment', async () => {
    await Promise.all([
      reservations.patchAvailability(offer.id, { totalSize: 2000n }),
      reserved(reservations, aWish({ slot: 1 })),
      reservations.patchAvailability(offer.id, { totalCollateral: 5000n }),
      reserved(reservations, aWish({ slot: 2 })),
    ]);
    expect(reservations.availability(offer.id)).toMatchObject({
      totalSize: 2000n,
      freeSize: 1700n,
      totalCollateral: 5000n,
      totalRemainingCollateral: 4700n,
    });
    expectSoundBooks(reservations);
  });

  it('may take all that is left of the quota, and not a byte more: only the increase is compared', async () => {
    await expect(reservations.patchAvailability(offer.id, { totalSize: 10_001n })).rejects.toMatchObject({
      code: 'QUOTA_EXCEEDED',
      details: { requested: 9001n, available: 9000n, quota: 10_000n },
    });
    await reservations.patchAvailability(offer.id, { totalSize: 10_000n });
    expect(reservations.available).toBe(0n);
  });

  it('can be shrunk over quota, and not grown', async () => {
    const lowered = await openLedger(database, { quotaMax: 500n });
    const grown = lowered.patchAvailability(offer.id, { totalSize: 1001n });
    await expect(grown).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED', details: { available: 0n } });
    await lowered.patchAvailability(offer.id, { totalSize: 400n });
    expect(lowered.available).toBe(100n);
    expectSoundBooks(lowered);
  });

  it.each<[ReservationsErrorCode, AvailabilityChanges, object]>([
    ['TOTAL_BELOW_RESERVED', { totalSize: 99n }, { requested: 99n, reserved: 100n }],
    ['COLLATERAL_BELOW_TIED', { totalCollateral: 99n }, { requested: 99n, tied: 100n }],
    ['UNTIL_BEFORE_SALES_END', { until: 1_700_000_099 }, { until: 1_700_000_099, lastEnd: 1_700_000_100 }],
    ['UNTIL_OUT_OF_BOUNDS', { until: -1 }, { until: -1 }],
    ['UNTIL_OUT_OF_BOUNDS', { until: 0.5 }, { until: 0.5 }],
    ['UNTIL_OUT_OF_BOUNDS', { until: 2 ** 53 }, { until: 2 ** 53 }],
    ['QUOTA_EXCEEDED', { totalSize: 20_000n }, { requested: 19_000n, available: 9000n, quota: 10_000n }],
    ['SIZE_OUT_OF_BOUNDS', { totalSize: 0n }, { name: 'totalSize', amount: 0n }],
    ['SIZE_OUT_OF_BOUNDS', { totalSize: -1n }, { name: 'totalSize', amount: -1n }],
    ['SIZE_OUT_OF_BOUNDS', { totalSize: 2n ** 63n }, { max: 2n ** 63n - 1n }],
    ['DURATION_OUT_OF_BOUNDS', { duration: 0n }, { name: 'duration' }],
    ['DURATION_OUT_OF_BOUNDS', { duration: 2n ** 64n }, { max: 2n ** 64n - 1n }],
    ['AMOUNT_OUT_OF_BOUNDS', { minPricePerBytePerSecond: 0n }, { name: 'minPricePerBytePerSecond' }],
    ['AMOUNT_OUT_OF_BOUNDS', { minPricePerBytePerSecond: 2n ** 256n }, { max: 2n ** 256n - 1n }],
    ['AMOUNT_OUT_OF_BOUNDS', { totalCollateral: 0n }, { name: 'totalCollateral' }],
    ['AMOUNT_OUT_OF_BOUNDS', { totalCollateral: 2n ** 256n }, { max: 2n ** 256n - 1n }],
  ])('refuses with %s the change %o, with the numbers and what to do', async (code, changes, details) => {
    const before = snapshot(reservations);
    const patched = reservations.patchAvailability(offer.id, changes);
    const error = await patched.then(undefined, (refusal: ReservationsError) => refusal);
    expect(error).toEqual(ledgerError(code));
    expect(error).toMatchObject({ details });
    expect(error).toHaveProperty('message', expect.stringMatching(/^[A-Z0-9].+ .+\.$/));
    expect(snapshot(reservations)).toEqual(before);
    expect(await stored()).toEqual(before);
  });

  it('takes an end at which its last slot just ends, and none', async () => {
    await reservations.patchAvailability(offer.id, { until: 1_700_000_100 });
    await reservations.patchAvailability(offer.id, { until: 0 });
    expect(reservations.availability(offer.id)).toEqual(offer);
  });

  it('of the ends of its slots only the latest counts, and those of other offers do not', async () => {
    await reserved(reservations, aWish({ slot: 1, requestEndsAt: 1_700_000_050 }));
    const other = await reservations.createAvailability({ ...exampleTerms, minPricePerBytePerSecond: 9n });
    const late = await reserved(reservations, aWish({ slot: 2, requestEndsAt: 1_800_000_000 }));
    expect(late.availabilityId).toBe(other.id);
    expect(await reservations.patchAvailability(offer.id, { until: 1_700_000_100 })).toMatchObject({
      until: 1_700_000_100,
    });
  });

  it('writes and tells nothing when all stays as it is', async () => {
    const batches = database.batches.length;
    expect(await reservations.patchAvailability(offer.id, {})).toEqual(offer);
    expect(await reservations.patchAvailability(offer.id, { ...exampleTerms, until: undefined })).toEqual(
      offer,
    );
    expect(database.batches.length).toBe(batches);
    expect(seen).toEqual([]);
  });

  it('is told with the offer as it is then', async () => {
    const availability = await reservations.patchAvailability(offer.id, { duration: 200n });
    expect(seen).toEqual([{ availability, isLooser: true }]);
  });

  it('knows no offer that was never made', async () => {
    const patched = reservations.patchAvailability(availabilityId(9), { duration: 1n });
    await expect(patched).rejects.toEqual(ledgerError('NOT_FOUND'));
  });
});

describe('deleting an offer', () => {
  it('without reservations releases its bytes and deletes it, in one batch', async () => {
    await reservations.close(held.id, { kind: 'notFilled' });
    const batches = database.batches.length;
    expect(await reservations.deleteAvailability(offer.id)).toBe('deleted');
    expect(database.batches.length).toBe(batches + 1);
    expect(snapshot(reservations)).toMatchObject({ quota: { used: 0n, reserved: 0n }, availabilities: [] });
    expect(await stored()).toEqual(snapshot(reservations));
    expect(seen.at(-1)).toMatchObject({ deletedAvailability: { id: offer.id }, isLooser: false });
  });

  it('with reservations winds down: it keeps what is in sales, and what was free is free for other offers', async () => {
    await reservations.bookWritten(held.id, 60n);
    expect(await reservations.deleteAvailability(offer.id)).toBe('draining');
    expect(reservations.availability(offer.id)).toMatchObject({
      isDraining: true,
      enabled: false,
      totalSize: 100n,
      freeSize: 0n,
      totalCollateral: 100n,
      totalRemainingCollateral: 0n,
    });
    expect(reservations.quota).toEqual({ max: 10_000n, used: 60n, reserved: 40n });
    expectSoundBooks(reservations);
    expect(await reservations.findAndReserve(aWish({ slot: 1 }))).toMatchObject({
      rule: 'disabled',
      text: 'Your offer "Example" is deleted and winds down.',
    });
    await reservations.bookWritten(held.id, 40n);
    await reservations.setPhase(held.id, 'filled');
    expectSoundBooks(reservations);
  });

  it('goes with its last reservation, in the batch that closes it', async () => {
    const second = await reserved(reservations, aWish({ slot: 1 }));
    await reservations.bookWritten(held.id, 100n);
    await reservations.deleteAvailability(offer.id);
    await reservations.close(held.id, { kind: 'lost' });
    expect(reservations.availability(offer.id)).toMatchObject({ totalSize: 100n, isDraining: true });
    expectSoundBooks(reservations);
    const batches = database.batches.length;
    await reservations.close(second.id, { kind: 'settled', collateral: 70n });
    expect(database.batches.length).toBe(batches + 1);
    expect(snapshot(reservations)).toMatchObject({
      quota: { used: 0n, reserved: 0n },
      availabilities: [],
      reservations: [],
    });
    expect(await stored()).toEqual(snapshot(reservations));
    expect([...database.records.keys()]).toEqual(['/meta/quota/used']);
    expect(seen.filter(({ isLooser }) => isLooser)).toEqual([]);
  });

  it('may be done again, while it winds down and when it is gone', async () => {
    expect(await reservations.deleteAvailability(offer.id)).toBe('draining');
    const batches = database.batches.length;
    expect(await reservations.deleteAvailability(offer.id)).toBe('draining');
    expect(database.batches.length).toBe(batches);
    await reservations.close(held.id, { kind: 'notFilled' });
    expect(await reservations.deleteAvailability(offer.id)).toBe('deleted');
    expect(await reservations.deleteAvailability(availabilityId(9))).toBe('deleted');
  });

  it('leaves a name that can be changed, and nothing else', async () => {
    await reservations.deleteAvailability(offer.id);
    await reservations.patchAvailability(offer.id, { name: 'Old disk', enabled: false });
    expect(reservations.availability(offer.id)).toMatchObject({ name: 'Old disk', isDraining: true });
    const refused: AvailabilityChanges[] = [
      { totalSize: 5000n },
      { duration: 1n },
      { minPricePerBytePerSecond: 7n },
      { totalCollateral: 9000n },
      { enabled: true },
      { until: 1_800_000_000 },
      { name: 'Attic', enabled: true },
    ];
    for (const changes of refused) {
      await expect(reservations.patchAvailability(offer.id, changes)).rejects.toEqual(
        ledgerError('OFFER_WINDING_DOWN'),
      );
    }
    await expect(reservations.setEnabled(offer.id, true)).rejects.toEqual(ledgerError('OFFER_WINDING_DOWN'));
    await reservations.setEnabled(offer.id, false);
    expect(reservations.availability(offer.id)).toMatchObject({ name: 'Old disk', enabled: false });
  });

  it('goes on winding down after a restart', async () => {
    await reservations.deleteAvailability(offer.id);
    const reopened = await openLedger(database);
    expect(snapshot(reopened)).toEqual(snapshot(reservations));
    await reopened.close(held.id, { kind: 'notFilled' });
    expect(reopened.availabilities()).toEqual([]);
    expectSoundBooks(reopened);
  });

  it('is finished at the start when its last reservation is gone', async () => {
    const key = `/meta/sales/reservations/${offer.id.slice(2)}`;
    await reservations.deleteAvailability(offer.id);
    database.records.delete(`${key}/${held.id.slice(2)}`);
    const reopened = await openLedger(database);
    expect(snapshot(reopened)).toMatchObject({ quota: { used: 0n, reserved: 0n }, availabilities: [] });
    expect(database.records.has(key)).toBe(false);
  });

  it('changes nothing when the batch fails', async () => {
    const before = snapshot(reservations);
    database.failNextBatch();
    await expect(reservations.deleteAvailability(offer.id)).rejects.toMatchObject({ code: 'DISK_FULL' });
    database.failNextBatch();
    const patched = reservations.patchAvailability(offer.id, { totalSize: 2000n });
    await expect(patched).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(snapshot(reservations)).toEqual(before);
    expect(seen).toEqual([]);
  });
});
