import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isEngineError } from '../../../../src/main/engine/errors.ts';
import type { Fate } from '../../../../src/main/engine/sales/ledger.ts';
import { tightestFit, type Wish } from '../../../../src/main/engine/sales/matching.ts';
import type { AvailabilityChanges, Terms } from '../../../../src/main/engine/sales/offers.ts';
import type { LedgerChange, Reservations } from '../../../../src/main/engine/sales/reservations.ts';
import { MemoryDatabase } from '../../../support/memorydatabase.ts';
import {
  aLedger,
  availabilityId,
  aWish,
  exampleTerms,
  openLedger,
  reservationId,
  reserved,
} from '../../../support/ledgerfixtures.ts';

/** What `work` announced: one word for each change, and by how much the generation rose. */
async function announced(reservations: Reservations, work: () => unknown): Promise<(string | number)[]> {
  const words: string[] = [];
  const { generation } = reservations;
  const unsubscribe = reservations.onChange.subscribe(({ isLooser }) =>
    words.push(isLooser ? 'looser' : 'not looser'),
  );
  await work();
  unsubscribe();
  return [...words, reservations.generation - generation];
}

const looser = ['looser', 1];
const notLooser = ['not looser', 0];

describe('announcing what may fit now', () => {
  const terms: Terms = { ...exampleTerms, until: 1_800_000_000 };

  async function patched(changes: AvailabilityChanges, before: Terms = terms) {
    const { reservations } = await aLedger();
    const { id } = await reservations.createAvailability(before);
    return announced(reservations, () => reservations.patchAvailability(id, changes));
  }

  it('an offer that is created is looser, and told whole', async () => {
    const { reservations } = await aLedger();
    const changes: LedgerChange[] = [];
    reservations.onChange.subscribe((change) => changes.push(change));
    const availability = await reservations.createAvailability(terms);
    expect(changes).toMatchObject([{ availability, isLooser: true }]);
  });

  it('an offer that is created paused is not looser', async () => {
    const { reservations } = await aLedger();
    const created = () => reservations.createAvailability({ ...terms, enabled: false });
    expect(await announced(reservations, created)).toEqual(notLooser);
  });

  it('more free bytes are looser', async () => {
    expect(await patched({ totalSize: 1001n })).toEqual(looser);
  });

  it('bytes that come back are looser', async () => {
    const { reservations } = await aLedger();
    await reservations.createAvailability(terms);
    const { id } = await reserved(reservations);
    expect(await announced(reservations, () => reservations.close(id, { kind: 'lost' }))).toEqual(looser);
  });

  it('fewer free bytes are not looser', async () => {
    // With the collateral shrunk as well: less space alone would leave more of it to each byte.
    expect(await patched({ totalSize: 500n, totalCollateral: 1000n })).toEqual(notLooser);
  });

  it('fewer free bytes are looser when they leave more collateral to each', async () => {
    expect(await patched({ totalSize: 500n })).toEqual(looser);
  });

  it('fewer free bytes of a paused offer are not looser', async () => {
    expect(await patched({ totalSize: 500n }, { ...terms, enabled: false })).toEqual(notLooser);
  });

  it('a longer duration is looser', async () => {
    expect(await patched({ duration: 101n })).toEqual(looser);
  });

  it('a shorter duration is not looser', async () => {
    expect(await patched({ duration: 99n })).toEqual(notLooser);
  });

  it('a lower price is looser', async () => {
    expect(
      await patched({ minPricePerBytePerSecond: 1n }, { ...terms, minPricePerBytePerSecond: 2n }),
    ).toEqual(looser);
  });

  it('a higher price is not looser', async () => {
    expect(await patched({ minPricePerBytePerSecond: 2n })).toEqual(notLooser);
  });

  it('more remaining collateral is looser', async () => {
    expect(await patched({ totalCollateral: 2001n })).toEqual(looser);
  });

  it('less remaining collateral is not looser', async () => {
    expect(await patched({ totalCollateral: 1999n })).toEqual(notLooser);
  });

  it('a later end is looser, and so is none', async () => {
    expect(await patched({ until: 1_800_000_001 })).toEqual(looser);
    expect(await patched({ until: 0 })).toEqual(looser);
  });

  it('an earlier end is not looser, nor is an end at all', async () => {
    expect(await patched({ until: 1_700_000_000 })).toEqual(notLooser);
    expect(await patched({ until: 1_700_000_000 }, { ...terms, until: 0 })).toEqual(notLooser);
  });

  it('another name is not looser', async () => {
    expect(await patched({ name: 'Attic' })).toEqual(notLooser);
  });

  it('resuming is looser, and pausing is not', async () => {
    expect(await patched({ enabled: false })).toEqual(notLooser);
    expect(await patched({ enabled: true }, { ...terms, enabled: false })).toEqual(looser);
  });

  it('reserving, writing and deleting are not looser', async () => {
    const { reservations } = await aLedger();
    const offer = await reservations.createAvailability(terms);
    const held = await reserved(reservations);
    expect(await announced(reservations, () => reserved(reservations, aWish({ slot: 1 })))).toEqual(
      notLooser,
    );
    expect(await announced(reservations, () => reservations.bookWritten(held.id, 1n))).toEqual(notLooser);
    expect(await announced(reservations, () => reservations.setPhase(held.id, 'filled'))).toEqual(notLooser);
    expect(await announced(reservations, () => reservations.deleteAvailability(offer.id))).toEqual(notLooser);
    expect(await announced(reservations, () => reservations.close(held.id, { kind: 'lost' }))).toEqual(
      notLooser,
    );
  });

  it('nothing is announced when the batch fails', async () => {
    const { database, reservations } = await aLedger();
    database.failNextBatch();
    const failed = () => expect(reservations.createAvailability(terms)).rejects.toThrow();
    expect(await announced(reservations, failed)).toEqual([0]);
  });

  it('what is waited for outside the ledger is announced by waking it', async () => {
    const { reservations } = await aLedger();
    expect(await announced(reservations, () => reservations.wake())).toEqual(looser);
  });

  it('over quota nothing is looser; shrinking until the quota suffices is', async () => {
    const { database, reservations } = await aLedger();
    const a = await reservations.createAvailability(terms);
    const b = await reservations.createAvailability({ ...terms, minPricePerBytePerSecond: 5n });
    const lowered = await openLedger(database, { quotaMax: 1500n });
    const patch = (id: typeof a.id, changes: AvailabilityChanges) =>
      announced(lowered, () => lowered.patchAvailability(id, changes));
    expect(await patch(a.id, { minPricePerBytePerSecond: 1n, duration: 1000n })).toEqual(notLooser);
    expect(await patch(b.id, { totalSize: 501n, totalCollateral: 2n })).toEqual(notLooser);
    expect(await patch(b.id, { totalSize: 500n })).toEqual(looser);
    const again = await openLedger(database, { quotaMax: 1000n });
    expect(await announced(again, () => again.deleteAvailability(b.id))).toEqual(looser);
  });

  it('what a lowered quota kept out fits after a start with a higher one', async () => {
    const { database, reservations } = await aLedger();
    await reservations.createAvailability(terms);
    const lowered = await openLedger(database, { quotaMax: 999n });
    expect(await lowered.findAndReserve(aWish())).toMatchObject({
      rule: 'overQuota',
      details: { asked: 1000n, yours: 999n },
    });
    expect(await (await openLedger(database)).findAndReserve(aWish())).not.toHaveProperty('rule');
  });
});

describe('whatever changes', () => {
  const upTo = (max: number, min = 1) => fc.bigInt({ min: BigInt(min), max: BigInt(max) });
  const until = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 60 }));
  const terms = {
    totalSize: upTo(1500),
    duration: upTo(20),
    minPricePerBytePerSecond: upTo(10),
    totalCollateral: upTo(6000),
    enabled: fc.boolean(),
    until,
  };
  const fate = fc.oneof(
    fc.constant<Fate>({ kind: 'notFilled' }),
    fc.constant<Fate>({ kind: 'lost' }),
    upTo(3000, 0).map((collateral): Fate => ({ kind: 'settled', collateral })),
  );
  const which = fc.nat(6);
  const operation = fc.oneof(
    { weight: 2, arbitrary: fc.record({ do: fc.constant('create' as const), terms: fc.record(terms) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('patch' as const),
        which,
        changes: fc.record(terms, { requiredKeys: [] }),
      }),
    },
    fc.record({ do: fc.constant('delete' as const), which }),
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('reserve' as const), slot: fc.nat(9), size: upTo(400) }),
    },
    fc.record({ do: fc.constant('book' as const), which, bytes: upTo(200) }),
    { weight: 3, arbitrary: fc.record({ do: fc.constant('close' as const), which, fate }) },
    fc.record({ do: fc.constant('restart' as const), quotaMax: upTo(3000) }),
  );
  const wishes = fc.array(
    fc
      .record({
        slotSize: upTo(600),
        duration: upTo(20),
        pricePerBytePerSecond: upTo(10),
        collateralPerByte: upTo(4, 0),
        repair: fc.boolean(),
        requestEndsAt: fc.integer({ min: 1, max: 60 }),
      })
      .map(({ repair, ...wish }): Wish => {
        const collateral = wish.slotSize * wish.collateralPerByte;
        return aWish({ ...wish, slot: 1000, collateral: repair ? (collateral * 9n) / 10n : collateral });
      }),
    { minLength: 12, maxLength: 12 },
  );
  type Op = typeof operation extends fc.Arbitrary<infer T> ? T : never;

  const fits = (reservations: Reservations, wish: Wish): boolean =>
    reservations.available >= 0n && !('rule' in tightestFit(reservations.availabilities(), wish));

  it('what is refused before a change and would fit after it is announced', async () => {
    let announcements = 0;
    await fc.assert(
      fc.asyncProperty(wishes, fc.array(operation, { maxLength: 30 }), async (all, operations) => {
        const database = new MemoryDatabase();
        let reservations = await openLedger(database, { quotaMax: 3000n });
        await reservations.createAvailability({ ...exampleTerms, minPricePerBytePerSecond: 5n });
        for (const op of operations) {
          if (op.do === 'restart') {
            reservations = await openLedger(database, { quotaMax: op.quotaMax });
            continue;
          }
          const refused = all.filter((wish) => !fits(reservations, wish));
          const words = await announced(reservations, () => attempt(reservations, op));
          if (!refused.some((wish) => fits(reservations, wish))) continue;
          expect(words).toEqual(looser);
          announcements++;
        }
      }),
      { numRuns: 400 },
    );
    expect(announcements).toBeGreaterThan(20);
  });

  async function attempt(reservations: Reservations, op: Exclude<Op, { do: 'restart' }>): Promise<void> {
    const pick = <T>(list: readonly T[]): T | undefined =>
      list['which' in op ? op.which % Math.max(1, list.length) : 0];
    const offer = () => pick(reservations.availabilities())?.id ?? availabilityId(0);
    const reservation = () => pick(reservations.reservations())?.id ?? reservationId(0);
    try {
      if (op.do === 'create') await reservations.createAvailability({ ...exampleTerms, ...op.terms });
      if (op.do === 'patch') await reservations.patchAvailability(offer(), op.changes);
      if (op.do === 'delete') await reservations.deleteAvailability(offer());
      if (op.do === 'book') await reservations.bookWritten(reservation(), op.bytes);
      if (op.do === 'close') await reservations.close(reservation(), op.fate);
      if (op.do === 'reserve') {
        const wish = aWish({ slot: op.slot, slotSize: op.size, duration: 1n, requestEndsAt: 1 });
        await reservations.findAndReserve(wish);
      }
    } catch (error) {
      // Refused by a rule: nothing changed, which is looked at all the same.
      if (!isEngineError(error)) throw error;
    }
  }
});
