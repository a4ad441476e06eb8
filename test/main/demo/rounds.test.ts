import { describe, expect, test } from 'vitest';
import { slotIdOf, type RequestId } from '../../../src/main/engine/contracts/ids.ts';
import { RoundCounter } from '../../../src/main/demo/rounds.ts';
import type { SaleStateName, SalesEvent } from '../../../src/main/engine/sales/saleinfo.ts';
import { newSale } from '../../../src/main/engine/sales/salerecord.ts';
import { exampleAsk, word } from '../../support/requests.ts';

const request = word<RequestId>(0x9);
const sale = (slotIndex: number, state: SaleStateName, slots = 3n, requestId = request) => ({
  ...newSale({ slotId: slotIdOf(requestId, slotIndex), requestId, slotIndex }, 0),
  state,
  ask: { ...exampleAsk, slots },
});
const entered = (...args: Parameters<typeof sale>): SalesEvent => ({
  type: 'entered',
  sale: sale(...args),
  from: undefined,
});

/** One slot from its reservation to `proving`. */
const course = (slot: number): SalesEvent[] =>
  (
    ['preparing', 'slotReserving', 'downloading', 'initialProving', 'filling', 'filled', 'proving'] as const
  ).map((state) => entered(slot, state));

function after(events: readonly SalesEvent[]) {
  const counter = new RoundCounter();
  const told = events.map((event) => counter.saw(event)).filter((rounds) => rounds !== undefined);
  return { best: counter.best, told };
}

describe('the rounds in which the slots of a request are taken', () => {
  test('are as many as there are slots when each waits for the one before', () => {
    const { best, told } = after([...course(0), ...course(1), ...course(2)]);
    expect(best).toEqual({ slots: 3, of: 3, atOnce: 1, rounds: 3 });
    expect(told).toEqual([best]);
  });

  test('are one when all begin before the first is filled', () => {
    const all = [course(0), course(1), course(2)];
    const { best } = after(
      Array.from({ length: 7 }, (_, i) => all.flatMap((events) => events.slice(i, i + 1))).flat(),
    );
    expect(best).toEqual({ slots: 3, of: 3, atOnce: 3, rounds: 1 });
  });

  test('are told once, when the last slot is filled', () => {
    const { told } = after([...course(0), ...course(1), ...course(2), ...course(2)]);
    expect(told).toHaveLength(1);
    expect(after([...course(0), ...course(1)]).told).toEqual([]);
  });

  test('do not count a slot that was filled before the start, or that ended in its download', () => {
    const resumed = [entered(0, 'unknown'), entered(0, 'filled'), entered(0, 'proving')];
    expect(after(resumed).best).toBeUndefined();
    const given = [
      ...course(0).slice(0, 3),
      { type: 'ended', sale: sale(0, 'errored') } as const,
      ...course(1),
    ];
    expect(after(given).best).toEqual({ slots: 1, of: 3, atOnce: 1, rounds: 1 });
  });

  test('are those of the request of which most slots were filled', () => {
    const other = word<RequestId>(0x8);
    const single = (['slotReserving', 'downloading', 'filled'] as const).map((s) => entered(0, s, 1n, other));
    expect(after([...single, ...course(0), ...course(1)]).best).toMatchObject({ slots: 2, of: 3 });
  });
});
