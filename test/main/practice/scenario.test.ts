import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  planFor,
  requestPlanSchema,
  Scenario,
  type RequestPlan,
} from '../../../src/main/practice/scenario.ts';
import { typicalOffer } from '../../../src/shared/practicemarket.ts';

const plans = (name: 'demo' | 'tour', seed: number, count = 20): RequestPlan[] => {
  const scenario = new Scenario({ name, seed });
  return Array.from({ length: count }, (_, ordinal) => scenario.plan(ordinal));
};

const fitsOffer = ({ pricePerBytePerSecond, durationSeconds, collateralPerByte }: RequestPlan): boolean =>
  pricePerBytePerSecond >= typicalOffer.minPricePerBytePerSecond &&
  durationSeconds <= typicalOffer.maxDurationSeconds &&
  collateralPerByte <= typicalOffer.collateralPerByte;

describe('for every seed', () => {
  const seeds = fc.nat();

  test('the same requests come in the same order', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(plans('demo', seed)).toEqual(plans('demo', seed));
      }),
    );
  });

  test('each request is one that the contract takes', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        for (const plan of [...plans('demo', seed), ...plans('tour', seed)]) {
          expect(requestPlanSchema.parse(plan)).toEqual(plan);
          expect(plan.expirySeconds).toBeLessThan(plan.durationSeconds);
          expect(plan.durationSeconds).toBeLessThanOrEqual(2_592_000);
          expect(Number.isInteger(Math.log2(plan.slotBytes / 65_536))).toBe(true);
        }
      }),
    );
  });

  test('the first request fits a typical offer, one of the first two does not, most do', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const fits = plans('demo', seed).map(fitsOffer);
        expect(fits.slice(0, 2)).toEqual([true, false]);
        expect(fits.filter(Boolean)).toHaveLength(16);
      }),
    );
  });
});

test('the odd ones are too cheap and too long in turn', () => {
  const odd = plans('demo', 7).filter((plan) => !fitsOffer(plan));
  const isTooLong = odd.map(({ durationSeconds }) => durationSeconds > typicalOffer.maxDurationSeconds);
  expect(isTooLong).toEqual([false, true, false, true]);
});

test('the first request comes at once, the others at the pace of the scenario', () => {
  const demo = new Scenario({ name: 'demo', seed: 3 });
  expect(demo.secondsBefore(0)).toBe(0);
  for (let ordinal = 1; ordinal < 50; ordinal++) {
    expect(demo.secondsBefore(ordinal)).toBeGreaterThanOrEqual(45);
    expect(demo.secondsBefore(ordinal)).toBeLessThanOrEqual(90);
  }
});

test('the demo begins with nine equal slots that pay best, and goes on with four at a time', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const [first = 0n, ...others] = plans('demo', seed)
        .filter(({ durationSeconds }) => durationSeconds <= 3600)
        .map((plan) => plan.pricePerBytePerSecond * BigInt(plan.slotBytes * plan.durationSeconds));
      expect(others.every((pay) => pay < first)).toBe(true);
    }),
  );
  const slots = plans('demo', 5).map((plan) => plan.slots);
  expect(slots).toEqual([9, ...slots.slice(1).map(() => 4)]);
  expect(plans('tour', 5).every((plan) => plan.slots === 4)).toBe(true);
});

test('of the tour a typical offer is paid within two minutes, at ten times the speed of time', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const scenario = new Scenario({ name: 'tour', seed });
      const requests = Array.from({ length: 30 }, (_, ordinal) => scenario.plan(ordinal));
      const fitting = requests.map(fitsOffer);
      // Nothing is taken of a request that is about to expire; a minute of the chain is for fetching and for paying.
      let postedAt = 0;
      let takenUntil = 0;
      for (const [ordinal, { durationSeconds, expirySeconds }] of requests.entries()) {
        postedAt += scenario.secondsBefore(ordinal);
        if (!fitting[ordinal]) continue;
        const worstWait = Math.max(0, postedAt - takenUntil);
        expect(worstWait + durationSeconds + 60).toBeLessThan(10 * 120);
        takenUntil = postedAt + expirySeconds - 120;
      }
      expect(requests[0]?.proofProbability).toBe(1);
    }),
  );
});

test('without a scenario nothing is asked for', () => {
  expect(new Scenario({ name: 'none', seed: 1 }).maxOpen).toBe(0);
});

test('what is wished for is kept, the rest is ordinary, and nonsense is refused', () => {
  expect(planFor({ slotBytes: 131_072, slots: undefined })).toMatchObject({ slotBytes: 131_072, slots: 4 });
  expect(() => planFor({ slots: 0 })).toThrow('slots');
});
