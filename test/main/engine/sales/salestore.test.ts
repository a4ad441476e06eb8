import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AvailabilityId, RequestId, SlotId } from '../../../../src/main/engine/contracts/ids.ts';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import { saleStateNames, type SaleInfo } from '../../../../src/main/engine/sales/saleinfo.ts';
import { isWorthKeeping, SaleStore } from '../../../../src/main/engine/sales/salestore.ts';
import { newSale } from '../../../../src/main/engine/sales/salerecord.ts';
import { MemoryDatabase } from '../../../support/memorydatabase.ts';
import { recordingLogger } from '../../../support/recordinglogger.ts';
import { exampleAsk, word } from '../../../support/requests.ts';

const time = fc.integer({ min: 0, max: 4_000_000_000 });
const tokens = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
const times = fc.array(time, { maxLength: 4 });
const sale: fc.Arbitrary<SaleInfo> = fc.record(
  {
    slotId: tokens.map((n) => word<SlotId>(n)),
    requestId: tokens.map((n) => word<RequestId>(n)),
    slotIndex: fc.nat(65_534),
    state: fc.constantFrom(...saleStateNames),
    stateSince: time,
    startedAt: time,
    path: fc.array(fc.record({ state: fc.constantFrom(...saleStateNames), at: time }), { maxLength: 4 }),
    proofs: fc.record({
      sent: fc.nat(),
      missed: fc.nat(),
      failed: fc.nat(),
      late: fc.nat(),
      sentAt: times,
      missedAt: times,
    }),
    gasCost: tokens,
    ask: fc.constant(exampleAsk),
    requestEndsAt: time,
    expiresAt: time,
    filledAt: time,
    availabilityId: tokens.map((n) => word<AvailabilityId>(n)),
    collateral: tokens,
    currentCollateral: tokens,
    payout: tokens,
    outcome: fc.record({ code: fc.constantFrom('paid', 'slotLost', 'error'), text: fc.string() }),
    downloadedBytes: tokens,
    endedAt: time,
  },
  {
    requiredKeys: [
      'slotId',
      'requestId',
      'slotIndex',
      'state',
      'stateSince',
      'startedAt',
      'path',
      'proofs',
      'gasCost',
    ],
    noNullPrototype: true,
  },
);

function aStore() {
  const database = new MemoryDatabase();
  return { database, store: new SaleStore({ database, logger: silentLogger }) };
}

describe('the store of sales', () => {
  it('gives back what was saved, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(sale, async (info) => {
        const { store } = aStore();
        await store.save(info);
        expect(await store.running()).toEqual([info]);
        await store.close(info);
        expect(await store.running()).toEqual([]);
        expect(await store.history(1)).toEqual([info]);
      }),
    );
  });

  it('leaves out the progress of a download, which is of the moment', async () => {
    const { store } = aStore();
    const info = newSale({ slotId: word<SlotId>(1), requestId: word<RequestId>(2), slotIndex: 3 }, 4);
    await store.save({ ...info, progress: { doneBytes: 1n, totalBytes: 2n, bytesPerSecond: 3 } });
    expect(await store.running()).toEqual([info]);
  });

  it('keeps what was saved last, however fast', async () => {
    const { store } = aStore();
    const info = newSale({ slotId: word<SlotId>(1), requestId: word<RequestId>(2), slotIndex: 3 }, 4);
    await Promise.all([1n, 2n, 3n].map((gasCost) => store.save({ ...info, gasCost })));
    expect(await store.running()).toEqual([{ ...info, gasCost: 3n }]);
  });

  it('leaves out what is only of the moment: missing data, and why nothing fits', async () => {
    const { store } = aStore();
    const info = newSale({ slotId: word<SlotId>(1), requestId: word<RequestId>(2), slotIndex: 3 }, 4);
    await store.save({ ...info, missingBytes: 1n, refusal: { rule: 'balance' } });
    expect(await store.running()).toEqual([info]);
  });

  it('keeps apart the sales of one slot that ended in the same second', async () => {
    const { store } = aStore();
    const info = newSale({ slotId: word<SlotId>(1), requestId: word<RequestId>(2), slotIndex: 3 }, 4);
    for (const gasCost of [1n, 2n, 3n]) await store.close({ ...info, gasCost, endedAt: 5 });
    await store.close({ ...info, gasCost: 4n, endedAt: 6 });
    expect((await store.history(9)).map(({ gasCost }) => gasCost)).toEqual([4n, 3n, 2n, 1n]);
  });

  it('reads records that an older version wrote', async () => {
    const { database, store } = aStore();
    const info = newSale({ slotId: word<SlotId>(1), requestId: word<RequestId>(2), slotIndex: 3 }, 4);
    await store.save(info);
    await store.close({ ...info, endedAt: 5 });
    await store.save(info);
    for (const [key, text] of database.records) {
      const old = JSON.parse(text) as { twin?: number; proofs: { late?: number } };
      delete old.twin;
      delete old.proofs.late;
      database.records.set(key, JSON.stringify(old));
    }
    expect(await store.running()).toEqual([info]);
    expect(await store.history(1)).toEqual([{ ...info, endedAt: 5 }]);
  });

  it.each(['running', 'history'] as const)(
    'puts a %s record aside that does not parse, and gives the rest',
    async (kind) => {
      const { lines, logger } = recordingLogger();
      const database = new MemoryDatabase();
      const store = new SaleStore({ database, logger });
      const infos = [1, 2].map((n) =>
        newSale({ slotId: word<SlotId>(n), requestId: word<RequestId>(9), slotIndex: n }, 4),
      );
      for (const info of infos) await (kind === 'running' ? store.save(info) : store.close(info));
      const [key] = [...database.records.keys()];
      database.records.set(key as string, '{"slotId":7}');
      const read = kind === 'running' ? await store.running() : await store.history(9);
      expect(read).toEqual([infos[1]]);
      expect(lines).toEqual([
        expect.objectContaining({ level: 'error', fields: expect.objectContaining({ key }) as unknown }),
      ]);
      expect((await database.list(`/quarantine${key}`)).map(([, text]) => text)).toEqual(['{"slotId":7}']);
    },
  );

  it('is for sales in which bytes or money were involved', () => {
    const info = newSale({ slotId: word<SlotId>(1), requestId: word<RequestId>(2), slotIndex: 3 }, 4);
    expect(isWorthKeeping(info)).toBe(false);
    expect(isWorthKeeping({ ...info, gasCost: 1n })).toBe(true);
    expect(isWorthKeeping({ ...info, availabilityId: word<AvailabilityId>(1) })).toBe(true);
    expect(isWorthKeeping({ ...info, filledAt: 1 })).toBe(true);
  });
});
