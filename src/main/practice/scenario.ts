import { z } from 'zod';
import { Chance } from './chance.ts';

export const scenarioNames = ['demo', 'tour', 'none'] as const;
export type ScenarioName = (typeof scenarioNames)[number];

/** What a practice client asks for. Sizes in bytes, times in seconds, amounts in the smallest token unit. */
export const requestPlanSchema = z.strictObject({
  slots: z.int().min(1).max(32),
  /** Slots that may be lost; they hold the parity. */
  tolerance: z.int().min(0),
  /** A power of two of 64 KiB blocks. */
  slotBytes: z.int().min(65_536).max(67_108_864),
  durationSeconds: z.int().positive(),
  expirySeconds: z.int().positive(),
  pricePerBytePerSecond: z.bigint().positive(),
  collateralPerByte: z.bigint().positive(),
  /** On average one proof in that many periods. */
  proofProbability: z.int().positive(),
});
export type RequestPlan = z.output<typeof requestPlanSchema>;

export const requestWishesSchema = requestPlanSchema.partial();
export type RequestWishes = z.output<typeof requestWishesSchema>;

/** Who asks for what, and when: the n-th request is the same for the same seed. */
export class Scenario {
  readonly #chance: Chance;
  readonly #pace: Pace;

  constructor({ name, seed }: { name: ScenarioName; seed: number }) {
    this.#chance = new Chance(seed);
    this.#pace = paces[name];
  }

  /** Requests that may be open at the same time. */
  get maxOpen(): number {
    return this.#pace.maxOpen;
  }

  /** Seconds of chain time after the request before this one. The first one comes at once. */
  secondsBefore(ordinal: number): number {
    const [least, most] = this.#pace.secondsBetween;
    return ordinal === 0 ? 0 : this.#chance.between(least, most, 'wait', ordinal);
  }

  plan(ordinal: number): RequestPlan {
    const ordinary = this.#ordinary(ordinal);
    if (ordinal === 0) return { ...ordinary, ...this.#pace.first };
    const oddity = oddities[Math.floor(ordinal / ODD_EVERY) % oddities.length];
    return ordinal % ODD_EVERY === ODD_AT && oddity ? { ...ordinary, ...oddity } : ordinary;
  }

  #ordinary(ordinal: number): RequestPlan {
    const chance = this.#chance;
    return {
      slots: 4,
      tolerance: 1,
      slotBytes: chance.oneOf([MEBIBYTE, 2 * MEBIBYTE, 4 * MEBIBYTE], 'size', ordinal),
      durationSeconds: 60 * chance.between(...this.#pace.minutes, 'duration', ordinal),
      expirySeconds: 540,
      pricePerBytePerSecond: 25_000_000n * BigInt(chance.between(10, 40, 'price', ordinal)),
      collateralPerByte: 100_000_000_000n * BigInt(chance.between(4, 16, 'collateral', ordinal)),
      proofProbability: chance.between(1, this.#pace.rarestProof, 'proofs', ordinal),
    };
  }
}

/** A request as wished, and ordinary where nothing is. @throws ZodError when it cannot be */
export function planFor(wishes: RequestWishes): RequestPlan {
  const wished = Object.entries(wishes).filter(([, value]) => value !== undefined);
  return requestPlanSchema.parse({ ...ordinaryPlan, ...Object.fromEntries(wished) });
}

const ordinaryPlan: RequestPlan = {
  slots: 4,
  tolerance: 1,
  slotBytes: 1_048_576,
  durationSeconds: 900,
  expirySeconds: 540,
  pricePerBytePerSecond: 500_000_000n,
  collateralPerByte: 1_000_000_000_000n,
  proofProbability: 1,
};

const MEBIBYTE = 1_048_576;

interface Pace {
  readonly maxOpen: number;
  readonly secondsBetween: readonly [least: number, most: number];
  readonly minutes: readonly [least: number, most: number];
  readonly rarestProof: number;
  /** What sets the first request apart. */
  readonly first?: Partial<RequestPlan>;
}

const paces: Record<ScenarioName, Pace> = {
  demo: {
    maxOpen: 3,
    secondsBetween: [45, 90],
    minutes: [12, 20],
    rarestProof: 1,
    // Three times as many equal slots as there are workers: what several at once are worth can be seen. They pay better
    // than all that comes after them, which so does not come between.
    first: {
      slots: 9,
      tolerance: 3,
      slotBytes: MEBIBYTE,
      durationSeconds: 900,
      pricePerBytePerSecond: 6_000_000_000n,
    },
  },
  // All is to be seen within three minutes of any offer, at the usual ten times, with a minute to look around: at worst
  // nothing fits for twenty seconds, then a slot runs to its end. The first request shows a proof in its next period.
  tour: {
    maxOpen: 3,
    secondsBetween: [150, 300],
    minutes: [10, 14],
    rarestProof: 3,
    first: { proofProbability: 1 },
  },
  none: { maxOpen: 0, secondsBetween: [0, 0], minutes: [12, 20], rarestProof: 1 },
};

/** Now and then a request that a typical offer refuses: the second of every five. */
const ODD_EVERY = 5;
const ODD_AT = 1;

const oddities: readonly Partial<RequestPlan>[] = [
  { pricePerBytePerSecond: 20_000_000n, expirySeconds: 240 },
  { durationSeconds: 3 * 86_400, expirySeconds: 240 },
];
