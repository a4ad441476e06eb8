import { describe, expect, it } from 'vitest';
import { slotIdOf, type RequestId, type SlotId } from '../../../src/main/engine/contracts/ids.ts';
import { Emitter } from '../../../src/main/engine/lib/emitter.ts';
import type { Availability, Reservation } from '../../../src/main/engine/sales/availability.ts';
import type { LedgerChange } from '../../../src/main/engine/sales/reservations.ts';
import type {
  OutcomeCode,
  SaleInfo,
  SalesEvent,
  SaleStateName,
} from '../../../src/main/engine/sales/saleinfo.ts';
import { newSale } from '../../../src/main/engine/sales/salerecord.ts';
import type { QueueEntry } from '../../../src/main/engine/sales/slotqueue.ts';
import { slotFolderGone, type StoreError } from '../../../src/main/engine/stores/errors.ts';
import type { SlotCheck } from '../../../src/main/engine/stores/scrubrecords.ts';
import { View, type ViewModules } from '../../../src/main/engine/view.ts';
import { FakeClock } from '../../support/fakeclock.ts';
import { anItem } from '../../support/queuefixtures.ts';
import { exampleAsk, word } from '../../support/requests.ts';
import { RowTables } from '../../support/rowtables.ts';
import { availabilityId, reservationId, someReservation } from '../../support/salesfixtures.ts';
import { exampleOffer } from '../../support/ledgerfixtures.ts';

const TST = 10n ** 18n;
const START = 1_700_000_000;

class FakeSales {
  readonly onEvent = new Emitter<SalesEvent>();
  running: SaleInfo[] = [];
  /** Newest first. */
  past: SaleInfo[] = [];

  list(): SaleInfo[] {
    return this.running;
  }

  async history(limit: number): Promise<SaleInfo[]> {
    return this.past.slice(0, limit);
  }
}

class FakeBooks {
  readonly onChange = new Emitter<LedgerChange>();
  quota = { max: 1000n, used: 100n, reserved: 500n };
  offers: Availability[] = [];
  held: Reservation[] = [];

  availabilities(): Availability[] {
    return this.offers;
  }

  reservations(): Reservation[] {
    return this.held;
  }
}

class FakeQueue {
  readonly onChange = new Emitter<void>();
  entries: QueueEntry[] = [];

  items({ limit }: { limit: number }): QueueEntry[] {
    return this.entries.slice(0, limit);
  }
}

async function aView(
  prepare: (parts: { sales: FakeSales; books: FakeBooks; queue: FakeQueue }) => void = () => {},
) {
  const sales = new FakeSales();
  const books = new FakeBooks();
  const queue = new FakeQueue();
  const rows = new RowTables();
  const clock = new FakeClock(START);
  const slots: { error: StoreError | undefined; checks: SlotCheck[] } = { error: undefined, checks: [] };
  const disk = { freeBytes: 600n, totalBytes: 2000n };
  const modules: ViewModules = {
    rows,
    clock,
    sales,
    queue,
    reservations: books,
    diskSpace: async () => disk,
    slots: { fault: async () => slots.error, checks: () => slots.checks },
  };
  const token = { symbol: 'TST', decimals: 18 };
  const timers = new Set<() => void>();
  const after = (_ms: number, work: () => void) => {
    timers.add(work);
    return () => void timers.delete(work);
  };
  /** A tenth of a second later. Answers whether anything was waiting for that. */
  const later = () => {
    const due = [...timers];
    timers.clear();
    for (const work of due) work();
    return due.length > 0;
  };
  const view = new View(modules, { folder: '/data', periodSeconds: 60, token, after });
  prepare({ sales, books, queue });
  await view.start();
  const lines = () => rows.of('activity').map(({ text }) => text);
  return {
    view,
    sales,
    books,
    queue,
    rows,
    clock,
    slots,
    disk,
    lines,
    later,
    tell: (e: SalesEvent) => sales.onEvent.emit(e),
  };
}

const REQUEST = `0x49c3${'0'.repeat(56)}3946` as RequestId;

function aSale(slotIndex: number, changes: Partial<SaleInfo> = {}): SaleInfo {
  const ref = { slotId: slotIdOf(REQUEST, slotIndex), requestId: REQUEST, slotIndex };
  return { ...newSale(ref, START), ask: exampleAsk, ...changes };
}

const refused = (
  slotIndex: number,
  text = 'It runs for 3 d; your longest sale is 1 h.',
  changes = {},
): SalesEvent => ({
  type: 'ended',
  sale: aSale(slotIndex, {
    state: 'ignored',
    endedAt: START,
    outcome: { code: 'noMatchingAvailability', text },
    ...changes,
  }),
});

const path = (...states: SaleStateName[]) => states.map((state) => ({ state, at: START }));

const hosted = (slotIndex: number, changes: Partial<SaleInfo> = {}) =>
  aSale(slotIndex, {
    state: 'proving',
    availabilityId: availabilityId(1),
    filledAt: START,
    requestEndsAt: START + 1000,
    collateral: 5n * TST,
    currentCollateral: 5n * TST,
    ...changes,
  });

const over = (code: OutcomeCode, changes: Partial<SaleInfo> = {}): SalesEvent => ({
  type: 'ended',
  sale: hosted(1, {
    state: 'finished',
    endedAt: START + 1000,
    outcome: { code, text: 'So it went.' },
    ...changes,
  }),
});

describe('the activity feed', () => {
  it('tells slots of one request that were refused for one reason in one line', async () => {
    const { view, tell, lines } = await aView();
    for (const slot of [2, 0, 3, 1]) tell(refused(slot));
    expect(lines()).toEqual([]);
    await view.tick();
    expect(lines()).toEqual(['4 slots of 49c3…3946 not taken. It runs for 3 d; your longest sale is 1 h.']);
  });

  it('keeps reasons and requests apart', async () => {
    const { view, tell, lines } = await aView();
    const other = { requestId: word<RequestId>(7) };
    tell(refused(0));
    tell(refused(1, 'You offer no space yet.'));
    tell(refused(2));
    tell(refused(3, 'You offer no space yet.', other));
    await view.tick();
    expect(lines()).toEqual([
      '2 slots of 49c3…3946 not taken. It runs for 3 d; your longest sale is 1 h.',
      'Slot 1 of 49c3…3946 not taken. You offer no space yet.',
      'Slot 3 of 0000…0007 not taken. You offer no space yet.',
    ]);
  });

  it('tells a slot again only when the reason is another one, or it was taken in between', async () => {
    const { view, tell, lines } = await aView();
    const last = async () => {
      await view.tick();
      return lines().at(-1);
    };
    tell(refused(0, 'It pays too little.'));
    await view.tick();
    tell(refused(0, 'It pays too little.'));
    await view.tick();
    expect(lines()).toHaveLength(1);
    tell(refused(0, 'It runs too long.'));
    expect(await last()).toBe('Slot 0 of 49c3…3946 not taken. It runs too long.');
    tell({ type: 'entered', sale: aSale(0, { state: 'downloading' }), from: 'slotReserving' });
    tell(refused(0, 'It runs too long.'));
    await view.tick();
    expect(lines()).toHaveLength(4);
  });

  it('leads to the sale where there is one, and nowhere for what was never taken', async () => {
    const { view, tell, rows } = await aView();
    tell({ type: 'entered', sale: aSale(1, { state: 'downloading' }), from: 'slotReserving' });
    tell(over('paid'));
    tell(refused(2));
    await view.tick();
    const { slotId } = aSale(1);
    expect(rows.of('activity').map(({ kind, saleId }) => [kind, saleId])).toEqual([
      ['downloading', slotId],
      ['paid', `${slotId}@${START}`],
      ['refused', undefined],
    ]);
  });

  it('tells proofs of many slots in one line, and of one by its name', async () => {
    const { view, tell, lines } = await aView();
    for (const slot of [0, 1, 2]) tell({ type: 'proof', sale: hosted(slot), result: 'sent' });
    await view.tick();
    tell({ type: 'proof', sale: hosted(5), result: 'sent' });
    await view.tick();
    await view.tick();
    expect(lines()).toEqual(['Proofs sent for 3 slots', 'Proof sent for slot 5 of 49c3…3946']);
  });

  it('tells what is gathered when it stops, and nothing after', async () => {
    const { view, tell, lines } = await aView();
    tell(refused(0));
    view.stop();
    tell(refused(1));
    await view.tick();
    expect(lines()).toEqual(['Slot 0 of 49c3…3946 not taken. It runs for 3 d; your longest sale is 1 h.']);
  });

  it('keeps the newest 200 lines', async () => {
    const { tell, lines } = await aView();
    for (let slot = 0; slot < 205; slot++)
      tell({ type: 'entered', sale: aSale(slot, { state: 'downloading' }), from: 'slotReserving' });
    expect(lines()).toHaveLength(200);
    expect(lines()[0]).toBe('Downloading slot 5 of 49c3…3946, 1.0 MB');
  });
});

describe('activity of sales', () => {
  const filledPath = path('preparing', 'filling', 'filled', 'proving');

  it('says that a slot was filled, and what it earns', async () => {
    const { tell, lines } = await aView();
    const ask = { ...exampleAsk, pricePerBytePerSecond: TST / 1_048_576_000n };
    tell({ type: 'entered', sale: hosted(1, { ask, path: filledPath }), from: 'filled' });
    expect(lines()).toEqual(['Slot 1 of 49c3…3946 filled, 1.0 MB, to earn 1.00 TST']);
  });

  it.each([
    ['taken up after a restart', path('unknown', 'filled', 'proving')],
    ['that came back to proving after an error', [...filledPath, ...path('unknown', 'filled', 'proving')]],
  ])('does not say it of a slot %s', async (_, states) => {
    const { tell, lines } = await aView();
    tell({ type: 'entered', sale: hosted(1, { path: states }), from: 'filled' });
    expect(lines()).toEqual([]);
  });

  it('says that a proof was missed', async () => {
    const { tell, lines } = await aView();
    const proofs = { sent: 0, missed: 2, failed: 0, late: 0, sentAt: [], missedAt: [] };
    tell({ type: 'proof', sale: hosted(1, { proofs, currentCollateral: 4n * TST }), result: 'missed' });
    expect(lines()).toEqual(['Proof missed for slot 1 of 49c3…3946']);
  });

  it('says that data of a slot is missing and fetched again, and when it is back', async () => {
    const { tell, lines, rows } = await aView();
    tell({ type: 'data', sale: hosted(1, { missingBytes: 262_144n }), result: 'missing' });
    tell({
      type: 'data',
      sale: hosted(1, { missingBytes: 262_144n, currentCollateral: 5n * TST }),
      result: 'unavailable',
    });
    tell({ type: 'data', sale: hosted(1), result: 'whole' });
    expect(lines()).toEqual([
      '262.1 kB of slot 1 of 49c3…3946 missing; fetched again',
      '262.1 kB of slot 1 of 49c3…3946 cannot be fetched now; it is tried again. A proof that needs it will be missed meanwhile; 5.00 TST of collateral are at risk',
      'The missing data of slot 1 of 49c3…3946 is back',
    ]);
    expect(
      rows
        .of('activity')
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(['dataMissing', 'dataMissing', 'node']);
  });

  it('says that a sale was paid, or that its slot was lost, with the money that came or went', async () => {
    const { tell, rows } = await aView();
    tell(over('paid', { payout: 3n * TST }));
    tell(over('slotLost', { startedAt: START + 1 }));
    expect(rows.of('activity').map(({ kind, amount }) => [kind, amount])).toEqual([
      ['paid', 3n * TST],
      ['lost', -5n * TST],
    ]);
  });

  it('calls no slot lost whose request the chain forgot: nothing of ours was in it', async () => {
    const { tell, rows } = await aView();
    tell(over('requestUnknown'));
    expect(rows.of('activity').map(({ kind, amount }) => [kind, amount])).toEqual([['failed', undefined]]);
  });

  it('says of what was never filled that it was not taken', async () => {
    const { view, tell, lines } = await aView();
    const { sale } = over('downloadFailed');
    const { filledAt: _, ...unfilled } = sale;
    tell({ type: 'ended', sale: unfilled });
    tell(refused(2));
    await view.tick();
    expect(lines()[0]).toBe('Slot 1 of 49c3…3946 not taken. So it went.');
  });
});

describe('the rows of sales', () => {
  it('show a running sale under its slot, and an ended one beside it', async () => {
    const { tell, rows } = await aView();
    const sale = hosted(1);
    tell({ type: 'entered', sale, from: 'filled' });
    expect(rows.of('sales').map(({ id }) => id)).toEqual([sale.slotId]);
    tell(over('paid'));
    expect(rows.of('sales').map(({ id }) => id)).toEqual([`${sale.slotId}@${START}`]);
  });

  it('begin with the history, and with what it brought', async () => {
    const { rows, view } = await aView(({ sales }) => {
      const ended = hosted(1, { endedAt: START, payout: 2n * TST });
      sales.past = [{ ...ended, startedAt: START + 5 }, ended];
    });
    expect(rows.of('sales').map(({ startedAt }) => startedAt)).toEqual([START, START + 5]);
    expect(view.settled.earned).toBe(4n * TST);
  });

  it('keep the newest 500 that ended, while all of them count', async () => {
    const { rows, view } = await aView(({ sales }) => {
      const ended = hosted(1, { endedAt: START, payout: 1n });
      sales.past = Array.from({ length: 503 }, (_, n) => ({ ...ended, startedAt: START - n }));
    });
    expect(rows.of('sales')).toHaveLength(500);
    expect(Math.max(...rows.of('sales').map(({ startedAt }) => startedAt))).toBe(START);
    expect(view.settled.earned).toBe(503n);
  });

  it('show a refused slot once, with the newest reason, and 100 of them', async () => {
    const { rows, tell } = await aView();
    tell(refused(0, 'First.'));
    tell(refused(0, 'Then.', { startedAt: START + 9 }));
    expect(rows.of('refused')).toMatchObject([{ slotIndex: 0, text: 'Then.' }]);
    expect(rows.of('sales')).toEqual([]);
    for (let slot = 1; slot <= 100; slot++) tell(refused(slot));
    expect(rows.of('refused')).toHaveLength(100);
    expect(rows.of('refused').some(({ slotIndex }) => slotIndex === 0)).toBe(false);
  });
});

describe('the rows of offers, queue, money and disk', () => {
  it('follow ledger and queue', async () => {
    const { rows, books, queue } = await aView();
    expect([rows.of('availabilities'), rows.of('queue')]).toEqual([[], []]);
    books.offers = [
      {
        id: availabilityId(1),
        name: 'Example',
        totalSize: 1000n,
        freeSize: 400n,
        duration: 10n,
        minPricePerBytePerSecond: 1n,
        totalCollateral: 100n,
        totalRemainingCollateral: 100n,
        enabled: false,
        isDraining: false,
        until: 0,
        createdAtMs: 0,
      },
    ];
    books.onChange.emit({ isLooser: false });
    queue.entries = [{ item: anItem({ slot: 4 }), seen: true, waitingFor: 'You offer no space yet.' }];
    queue.onChange.emit();
    expect(rows.of('availabilities')).toMatchObject([{ name: 'Example', state: 'paused' }]);
    expect(rows.of('queue')).toMatchObject([
      { position: 1, slotIndex: 4, waitingFor: 'You offer no space yet.' },
    ]);
  });

  it('tell of a queue that changes all the time ten times a second, and never of an old one', async () => {
    const { rows, queue, view, later } = await aView();
    const change = (slot: number) => {
      queue.entries = [{ item: anItem({ slot }), seen: false }];
      queue.onChange.emit();
    };
    const shown = () => rows.of('queue').map(({ slotIndex }) => slotIndex);
    for (const slot of [1, 2, 3]) change(slot);
    expect(shown()).toEqual([1]);
    later();
    expect(shown()).toEqual([3]);
    change(4);
    expect(shown()).toEqual([3]);
    later();
    later();
    change(5);
    expect(shown()).toEqual([5]);
    change(6);
    view.stop();
    expect(shown()).toEqual([6]);
    expect(later()).toBe(false);
  });

  it('show the first 500 of a long queue', async () => {
    const { rows, queue } = await aView();
    queue.entries = Array.from({ length: 501 }, (_, slot) => ({ item: anItem({ slot }), seen: false }));
    queue.onChange.emit();
    expect(rows.of('queue')).toHaveLength(500);
  });

  it('are not made anew for bytes that are booked, which come many times a second', async () => {
    const { rows, books } = await aView();
    books.offers = [exampleOffer];
    books.onChange.emit({ quota: books.quota, reservation: someReservation, isLooser: false });
    expect(rows.of('availabilities')).toEqual([]);
    books.onChange.emit({ availability: exampleOffer, reservation: someReservation, isLooser: false });
    expect(rows.of('availabilities')).toMatchObject([{ state: 'active' }]);
  });

  it('what is left of the disk is what nothing else takes, and a filled slot counts as sold', async () => {
    const { view, rows, sales, books } = await aView();
    sales.running = [hosted(1)];
    books.held = [
      { ...someReservation, slotId: hosted(1).slotId, slotSize: 100n, size: 0n },
      { ...someReservation, id: reservationId(2), slotSize: 60n, size: 60n },
    ];
    await view.tick();
    const [storage] = rows.of('storage');
    expect(storage).toMatchObject({ soldBytes: 100n, downloadingBytes: 60n, otherFilesBytes: 1300n });
    expect(storage?.diskLeftBytes).toBe(2000n - 100n - 60n - 1300n);
  });

  it('a disk that is gone or full is told once when it comes and once when it goes', async () => {
    const { view, rows, lines, slots, disk } = await aView();
    await view.tick();
    expect(rows.of('storage')[0]).not.toHaveProperty('fault');
    slots.error = slotFolderGone('/data/slots');
    await view.tick();
    await view.tick();
    expect(rows.of('storage')).toMatchObject([{ fault: { code: 'SLOT_FOLDER_GONE' } }]);
    slots.error = undefined;
    disk.freeBytes = 1n;
    await view.tick();
    disk.freeBytes = 600n;
    await view.tick();
    await view.tick();
    expect(rows.of('storage')[0]).not.toHaveProperty('fault');
    expect(lines().toSorted()).toEqual([
      'The disk of /data is full: nothing more can be stored, and harmed data cannot be fetched again. Free some space, or lower the quota.',
      'The disk with the slots can be used again',
      expect.stringContaining('/data/slots, is not there') as string,
    ]);
  });

  it('the storage says what the check of held data found', async () => {
    const { view, rows, slots } = await aView();
    const [one, two] = [1, 2].map((slotIndex) => aSale(slotIndex).slotId);
    slots.checks = [
      { slotId: one as SlotId, checkedAtMs: 2000, harmedBlocks: 0 },
      { slotId: two as SlotId, checkedAtMs: 1000, harmedBlocks: 3 },
    ];
    await view.tick();
    expect(rows.of('storage')).toMatchObject([{ checked: { slots: 2, harmedBlocks: 3, oldestAtMs: 1000 } }]);
  });

  it('money accrues with each tick', async () => {
    const { view, rows, sales, clock } = await aView();
    sales.running = [hosted(1)];
    await view.tick();
    clock.advance(10);
    await view.tick();
    expect(rows.of('money')).toMatchObject([{ accruing: 73_400_320n, asOf: START + 10 }]);
  });
});
