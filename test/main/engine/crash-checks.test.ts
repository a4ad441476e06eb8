import { describe, expect, it } from 'vitest';
import type { SlotId } from '../../../src/main/engine/contracts/ids.ts';
import type { Availability } from '../../../src/main/engine/sales/availability.ts';
import { newSale } from '../../../src/main/engine/sales/salerecord.ts';
import { faultsAtEnd, faultsOf } from '../../support/crash/checks.ts';
import type { NodeView, Remains } from '../../support/crash/nodeview.ts';
import { Stage } from '../../support/crash/stage.ts';
import { word } from '../../support/requests.ts';
import { availabilityId, someReservation } from '../../support/salesfixtures.ts';

const slotId = someReservation.slotId;
const offer: Availability = {
  id: availabilityId(1),
  name: 'Spare disk',
  totalSize: 1000n,
  freeSize: 900n,
  duration: 10n,
  minPricePerBytePerSecond: 1n,
  totalCollateral: 500n,
  totalRemainingCollateral: 400n,
  enabled: true,
  isDraining: false,
  until: 0,
  createdAtMs: 0,
};

/** A node in the midst of a sale, with 60 of 100 bytes on disk. */
const sound: NodeView = {
  now: 0,
  nextWaiter: undefined,
  quota: { max: 2000n, used: 60n, reserved: 940n },
  availabilities: [offer],
  reservations: [{ ...someReservation, size: 40n }],
  sales: [newSale(someReservation, 0)],
  queued: 0,
  storedBySlot: new Map([[slotId, 60n]]),
  writes: [],
  complaints: [],
};

/** The same after its end. */
const over: NodeView = {
  ...sound,
  quota: { max: 2000n, used: 0n, reserved: 1000n },
  availabilities: [{ ...offer, freeSize: 1000n, totalRemainingCollateral: 500n }],
  reservations: [],
  sales: [],
  storedBySlot: new Map(),
};
const nothing: Remains = { history: [], keys: [], files: [] };

function aStage(): Stage {
  const stage = new Stage('/nowhere', []);
  stage.offered.set(offer.name, {
    name: offer.name,
    totalSize: 1000n,
    duration: 10n,
    minPricePerBytePerSecond: 1n,
    totalCollateral: 500n,
  });
  return stage;
}

describe('what the crash tests look at', () => {
  it('finds nothing wrong with what is right', () => {
    expect(faultsOf(sound, aStage())).toEqual([]);
    expect(faultsAtEnd(over, nothing, aStage())).toEqual([]);
  });

  const faults: [string, Partial<NodeView>, RegExp][] = [
    ['reserved bytes that do not add up', { quota: { ...sound.quota, reserved: 941n } }, /I1 reserved/],
    ['used bytes that do not add up', { quota: { ...sound.quota, used: 61n } }, /I1 used/],
    ['more than the quota', { quota: { ...sound.quota, max: 999n } }, /I2/],
    ['an offer that lost bytes', { availabilities: [{ ...offer, totalSize: 1001n }] }, /I3/],
    ['an offer that lost collateral', { availabilities: [{ ...offer, totalCollateral: 501n }] }, /I5/],
    ['books that do not follow the disk', { storedBySlot: new Map([[slotId, 50n]]) }, /on disk/],
    ['a reservation that nobody looks after', { sales: [] }, /no agent for the reserved slot/],
    ['two agents for one slot', { sales: [...sound.sales, ...sound.sales] }, /two agents/],
    [
      'bytes that nobody knows of',
      { storedBySlot: new Map([...sound.storedBySlot, [word<SlotId>(9), 1n]]) },
      /nobody knows of/,
    ],
    ['what was logged as an error', { complaints: ['It broke'] }, /It broke/],
  ];

  it.each(faults)('is %s', (_name, change, fault) => {
    expect(faultsOf({ ...sound, ...change }, aStage()).join('\n')).toMatch(fault);
  });

  it('is a slot of ours without an agent', async () => {
    const stage = aStage();
    const { market } = stage;
    const { requestId } = market.requestStorage({ ask: { slots: 1n, maxSlotLoss: 0n } });
    market.fillAsOther(requestId, 0, market.signer);
    expect(faultsOf(sound, stage).join('\n')).toMatch(/no agent for our slot/);
  });

  const leftovers: [string, Partial<Remains>, RegExp][] = [
    ['files', { files: ['0xab'] }, /files are left/],
    ['a record of a running sale', { keys: ['/meta/sales/running/ab'] }, /a record is left/],
    ['a reservation', { keys: ['/meta/sales/reservations/ab/cd'] }, /a record is left/],
    [
      'a record of a fill that never was',
      { history: [{ ...newSale(someReservation, 0), filledAt: 1 }] },
      /never was/,
    ],
  ];

  it.each(leftovers)('is %s at the end', (_name, left, fault) => {
    expect(faultsAtEnd(over, { ...nothing, ...left }, aStage()).join('\n')).toMatch(fault);
  });

  it('is a fill without a record, and one whose record tells another amount', async () => {
    const stage = aStage();
    const { requestId, request } = stage.market.requestStorage({ ask: { slots: 1n, maxSlotLoss: 0n } });
    const fill = { slotId, filledAt: 5, paid: 100n, received: 150n };
    stage.market.fills.push(fill);
    expect(faultsAtEnd(over, nothing, stage).join('\n')).toMatch(/no record of the fill/);
    const record = {
      ...newSale({ ...someReservation, requestId }, 0),
      ask: request.ask,
      filledAt: 5,
      collateral: 100n,
      currentCollateral: 100n,
      payout: 49n,
      outcome: { code: 'paid', text: '' } as const,
    };
    expect(faultsAtEnd(over, { ...nothing, history: [record] }, stage).join('\n')).toMatch(
      /received 150, told 149/,
    );
    const right = { ...nothing, history: [{ ...record, payout: 50n }] };
    expect(faultsAtEnd(over, right, stage)).toEqual([]);
  });

  it('is collateral that an offer lost for nothing', () => {
    const less = { ...offer, freeSize: 1000n, totalCollateral: 450n, totalRemainingCollateral: 450n };
    expect(faultsAtEnd({ ...over, availabilities: [less] }, nothing, aStage()).join('\n')).toMatch(
      /less what was lost is 450, not 500/,
    );
  });
});
