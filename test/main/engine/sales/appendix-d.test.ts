import { describe, expect, it } from 'vitest';
import { maxCollateralPerByte } from '../../../../src/main/engine/sales/availability.ts';
import type { Reservations } from '../../../../src/main/engine/sales/reservations.ts';
import {
  aLedger,
  aWish,
  exampleTerms,
  expectSoundBooks,
  ledgerError,
  openLedger,
  reserved,
  snapshot,
} from '../../../support/ledgerfixtures.ts';

/** used / reserved / freeSize / reservation.size / remaining collateral: the columns of engine.md Appendix D. */
function columns(reservations: Reservations) {
  expectSoundBooks(reservations);
  const [offer] = reservations.availabilities();
  const { used, reserved } = reservations.quota;
  const [reservation] = reservations.reservations();
  return [used, reserved, offer?.freeSize, reservation?.size, offer?.totalRemainingCollateral];
}

const none = undefined;

/** Each batch is charged to its reservation, and only then written: the disk never holds more than `used`. */
async function upToStep3(quotaMax?: bigint) {
  const { database, reservations } = await aLedger(quotaMax);
  await reservations.createAvailability(exampleTerms);
  const { id } = await reserved(reservations);
  await reservations.bookWritten(id, 60n);
  return { database, reservations, id };
}

describe('the worked example of Appendix D', () => {
  it('0: starts empty', async () => {
    const { reservations } = await aLedger();
    expect(columns(reservations)).toEqual([0n, 0n, none, none, none]);
    expect(reservations.available).toBe(10_000n);
  });

  it('1: an offer reserves its bytes', async () => {
    const { reservations } = await aLedger();
    const offer = await reservations.createAvailability(exampleTerms);
    expect(columns(reservations)).toEqual([0n, 1000n, 1000n, none, 2000n]);
    expect(maxCollateralPerByte(offer)).toBe(2n);
  });

  it('2: a reservation moves bytes and collateral out of the offer', async () => {
    const { reservations } = await aLedger();
    await reservations.createAvailability(exampleTerms);
    await reserved(reservations);
    expect(columns(reservations)).toEqual([0n, 1000n, 900n, 100n, 1900n]);
    expect(reservations.availabilities().map(maxCollateralPerByte)).toEqual([2n]);
  });

  it('3: what a batch writes is used and no longer reserved', async () => {
    const { reservations } = await upToStep3();
    expect(columns(reservations)).toEqual([60n, 940n, 900n, 40n, 1900n]);
  });

  it('4: after the last batch nothing of the reservation is left to write', async () => {
    const { reservations, id } = await upToStep3();
    await reservations.bookWritten(id, 40n);
    expect(columns(reservations)).toEqual([100n, 900n, 900n, 0n, 1900n]);
  });

  it('5 and 10: success gives all back in one change once the bytes are deleted; nothing counts twice', async () => {
    const { database, reservations, id } = await upToStep3();
    await reservations.bookWritten(id, 40n);
    const batches = database.batches.length;
    await reservations.close(id, { kind: 'settled', collateral: 100n });
    expect(columns(reservations)).toEqual([0n, 1000n, 1000n, none, 2000n]);
    expect(database.batches.length).toBe(batches + 1);
  });

  it('6: a failure in the download gives all back, the collateral too', async () => {
    const { reservations, id } = await upToStep3();
    await reservations.close(id, { kind: 'notFilled' });
    expect(columns(reservations)).toEqual([0n, 1000n, 1000n, none, 2000n]);
  });

  it('7: a crash in the download keeps the reservation, which gives all back once the bytes are deleted', async () => {
    const { database, id } = await upToStep3();
    const reopened = await openLedger(database);
    expect(columns(reopened)).toEqual([60n, 940n, 900n, 40n, 1900n]);
    await reopened.close(id, { kind: 'notFilled' });
    expect(columns(reopened)).toEqual([0n, 1000n, 1000n, none, 2000n]);
  });

  it('7: a crash between charging a batch and writing it is set right by what is on disk', async () => {
    const { database, id } = await upToStep3();
    const reopened = await openLedger(database);
    await reopened.setWritten(id, 30n);
    expect(columns(reopened)).toEqual([30n, 970n, 900n, 70n, 1900n]);
    await reopened.setWritten(id, 0n);
    expect(columns(reopened)).toEqual([0n, 1000n, 900n, 100n, 1900n]);
  });

  it('8: offer and reservation change in one batch, so that there is nothing between their writes', async () => {
    const { database, reservations } = await aLedger();
    await reservations.createAvailability(exampleTerms);
    const before = database.batches.length;
    const { id } = await reserved(reservations);
    expect(database.batches.length).toBe(before + 1);
    expect(database.batches.at(-1)?.map(({ key }) => key.split('/').length)).toEqual([5, 6]);
    const reopened = await openLedger(database);
    await reopened.close(id, { kind: 'notFilled' });
    expect(columns(reopened)).toEqual([0n, 1000n, 1000n, none, 2000n]);
  });

  it('9: more bytes than the slot has are refused before they are written, and nothing changes', async () => {
    const { reservations, id } = await upToStep3();
    const before = snapshot(reservations);
    await expect(reservations.bookWritten(id, 41n)).rejects.toEqual(ledgerError('BYTES_OUT_OF_BOUNDS'));
    expect(snapshot(reservations)).toEqual(before);
  });

  it('11: a quota that is promised to the last byte can be filled to the last byte', async () => {
    const { reservations, id } = await upToStep3(1000n);
    expect(columns(reservations)).toEqual([60n, 940n, 900n, 40n, 1900n]);
    await reservations.bookWritten(id, 40n);
    expect(columns(reservations)).toEqual([100n, 900n, 900n, 0n, 1900n]);
    for (let slot = 1; slot < 10; slot++) {
      const next = await reserved(reservations, aWish({ slot }));
      await reservations.bookWritten(next.id, 100n);
    }
    expect(reservations.quota).toEqual({ max: 1000n, used: 1000n, reserved: 0n });
    expect(reservations.available).toBe(0n);
  });
});
