import type { StorageAsk } from '../../../src/main/engine/contracts/requests.ts';
import type { Terms } from '../../../src/main/engine/sales/offers.ts';
import type { Pace, Spell } from './faults.ts';
import { Random } from './random.ts';

/** What a schedule is made of; all of it follows from the seed. */
export interface Plan {
  readonly seed: number;
  readonly profile: Profile;
  readonly actions: readonly Action[];
}

export interface Profile {
  readonly pace: Pace;
  readonly quotaMax: bigint;
  readonly capacity: number;
  readonly workers: number;
  /** How likely a validator marks a miss. */
  readonly validators: number;
  /** How likely others miss a proof in a period. */
  readonly rivalsMiss: number;
  readonly proofSeed: number;
}

/** Something done to the node or to the world, so many seconds after the beginning. `which` picks one of what is there. */
export type Action = { readonly at: number } & Deed;

export type Deed =
  | { readonly kind: 'post'; readonly ask: StorageAsk; readonly expiry: bigint; readonly nonce: bigint }
  | { readonly kind: 'rivalFills'; readonly which: number; readonly all: boolean }
  | { readonly kind: 'rivalsReserve'; readonly which: number; readonly count: number }
  | { readonly kind: 'withdraw'; readonly which: number }
  | { readonly kind: 'createOffer'; readonly terms: Terms }
  | { readonly kind: 'patchOffer'; readonly which: number; readonly changes: Partial<Terms> }
  | { readonly kind: 'switchOffer'; readonly which: number; readonly enabled: boolean }
  | { readonly kind: 'deleteOffer'; readonly which: number }
  | { readonly kind: 'workers'; readonly count: number }
  | { readonly kind: 'spell'; readonly spell: Spell; readonly seconds: number }
  | { readonly kind: 'damage'; readonly which: number; readonly share: bigint }
  | { readonly kind: 'purse'; readonly tokens: bigint }
  | { readonly kind: 'kill'; readonly afterCalls: number; readonly downFor: number }
  | { readonly kind: 'stop'; readonly downFor: number }
  | { readonly kind: 'sleep'; readonly seconds: number };

/** How long things are done to the node; afterwards it is left in peace until all is over. Seconds. */
export const CHAOS = 2400;

export function planOf(seed: number): Plan {
  const random = new Random(seed);
  const profile: Profile = {
    pace: { onTheSpot: random.pick([0.5, 0.8, 0.9, 0.95, 1]), slowest: random.pick([0, 1, 3]) },
    quotaMax: BigInt(random.pick([8_000, 20_000, 60_000])),
    capacity: random.pick([1, 3, 8, 128]),
    workers: random.int(1, 4),
    validators: random.pick([0, 0.5, 1, 1]),
    rivalsMiss: random.pick([0, 0.1, 0.3]),
    proofSeed: random.int(0, 2 ** 31),
  };
  const count = random.pick([6, 12, 20, 35]);
  const chosen = Array.from({ length: count }, () => ({ at: random.int(0, CHAOS), ...deed(random) }));
  const first: Action[] = [
    { at: random.int(0, 20), kind: 'createOffer', terms: terms(random) },
    { at: random.int(0, 120), ...post(random) },
    { at: random.int(0, 400), ...post(random) },
  ];
  const actions = [...first, ...chosen].sort((a, b) => a.at - b.at);
  return { seed, profile: { ...profile, workers: Math.min(profile.workers, profile.capacity) }, actions };
}

const weights: Readonly<Record<Deed['kind'], number>> = {
  post: 7,
  rivalFills: 6,
  rivalsReserve: 2,
  withdraw: 1,
  createOffer: 2,
  patchOffer: 2,
  switchOffer: 1.5,
  deleteOffer: 1,
  workers: 1,
  spell: 8,
  damage: 1.5,
  purse: 1,
  kill: 4,
  stop: 1.5,
  sleep: 1,
};

const longest: Readonly<Record<Spell, number>> = {
  outage: 3600,
  flaky: 900,
  slow: 400,
  congested: 600,
  diskFull: 200,
  fullDiskForSlots: 300,
  noDownloads: 400,
  noProofs: 400,
};

function deed(random: Random): Deed {
  const which = random.int(0, 1000);
  const kind = random.weighted(weights);
  switch (kind) {
    case 'post':
      return post(random);
    case 'rivalFills':
      return { kind, which, all: random.chance(0.6) };
    case 'rivalsReserve':
      return { kind, which, count: random.int(1, 3) };
    case 'withdraw':
    case 'deleteOffer':
      return { kind, which };
    case 'createOffer':
      return { kind, terms: terms(random) };
    case 'patchOffer':
      return { kind, which, changes: changes(random) };
    case 'switchOffer':
      return { kind, which, enabled: random.chance(0.7) };
    case 'workers':
      return { kind, count: random.int(1, 5) };
    case 'spell': {
      const spell = random.pick(Object.keys(longest) as Spell[]);
      const seconds = random.chance(0.7) ? random.int(10, 150) : random.int(100, longest[spell]);
      return { kind, spell, seconds };
    }
    case 'damage':
      return { kind, which, share: BigInt(random.int(1, 4)) };
    case 'purse':
      return { kind, tokens: BigInt(random.pick([0, 5_000, 50_000, 10 ** 12])) };
    case 'kill':
      return { kind, afterCalls: random.int(0, 40), downFor: random.pick([0, 2, 30, 200, 600]) };
    case 'stop':
      return { kind, downFor: random.pick([0, 2, 60, 400]) };
    case 'sleep':
      return { kind, seconds: random.pick([60, 300, 1500]) };
  }
}

function post(random: Random): Extract<Deed, { kind: 'post' }> {
  const slots = random.int(1, 4);
  const duration = random.int(400, 1500);
  const ask: StorageAsk = {
    proofProbability: 1n,
    pricePerBytePerSecond: BigInt(random.int(1, 8)),
    collateralPerByte: BigInt(random.int(1, 12)),
    slots: BigInt(slots),
    slotSize: BigInt(random.pick([64, 256, 1000, 4096, 9000])),
    duration: BigInt(duration),
    maxSlotLoss: BigInt(random.int(0, slots)),
  };
  const hostile: Partial<StorageAsk>[] = [
    { slots: 65_536n, maxSlotLoss: 1n },
    { slotSize: 2n ** 64n - 1n },
    { collateralPerByte: 2n ** 200n },
    { pricePerBytePerSecond: 2n ** 120n, slots: 40n },
  ];
  return {
    kind: 'post',
    ask: random.chance(0.06) ? { ...ask, ...random.pick(hostile) } : ask,
    expiry: BigInt(random.int(150, Math.min(700, duration - 1))),
    nonce: BigInt(random.int(1, 2 ** 31)),
  };
}

function terms(random: Random): Terms {
  const totalSize = BigInt(random.int(1000, 18_000));
  return {
    name: 'Spare disk',
    totalSize,
    duration: BigInt(random.pick([600, 1500, 5000])),
    minPricePerBytePerSecond: BigInt(random.int(1, 5)),
    totalCollateral: totalSize * BigInt(random.int(2, 20)),
    enabled: random.chance(0.9),
    until: random.chance(0.85) ? 0 : 1_700_000_000 + random.int(500, 4000),
  };
}

function changes(random: Random): Partial<Terms> {
  const { totalSize, duration, minPricePerBytePerSecond, totalCollateral, until } = terms(random);
  const all = { totalSize, duration, minPricePerBytePerSecond, totalCollateral, until };
  return Object.fromEntries(Object.entries(all).filter(() => random.chance(0.4)));
}
