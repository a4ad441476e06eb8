import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slotIdOf, type RequestId } from '../../../../src/main/engine/contracts/ids.ts';
import {
  compareItems,
  shuffledItems,
  slotQueueItem,
  type SlotQueueItem,
} from '../../../../src/main/engine/sales/slotqueueitem.ts';
import { exampleAsk, word } from '../../../support/requests.ts';
import { anItem } from '../../../support/queuefixtures.ts';

const requested = { requestId: word<RequestId>(7), ask: exampleAsk, collateral: 5n, expiresAt: 100 };
const before = (a: SlotQueueItem, b: SlotQueueItem) => compareItems(a, b) < 0 && compareItems(b, a) > 0;

describe('the order of slots', () => {
  it('puts the higher profit first, whatever else', () => {
    expect(
      before(
        anItem({ profit: 2n, collateral: 9n, expiresAt: 1 }),
        anItem({ profit: 1n, collateral: 1n, expiresAt: 9 }),
      ),
    ).toBe(true);
  });

  it('then the lower collateral, then the later expiry, then the smaller slot', () => {
    expect(before(anItem({ collateral: 1n, expiresAt: 1 }), anItem({ collateral: 2n, expiresAt: 9 }))).toBe(
      true,
    );
    expect(before(anItem({ expiresAt: 9, slotSize: 9n }), anItem({ expiresAt: 1, slotSize: 1n }))).toBe(true);
    expect(before(anItem({ slotSize: 1n, draw: 9 }), anItem({ slotSize: 2n, draw: 1 }))).toBe(true);
  });

  it('then the draw, then the id', () => {
    expect(before(anItem({ slot: 5, draw: 0 }), anItem({ slot: 4, draw: 1 }))).toBe(true);
    const [a, b] = [anItem({ slot: 1 }), anItem({ slot: 2 })];
    expect(before(a, b)).toBe(a.slotId < b.slotId);
  });

  it('puts the larger slot first at the same price per byte, as it pays more', () => {
    const ofSize = (slotSize: bigint, expiresAt: number) =>
      slotQueueItem({ ...requested, ask: { ...exampleAsk, slotSize }, expiresAt }, 0);
    expect(before(ofSize(2n ** 20n, 100), ofSize(2n ** 16n, 100))).toBe(true);
    expect(before(ofSize(2n ** 20n, 200), ofSize(2n ** 16n, 100))).toBe(true);
  });

  it('is strict and total', () => {
    const few = fc.integer({ min: 0, max: 2 });
    const item = fc
      .record({ profit: few, collateral: few, expiresAt: few, slotSize: few, draw: few, slot: fc.nat(4) })
      .map(({ profit, collateral, slotSize, ...rest }) =>
        anItem({
          profit: BigInt(profit),
          collateral: BigInt(collateral),
          slotSize: BigInt(slotSize),
          ...rest,
        }),
      );
    fc.assert(
      fc.property(item, item, item, (a, b, c) => {
        expect(Math.sign(compareItems(a, b))).toBe(0 - Math.sign(compareItems(b, a)));
        expect(compareItems(a, a)).toBe(0);
        if (a.slotId !== b.slotId) expect(compareItems(a, b)).not.toBe(0);
        if (compareItems(a, b) === 0) expect(a).toEqual(b);
        if (compareItems(a, b) < 0 && compareItems(b, c) < 0) expect(compareItems(a, c)).toBeLessThan(0);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the slots of a request', () => {
  it('are all there, once each', () => {
    const items = shuffledItems(requested);
    expect(items).toHaveLength(4);
    expect(new Set(items.map(({ slotIndex }) => slotIndex))).toEqual(new Set([0, 1, 2, 3]));
    expect(items.every(({ slotId, slotIndex }) => slotId === slotIdOf(requested.requestId, slotIndex))).toBe(
      true,
    );
    expect(items[0]).toMatchObject({
      profit: 3600n * 7n * 1_048_576n,
      slotSize: 1_048_576n,
      collateral: 5n,
      expiresAt: 100,
    });
  });

  it('come in random order', () => {
    const ask = { ...exampleAsk, slots: 40n };
    const orders = Array.from({ length: 5 }, () =>
      shuffledItems({ ...requested, ask })
        .map(({ slotIndex }) => slotIndex)
        .join(),
    );
    expect(new Set(orders).size).toBeGreaterThan(1);
  });

  it('may be 65,535, of which no more are made than asked for', () => {
    const ask = { ...exampleAsk, slots: 65_535n };
    const items = shuffledItems({ ...requested, ask }, { limit: 10 });
    expect(new Set(items.map(({ slotIndex }) => slotIndex)).size).toBe(10);
    expect(items.some(({ slotIndex }) => slotIndex > 100)).toBe(true);
  });

  it.each([0n, 65_536n, 65_537n, 2n ** 64n - 1n])('cannot be %s', (slots) => {
    expect(() => shuffledItems({ ...requested, ask: { ...exampleAsk, slots } })).toThrow(
      expect.objectContaining({ code: 'SLOTS_OUT_OF_RANGE' }),
    );
  });

  it('are without those that are named', () => {
    const ofOthers = new Set([0, 2]);
    for (const limit of [1, 2, 4]) {
      const indices = shuffledItems(requested, { limit, without: ofOthers }).map(
        ({ slotIndex }) => slotIndex,
      );
      expect(indices).toHaveLength(Math.min(2, limit));
      expect(indices.every((index) => !ofOthers.has(index))).toBe(true);
    }
    expect(shuffledItems(requested, { without: new Set([0, 1, 2, 3]) })).toEqual([]);
  });

  it('can be made one by one', () => {
    expect(slotQueueItem(requested, 3)).toMatchObject({
      slotIndex: 3,
      slotId: slotIdOf(requested.requestId, 3),
    });
  });
});
