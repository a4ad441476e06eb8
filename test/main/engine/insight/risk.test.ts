import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SlotId } from '../../../../src/main/engine/contracts/ids.ts';
import { slashOf } from '../../../../src/main/engine/contracts/requests.ts';
import {
  atRisk,
  offlineRisk,
  periodsMissable,
  proofChance,
  safeOfflineSeconds,
  slashingLadder,
  totalAtRisk,
  type SlotAtRisk,
} from '../../../../src/main/engine/insight/risk.ts';
import { fakeConfig } from '../../../support/fakemarket.ts';
import { FakeProofs } from '../../../support/fakeproofs.ts';
import { exampleAsk, word } from '../../../support/requests.ts';

/** Periods of 300 s, 2 slashes of 20 %, a downtime of 32 blocks: the live testnet (marketplace.md §1). */
const config = { ...fakeConfig, periodSeconds: 300 };
const start = 1_700_000_100;
const period = (count: number): number => start + count * 300;

/** Filled one period before the start, proved in every period, worth 1,000 tokens and 1 token a second. */
const aSlot = (changes: Partial<SlotAtRisk> = {}): SlotAtRisk => ({
  slotId: '0x01',
  proofProbability: 1n,
  collateral: 1000n,
  currentCollateral: 1000n,
  missed: 0,
  pricePerSecond: 1n,
  filledAt: start - 300,
  requestEndsAt: period(1000),
  ...changes,
});

/** q = ⌊4 · 224 / 256⌋ = 3. */
const oneInThree = 4n;

const off = (seconds: number, from = start) => ({ from, seconds });

describe('The chance that a proof is asked for', () => {
  it.each([
    [1n, 1, 0.875],
    [4n, 1 / 3, 0.875 / 3],
    [8n, 1 / 7, 0.125],
    [256n, 1 / 224, 1 / 256],
  ])('with probability %s of the request', (probability, patient, once) => {
    expect(proofChance(probability, config)).toBeCloseTo(patient, 12);
    expect(proofChance(probability, config, { validator: 'once' })).toBeCloseTo(once, 12);
  });

  it('is next to nothing, and not nothing, for the largest number there is', () => {
    const chance = proofChance(2n ** 256n - 1n, config);
    expect(chance).toBeGreaterThan(0);
    expect(chance).toBeLessThan(1e-76);
    const million = offlineRisk([aSlot({ proofProbability: 2n ** 256n - 1n })], config, off(300_000));
    expect(million.anySlash).toBeGreaterThan(0);
    expect(million.expectedLoss).toBe(0n);
  });

  it('is how often the contract asks, block by block', () => {
    const proofs = new FakeProofs(config);
    const ask = { ...exampleAsk, proofProbability: oneInThree };
    let now = 0;
    let sooner = 0;
    const draws = 30_000;
    for (let i = 0; i < draws; i++) {
      const need = proofs.need(word<SlotId>(7n ** 40n), ask, i, 1000 + i * 13);
      if (need === 'now') now++;
      if (need !== 'no') sooner++;
    }
    // Three standard deviations are 0.008.
    expect(Math.abs(now / draws - proofChance(oneInThree, config, { validator: 'once' }))).toBeLessThan(0.01);
    expect(Math.abs(sooner / draws - proofChance(oneInThree, config))).toBeLessThan(0.01);
  });
});

describe('The periods in which a proof can be missed', () => {
  const missable = (from: number, until: number, slot = aSlot()) =>
    periodsMissable(slot, { from, until }, config);

  it('are those that pass wholly', () => {
    expect(missable(start, period(1))).toBe(1);
    expect(missable(start, period(1) - 1)).toBe(0);
    expect(missable(start + 1, period(1))).toBe(0);
    expect(missable(start + 1, period(2))).toBe(1);
    expect(missable(start - 299, period(3) + 299)).toBe(3);
    expect(missable(start, start)).toBe(0);
  });

  it('begin after the one in which the slot was filled', () => {
    expect(missable(start, period(2), aSlot({ filledAt: start }))).toBe(1);
    expect(missable(start, period(2), aSlot({ filledAt: start - 1 }))).toBe(2);
  });

  it('end while their misses can still be marked: before the second in which the request ends', () => {
    expect(missable(start, period(9), aSlot({ requestEndsAt: period(2) }))).toBe(1);
    expect(missable(start, period(9), aSlot({ requestEndsAt: period(2) + 1 }))).toBe(2);
    expect(missable(start, period(9), aSlot({ requestEndsAt: start - 100 }))).toBe(0);
  });
});

describe('The slashing ladder', () => {
  it('takes parts of the full collateral, and at last all of it', () => {
    expect(slashingLadder(aSlot({ collateral: 1007n }), config)).toEqual([
      { missed: 0, collateralLeft: 1007n, isLost: false },
      { missed: 1, collateralLeft: 806n, isLost: false },
      { missed: 2, collateralLeft: 0n, isLost: true },
    ]);
  });

  it('rounds a slash down as the contract does', () => {
    // S6a of marketplace.md §17.
    expect(slashOf(104_857_600n, config)).toBe(20_971_520n);
    expect(slashOf(4n, config)).toBe(0n);
  });

  it('has one step where the first miss takes the slot', () => {
    expect(slashingLadder(aSlot(), { ...config, maxNumberOfSlashes: 1 })).toHaveLength(2);
    expect(slashingLadder(aSlot(), { ...config, maxNumberOfSlashes: 0 })).toHaveLength(2);
  });
});

describe('What is at risk now', () => {
  it('is what is left of the collateral, and what was earned since the fill', () => {
    expect(atRisk(aSlot({ currentCollateral: 800n }), start + 50)).toBe(800n + 350n);
    expect(totalAtRisk([aSlot(), aSlot()], start)).toBe(2600n);
    expect(totalAtRisk([], start)).toBe(0n);
  });

  it('is nothing once the request has ended, since the pay cannot be taken any more', () => {
    const slot = aSlot({ requestEndsAt: period(1) });
    expect(atRisk(slot, period(1))).toBe(1600n);
    expect(atRisk(slot, period(1) + 1)).toBe(0n);
  });
});

describe('Being offline', () => {
  it('costs nothing without slots, and nothing before a period has passed', () => {
    expect(offlineRisk([], config, off(1_000_000))).toEqual({
      seconds: 1_000_000,
      anySlash: 0,
      anyLoss: 0,
      expectedLoss: 0n,
      slots: [],
    });
    expect(offlineRisk([aSlot()], config, off(299))).toMatchObject({
      anySlash: 0,
      anyLoss: 0,
      expectedLoss: 0n,
    });
  });

  it('loses for sure where every period asks for a proof', () => {
    const [one] = offlineRisk([aSlot()], config, off(300)).slots;
    expect(one).toMatchObject({ periods: 1, expectedMisses: 1, slash: 1, loss: 0, expectedLoss: 200n });
    const [two] = offlineRisk([aSlot()], config, off(600)).slots;
    // All collateral, and the pay of 300 s before and 600 s of being off.
    expect(two).toMatchObject({ periods: 2, expectedMisses: 2, slash: 1, loss: 1, expectedLoss: 1900n });
    expect(offlineRisk([aSlot()], config, off(60_000))).toMatchObject({ anySlash: 1, anyLoss: 1 });
  });

  it('follows the binomial distribution where proofs are drawn', () => {
    const slot = aSlot({
      proofProbability: oneInThree,
      collateral: 27_000n,
      currentCollateral: 27_000n,
      pricePerSecond: 0n,
    });
    const risk = offlineRisk([slot], config, off(900));
    expect(risk.anySlash).toBeCloseTo(19 / 27, 12);
    expect(risk.anyLoss).toBeCloseTo(7 / 27, 12);
    // 12/27 · 5,400 for one miss, 7/27 · 27,000 for two or three.
    expect(Number(risk.expectedLoss)).toBeCloseTo(9400, -1);
    expect(risk.slots[0]?.expectedMisses).toBeCloseTo(1, 12);
  });

  it('is nearer to the loss after a miss, and costs what is left', () => {
    const slot = aSlot({ missed: 1, currentCollateral: 800n });
    expect(offlineRisk([slot], config, off(300))).toMatchObject({
      anySlash: 1,
      anyLoss: 1,
      expectedLoss: 1400n,
    });
    const beyond = { ...slot, missed: 7 };
    expect(offlineRisk([beyond], config, off(300)).anyLoss).toBe(1);
    expect(offlineRisk([beyond], config, off(299)).anyLoss).toBe(0);
  });

  it('puts the slots together', () => {
    const slot = aSlot({ proofProbability: oneInThree });
    const risk = offlineRisk([slot, slot], config, off(300));
    expect(risk.anySlash).toBeCloseTo(1 - (2 / 3) ** 2, 12);
    expect(risk.expectedLoss).toBe(2n * (risk.slots[0]?.expectedLoss ?? 0n));
  });

  it('misses a proof that is due now, unless the node is back in time', () => {
    const slot = aSlot({ proofProbability: 2n ** 256n - 1n, dueBy: period(1) });
    const from = start + 100;
    expect(offlineRisk([slot], config, off(199, from)).anySlash).toBe(0);
    expect(offlineRisk([slot], config, off(200, from))).toMatchObject({ anySlash: 1, expectedLoss: 200n });
    expect(offlineRisk([slot], config, { from, seconds: 199, proveSeconds: 1 }).anySlash).toBe(1);
    expect(offlineRisk([{ ...slot, missed: 1 }], config, off(200, from)).anyLoss).toBe(1);
    expect(offlineRisk([{ ...slot, requestEndsAt: period(1) }], config, off(200, from)).anySlash).toBe(0);
  });

  it('counts a proof that is due once, also when its period passes wholly', () => {
    const slot = aSlot({ dueBy: period(1) });
    expect(offlineRisk([slot], config, off(300)).slots[0]).toMatchObject({ periods: 1, loss: 0 });
    expect(offlineRisk([slot], config, off(600)).slots[0]).toMatchObject({ periods: 2, loss: 1 });
  });

  it('holds for a million periods', () => {
    const long = aSlot({ proofProbability: 10n ** 6n, requestEndsAt: period(2_000_000), pricePerSecond: 0n });
    const risk = offlineRisk([long], config, off(300 * 1_000_000));
    const mean = 1_000_000 / 875_000;
    expect(risk.slots[0]?.periods).toBe(1_000_000);
    expect(risk.anySlash).toBeCloseTo(1 - Math.exp(-mean), 6);
    expect(risk.anyLoss).toBeCloseTo(1 - Math.exp(-mean) * (1 + mean), 6);
  });

  it('agrees with a hundred thousand nights played through', () => {
    const random = repeatable(20_231_114);
    const slots = [
      aSlot({ proofProbability: 8n, pricePerSecond: 0n }),
      aSlot({ proofProbability: 20n, missed: 1, currentCollateral: 800n, pricePerSecond: 0n }),
      aSlot({ proofProbability: 40n, requestEndsAt: period(5) + 1, pricePerSecond: 0n }),
    ];
    const nights = 100_000;
    const seen = { slashed: 0, lost: 0, tokens: 0 };
    for (let night = 0; night < nights; night++) {
      const each = slots.map((slot) => playedThrough(slot, 12, random));
      if (each.some(({ misses }) => misses > 0)) seen.slashed++;
      if (each.some(({ isLost }) => isLost)) seen.lost++;
      seen.tokens += each.reduce((sum, { tokens }) => sum + tokens, 0);
    }
    const risk = offlineRisk(slots, config, off(3600));
    // Four standard deviations of a frequency are 0.0064 at most.
    expect(Math.abs(seen.slashed / nights - risk.anySlash)).toBeLessThan(0.0064);
    expect(Math.abs(seen.lost / nights - risk.anyLoss)).toBeLessThan(0.0064);
    expect(Math.abs(seen.tokens / nights / Number(risk.expectedLoss) - 1)).toBeLessThan(0.01);
  });
});

describe('The time for which it is safe to be off', () => {
  const safe = (
    slots: readonly SlotAtRisk[],
    risk: number,
    more: { now?: number; of?: 'slash' | 'loss'; proveSeconds?: number } = {},
  ) => safeOfflineSeconds(slots, config, { now: start, risk, ...more });

  it('is for ever without slots', () => {
    expect(safe([], 0)).toBe(Infinity);
  });

  it('ends just before the first period that could be missed is over, however late in a period one goes', () => {
    expect(safe([aSlot()], 0)).toBe(299);
    expect(safe([aSlot()], 0, { now: start + 1 })).toBe(598);
    expect(safe([aSlot()], 0, { now: start + 299 })).toBe(300);
    expect(safe([aSlot()], 0, { of: 'loss' })).toBe(599);
  });

  it('leaves time to prove', () => {
    expect(safe([aSlot()], 0, { proveSeconds: 20 })).toBe(279);
    expect(safe([aSlot({ dueBy: period(1) })], 0, { now: start + 290, proveSeconds: 20 })).toBe(0);
  });

  it('is for ever when the slots end before the risk is reached', () => {
    expect(safe([aSlot({ requestEndsAt: period(1) })], 0)).toBe(Infinity);
    expect(safe([aSlot({ requestEndsAt: period(1) + 1 })], 0)).toBe(299);
    expect(safe([aSlot()], 1)).toBe(Infinity);
    expect(safe([aSlot({ proofProbability: 2n ** 256n - 1n })], 0.000_001)).toBe(Infinity);
  });

  it('is the longest for which the chance stays below: a second more is too long', () => {
    const anySlots = fc.array(
      fc.record({
        probability: fc.bigInt(1n, 300n),
        missed: fc.integer({ min: 0, max: 1 }),
        ends: fc.integer({ min: -5, max: 400 }),
        filled: fc.integer({ min: -500, max: 0 }),
        due: fc.boolean(),
      }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(
        anySlots,
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.integer({ min: 0, max: 299 }),
        fc.constantFrom('slash' as const, 'loss' as const),
        fc.integer({ min: 0, max: 400 }),
        (list, risk, later, of, proveSeconds) => {
          const now = start + later;
          const slots = list.map(({ probability, missed, ends, filled, due }) =>
            aSlot({
              proofProbability: probability,
              missed,
              requestEndsAt: now + ends * 37,
              filledAt: now + filled,
              ...(due && { dueBy: period(1) }),
            }),
          );
          const chance = (seconds: number) => {
            const offline = offlineRisk(slots, config, { from: now, seconds, proveSeconds });
            return of === 'slash' ? offline.anySlash : offline.anyLoss;
          };
          const seconds = safeOfflineSeconds(slots, config, { now, risk, of, proveSeconds });
          if (seconds === Infinity) expect(chance(1_000_000)).toBeLessThanOrEqual(risk);
          else {
            if (seconds > 0) expect(chance(seconds)).toBeLessThanOrEqual(risk);
            expect(chance(seconds + 1)).toBeGreaterThan(risk);
          }
        },
      ),
    );
  });
});

/** So many periods off, drawn one by one with the contract's odds. */
function playedThrough(slot: SlotAtRisk, periods: number, random: () => number) {
  const odds = Math.floor((Number(slot.proofProbability) * 224) / 256);
  let misses = 0;
  let left = Number(slot.currentCollateral);
  let tokens = 0;
  for (let i = 0; i < periods && slot.missed + misses < config.maxNumberOfSlashes; i++) {
    if (period(i + 1) >= slot.requestEndsAt || Math.floor(random() * odds) !== 0) continue;
    misses++;
    const taken = slot.missed + misses >= config.maxNumberOfSlashes ? left : 200;
    left -= taken;
    tokens += taken;
  }
  return { misses, tokens, isLost: slot.missed + misses >= config.maxNumberOfSlashes };
}

/** Numbers from 0 to 1 that are the same in every run: powers of a primitive root modulo the prime 2^31 − 1. */
function repeatable(seed: number): () => number {
  const prime = 2 ** 31 - 1;
  let power = seed % prime;
  return () => (power = (power * 48_271) % prime) / prime;
}
