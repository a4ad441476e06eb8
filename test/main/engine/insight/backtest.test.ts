import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backtest } from '../../../../src/main/engine/insight/backtest.ts';
import { CapacityOverTime } from '../../../../src/main/engine/insight/capacity.ts';
import { wishOf } from '../../../../src/main/engine/insight/verdict.ts';
import type { StorageAsk } from '../../../../src/main/engine/contracts/requests.ts';
import type { StorageRequested } from '../../../../src/main/engine/market/market.ts';
import { firstBrokenRule } from '../../../../src/main/engine/sales/matching.ts';
import { anOffer, aRequested, examplePay } from '../../../support/insightfixtures.ts';
import { exampleAsk } from '../../../support/requests.ts';

const { slotSize } = exampleAsk;
const start = 1_700_000_000;

/** Room and collateral for eight slots of the example request. */
const terms = {
  totalSize: 8n * slotSize,
  duration: 3600n,
  minPricePerBytePerSecond: 7n,
  totalCollateral: 800n * slotSize,
};

/** One a minute, as numbered. */
const requestedAt = ({ blockNumber }: StorageRequested): number => start + 60 * blockNumber;

const run = (
  requests: readonly StorageRequested[],
  {
    signal = new AbortController().signal,
    ...changes
  }: Partial<typeof terms> & { until?: number; signal?: AbortSignal } = {},
) => backtest({ ...terms, ...changes }, requests, { requestedAt, signal });

describe('A backtest', () => {
  it('of no requests finds nothing', async () => {
    const nothing = { requests: 0, slots: 0n, bytes: 0n, earned: 0n };
    expect(await run([])).toEqual({
      requests: 0,
      matched: nothing,
      withCapacity: nothing,
      refusedBy: {},
      nearestMisses: [],
    });
  });

  it('tells what the conditions alone would have taken, and what there was room for', async () => {
    const report = await run([
      aRequested({ request: 1 }),
      aRequested({ request: 2 }),
      aRequested({ request: 3 }),
    ]);
    expect(report).toMatchObject({
      requests: 3,
      matched: { requests: 3, slots: 12n, bytes: 12n * slotSize, earned: 12n * examplePay },
      withCapacity: { requests: 2, slots: 8n, bytes: 8n * slotSize, earned: 8n * examplePay },
      refusedBy: { freeSpace: 1 },
    });
  });

  it('takes as many slots of a request as there is room for', async () => {
    const { withCapacity, refusedBy } = await run([aRequested({ slots: 100n })]);
    expect(withCapacity).toMatchObject({ requests: 1, slots: 8n });
    expect(refusedBy).toEqual({});
  });

  it('has its space and collateral back in the second in which a request ends', async () => {
    const first = aRequested({ request: 1, slots: 8n });
    const before = aRequested({ request: 60, slots: 8n });
    const after = aRequested({ request: 61, slots: 8n });
    expect((await run([first, before])).withCapacity.requests).toBe(1);
    expect((await run([first, after])).withCapacity.requests).toBe(2);
  });

  it('runs out of collateral before it runs out of space when dear slots come first', async () => {
    const dear = aRequested({ request: 1, slots: 1n, collateralPerByte: 100n });
    const { withCapacity, refusedBy } = await run(
      [dear, aRequested({ request: 2, collateralPerByte: 99n })],
      {
        totalCollateral: 792n * slotSize,
      },
    );
    expect(withCapacity).toMatchObject({ requests: 1 });
    expect(refusedBy).toEqual({ collateral: 1 });
  });

  it('counts the first rule that failed', async () => {
    const { refusedBy, matched } = await run([
      aRequested({ pricePerBytePerSecond: 6n, duration: 3601n }),
      aRequested({ duration: 3601n }),
      aRequested({ slotSize: 16n * slotSize }),
      aRequested({ collateralPerByte: 101n }),
      aRequested({ slots: 65_536n }),
      aRequested({ slots: 2n ** 64n - 1n }),
    ]);
    expect(matched.requests).toBe(0);
    expect(refusedBy).toEqual({ price: 1, duration: 1, size: 1, collateral: 1, tooManySlots: 2 });
  });

  it('asks when a request was posted only where that matters, and holds its end against the end of the offer', async () => {
    const asked: number[] = [];
    const ask = (offer: { until?: number }, requests: readonly StorageRequested[]) =>
      backtest({ ...terms, ...offer }, requests, {
        requestedAt: async (request) => {
          asked.push(request.blockNumber);
          return requestedAt(request);
        },
        signal: new AbortController().signal,
      });
    await ask({}, [aRequested({ request: 1 }), aRequested({ request: 2, duration: 3601n })]);
    expect(asked.splice(0)).toEqual([1]);

    const near = Array.from({ length: 10 }, (_, i) =>
      aRequested({ request: 3 + i, pricePerBytePerSecond: 6n }),
    );
    const far = aRequested({ request: 13, pricePerBytePerSecond: 1n });
    const until = start + 14 * 60 + 3600;
    const fitting = [aRequested({ request: 14 }), aRequested({ request: 15 })];
    const { refusedBy, matched } = await ask({ until }, [...near, far, ...fitting]);
    expect(asked).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15]);
    expect(matched.requests).toBe(1);
    expect(refusedBy).toEqual({ price: 11, until: 1 });
  });

  it('takes the expiry for the time of posting where nobody knows better', async () => {
    const { signal } = new AbortController();
    const until = aRequested().expiresAt + 3600;
    expect((await backtest({ ...terms, until }, [aRequested()], { signal })).matched.requests).toBe(1);
    expect(
      (await backtest({ ...terms, until: until - 1 }, [aRequested()], { signal })).matched.requests,
    ).toBe(0);
  });

  it('names the nearest misses first: few rules before many, small gaps before large, each with its change', async () => {
    const cheap = aRequested({ request: 1, pricePerBytePerSecond: 1n });
    const nearly = aRequested({ request: 2, pricePerBytePerSecond: 6n });
    const twice = aRequested({ request: 3, pricePerBytePerSecond: 6n, duration: 3601n });
    const { nearestMisses } = await run([twice, cheap, nearly]);
    expect(nearestMisses.map(({ requestId }) => requestId)).toEqual([
      nearly.requestId,
      cheap.requestId,
      twice.requestId,
    ]);
    expect(nearestMisses[0]).toMatchObject({
      rule: 'price',
      smallestChange: { kind: 'change', changes: { minPricePerBytePerSecond: 6n } },
      worth: (4n * examplePay * 6n) / 7n,
    });
  });

  it('keeps only the ten nearest misses of many', async () => {
    const requests = Array.from({ length: 100 }, (_, i) =>
      aRequested({ request: i, duration: 3600n + BigInt(((i * 37) % 100) + 1) }),
    );
    const { nearestMisses } = await run(requests);
    expect(nearestMisses.map(({ smallestChange }) => smallestChange)).toEqual(
      Array.from({ length: 10 }, (_, i) => ({ kind: 'change', changes: { duration: 3601n + BigInt(i) } })),
    );
  });

  it('counts a late end by how much of the request lies beyond it', async () => {
    const late = aRequested({ request: 60 });
    const cheap = aRequested({ request: 1, pricePerBytePerSecond: 6n });
    const { nearestMisses } = await run([late, cheap], { until: start + 3600 + 60 });
    expect(nearestMisses.map(({ rule }) => rule)).toEqual(['price', 'until']);
  });

  it('is called off between two requests', async () => {
    const controller = new AbortController();
    let taken = 0;
    const requests = (function* () {
      for (;;) {
        if (++taken === 100) controller.abort();
        yield aRequested({ request: taken });
      }
    })();
    await expect(backtest(terms, requests, { requestedAt, signal: controller.signal })).rejects.toMatchObject(
      { name: 'AbortError' },
    );
    expect(taken).toBe(100);
  });

  it('streams: it takes the next request when it is done with the one before', async () => {
    const log: string[] = [];
    const requests = (async function* () {
      for (const request of [1, 2]) {
        log.push(`given ${request}`);
        yield aRequested({ request });
      }
    })();
    await backtest(terms, requests, {
      requestedAt: async (request) => {
        await Promise.resolve();
        log.push(`asked ${request.blockNumber}`);
        return requestedAt(request);
      },
      signal: new AbortController().signal,
    });
    expect(log).toEqual(['given 1', 'asked 1', 'given 2', 'asked 2']);
  });

  it('passes on what the chain refuses to tell', async () => {
    const failing = backtest(terms, [aRequested()], {
      requestedAt: () => Promise.reject(new Error('no answer')),
      signal: new AbortController().signal,
    });
    await expect(failing).rejects.toThrow('no answer');
  });

  it('has a verdict on hostile requests', async () => {
    const most = 2n ** 256n - 1n;
    const { requests, matched } = await run([
      aRequested({ slotSize: 0n, collateralPerByte: most }),
      aRequested({ slotSize: 2n ** 64n - 1n, duration: 2n ** 64n - 1n, pricePerBytePerSecond: most }),
      aRequested({ slots: 0n }),
      aRequested({ pricePerBytePerSecond: 0n, collateralPerByte: 0n }),
    ]);
    expect([requests, matched.requests]).toEqual([4, 0]);
  });
});

describe('Capacity over time', () => {
  it('takes slot for slot what the rules allow', () => {
    const request = fc.record({
      slots: fc.bigInt(1n, 6n),
      slotSize: fc.bigInt(1n, 40n),
      rate: fc.bigInt(1n, 30n),
      duration: fc.bigInt(1n, 30n),
      gap: fc.integer({ min: 0, max: 10 }),
    });
    const offer = anOffer({ totalSize: 100n, totalCollateral: 1500n, duration: 30n });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 20 }), (requests) => {
        const capacity = new CapacityOverTime(offer);
        const held: { endsAt: number; bytes: bigint; collateral: bigint }[] = [];
        let now = start;
        let slotsTaken = 0n;
        for (const { slots, slotSize: size, rate, duration, gap } of requests) {
          now += gap;
          const ask: StorageAsk = { ...exampleAsk, slots, slotSize: size, collateralPerByte: rate, duration };
          const wish = wishOf(ask, now + Number(duration));
          capacity.take(ask, wish, now);
          for (let i = 0n; i < slots; i++) {
            const running = held.filter(({ endsAt }) => endsAt > now);
            const free = {
              ...offer,
              freeSize: running.reduce((left, { bytes }) => left - bytes, 100n),
              totalRemainingCollateral: running.reduce((left, { collateral }) => left - collateral, 1500n),
            };
            expect(free.freeSize >= 0n && free.totalRemainingCollateral >= 0n).toBe(true);
            if (firstBrokenRule(free, wish)) break;
            held.push({ endsAt: now + Number(duration), bytes: size, collateral: wish.collateral });
            slotsTaken++;
          }
          expect(capacity.totals.slots).toBe(slotsTaken);
        }
      }),
    );
  });
});
