import { describe, expect, test } from 'vitest';
import type { RequestId, SlotId } from '../../../src/main/engine/contracts/ids.ts';
import type { SaleInfo } from '../../../src/main/engine/sales/saleinfo.ts';
import {
  addSettled,
  availabilityRow,
  isRefusal,
  moneyRow,
  refusedRow,
  saleRow,
} from '../../../src/main/engine/view-rows.ts';
import { exampleOffer, reservationId, someReservation } from '../../support/ledgerfixtures.ts';

/** The example request of marketplace.md §17: 7,340,032 tokens a second, collateral 104,857,600. */
const ask = {
  proofProbability: 1n,
  pricePerBytePerSecond: 7n,
  collateralPerByte: 100n,
  slots: 4n,
  slotSize: 1_048_576n,
  duration: 3600n,
  maxSlotLoss: 2n,
};
const rate = 7_340_032n;
const collateral = 104_857_600n;
const nothingSettled = { earned: 0n, slashed: 0n, proofsSent: 0, proofsMissed: 0 };

function sale(change: Partial<SaleInfo> = {}): SaleInfo {
  return {
    slotId: `0x${'ab'.repeat(32)}` as SlotId,
    requestId: `0x${'cd'.repeat(32)}` as RequestId,
    slotIndex: 2,
    state: 'proving',
    stateSince: 1100,
    startedAt: 1000,
    path: [{ state: 'preparing', at: 1000 }],
    ask,
    proofs: { sent: 3, missed: 0, failed: 0, late: 0, sentAt: [], missedAt: [] },
    gasCost: 0n,
    ...change,
  };
}

const hosted = (change: Partial<SaleInfo> = {}) =>
  sale({ filledAt: 1100, requestEndsAt: 4600, collateral, currentCollateral: collateral, ...change });

describe('an offer', () => {
  test.each([
    ['active', {}],
    ['paused', { enabled: false }],
    ['active', { until: 1001 }],
    ['ended', { until: 1000 }],
    ['ended', { until: 1000, enabled: false }],
    ['windingDown', { isDraining: true, enabled: false }],
    ['windingDown', { isDraining: true, enabled: false, until: 1000 }],
  ])('is %s with %o', (state, changes) => {
    expect(availabilityRow({ ...exampleOffer, ...changes }, [], () => false, 1000).state).toBe(state);
  });

  test('tells what is sold and what is on its way apart', () => {
    const own = [1, 2, 3].map((n) => ({ ...someReservation, id: reservationId(n), slotSize: BigInt(n) }));
    const row = availabilityRow(exampleOffer, own, ({ slotSize }) => slotSize !== 2n, 1000);
    expect(row).toMatchObject({ totalBytes: 1000n, soldBytes: 4n, downloadingBytes: 2n, slots: 3 });
  });
});

describe('money', () => {
  test('accrues per second from the fill on, and both it and the collateral are at risk', () => {
    const row = moneyRow([hosted()], nothingSettled, { now: 1200, periodSeconds: 60 });
    expect(row.accruing).toBe(100n * rate);
    expect(row.accruingPerSecond).toBe(rate);
    expect(row.atRisk).toBe(100n * rate + collateral);
    expect(row.nextPayout).toEqual({ at: 4600, amount: 3500n * rate });
  });

  test('accrues no further than the end of the request', () => {
    const row = moneyRow([hosted()], nothingSettled, { now: 9999, periodSeconds: 60 });
    expect(row.accruing).toBe(3500n * rate);
    expect(row.accruingPerSecond).toBe(0n);
    expect(row.nextPayout).toBeUndefined();
  });

  test('of a request that has ended nothing is at risk any more', () => {
    const at = (now: number) => moneyRow([hosted()], nothingSettled, { now, periodSeconds: 60 }).atRisk;
    expect(at(4600)).toBe(3500n * rate + collateral);
    expect(at(4601)).toBe(0n);
  });

  test('of a slot in repair all of its collateral is at risk, not what was put in', () => {
    const repaired = sale({ filledAt: 1100, requestEndsAt: 4600, collateral: collateral / 2n });
    expect(moneyRow([repaired], nothingSettled, { now: 1100, periodSeconds: 60 }).atRisk).toBe(collateral);
  });

  test('of a slot that is not filled yet nothing accrues and nothing is at risk', () => {
    const row = moneyRow([sale({ state: 'downloading' })], nothingSettled, { now: 1200, periodSeconds: 60 });
    expect(row).toMatchObject({ accruing: 0n, atRisk: 0n, accruingPerSecond: 0n });
  });

  test('a slash lowers what is at risk and is counted', () => {
    const left = collateral - 20_971_520n;
    const row = moneyRow([hosted({ currentCollateral: left })], nothingSettled, {
      now: 1100,
      periodSeconds: 60,
    });
    expect(row.atRisk).toBe(left);
    expect(row.slashed).toBe(20_971_520n);
  });

  test('the next proof is the earliest one known to be due; else none is due before the next period', () => {
    const due = hosted({
      proofs: { sent: 0, missed: 0, failed: 0, late: 0, sentAt: [], missedAt: [], dueBy: 1260 },
    });
    expect(moneyRow([hosted(), due], nothingSettled, { now: 1210, periodSeconds: 60 }).nextProofBy).toBe(
      1260,
    );
    const row = moneyRow([hosted()], nothingSettled, { now: 1210, periodSeconds: 60 });
    expect(row.nextProofBy).toBeUndefined();
    expect(row.noneDueUntil).toBe(1260);
    expect(moneyRow([], nothingSettled, { now: 1210, periodSeconds: 60 }).noneDueUntil).toBeUndefined();
  });

  test('ended sales add up to what is settled, running ones come on top', () => {
    const ended = hosted({ endedAt: 4700, payout: 25_690_112_000n, currentCollateral: collateral - 5n });
    const settled = addSettled(addSettled(nothingSettled, ended), ended);
    expect(settled).toEqual({ earned: 51_380_224_000n, slashed: 10n, proofsSent: 6, proofsMissed: 0 });
    expect(moneyRow([hosted()], settled, { now: 1200, periodSeconds: 60 })).toMatchObject({
      earned: 51_380_224_000n,
      proofsSent: 9,
    });
  });
});

describe('sales', () => {
  test('an ended sale has an id of its own, so that the slot can be sold again', () => {
    expect(saleRow(sale()).id).toBe(`0x${'ab'.repeat(32)}`);
    expect(saleRow(sale({ endedAt: 2000 })).id).toBe(`0x${'ab'.repeat(32)}@1000`);
  });

  test('one that ended before it took anything is a refusal with its reason', () => {
    const ignored = sale({
      endedAt: 1001,
      outcome: { code: 'noMatchingAvailability', text: 'Priced too low.' },
    });
    expect(isRefusal(ignored)).toBe(true);
    expect(refusedRow(ignored)).toMatchObject({
      slotIndex: 2,
      at: 1001,
      code: 'noMatchingAvailability',
      text: 'Priced too low.',
    });
    expect(isRefusal(sale())).toBe(false);
  });
});
