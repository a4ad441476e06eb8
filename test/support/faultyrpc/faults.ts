import { drawOf } from '../simulation/random.ts';

/** What may happen to a question, at most one of them to each. */
export const faultNames = [
  /** The connection breaks before the chain hears of it. */
  'dropQuestion',
  /** The connection breaks after the chain heard of it. */
  'dropAnswer',
  /** It is never answered, and the connection stays. */
  'silence',
  /** Refused as one too many, without a word on when to come again. */
  'tooOften',
  /** Refused as one too many, with `Retry-After`. */
  'tooOftenForNow',
  /** Refused by a server that cannot do it now. */
  'internalError',
  /** Answered out of the world as it was some blocks ago. */
  'lag',
  /** The newest block is said to be far ahead of the true one. */
  'lyingHead',
  'duplicateLogs',
  'reorderLogs',
  /** The list of logs ends early, and nothing says so. */
  'truncateLogs',
  /** The connection breaks in the middle of the answer. */
  'cut',
  'malformed',
  'wrongId',
  /** Far more than anyone may have to read. */
  'huge',
] as const;
export type FaultName = (typeof faultNames)[number];

/** From 0 to 1 for each; what is not named does not happen. */
export type FaultRates = Partial<Readonly<Record<FaultName, number>>>;

export interface FaultPlan {
  readonly seed: number;
  readonly rates?: FaultRates;
  /** Instead of `rates`, for single methods. */
  readonly ratesByMethod?: Readonly<Record<string, FaultRates>>;
  /** How often an answer is late, and by how many milliseconds at most. */
  readonly delays?: { readonly rate: number; readonly longestMs: number };
  /** How many blocks ago a lagging answer is from, at most. */
  readonly lagBlocks?: number;
  readonly hugeBytes?: number;
}

export interface Fate {
  readonly fault: FaultName | undefined;
  readonly delayMs: number;
  /** A number below 1 for whatever else has to be drawn for this question, by what it is for. */
  readonly draw: (what: string) => number;
}

/** Deals out fates that follow from seed, method and how-manieth question of that method it is. */
export class Dice {
  readonly #plan: FaultPlan;
  readonly #asked = new Map<string, number>();

  constructor(plan: FaultPlan) {
    this.#plan = plan;
  }

  roll(method: string): Fate {
    const { seed, rates = {}, ratesByMethod = {}, delays } = this.#plan;
    const count = this.#asked.get(method) ?? 0;
    this.#asked.set(method, count + 1);
    const draw = (what: string) => drawOf(seed, method, count, what);
    const isLate = delays !== undefined && draw('late') < delays.rate;
    return {
      fault: faultAt(draw('fault'), ratesByMethod[method] ?? rates, method),
      delayMs: isLate ? Math.round(draw('delay') * delays.longestMs) : 0,
      draw,
    };
  }
}

function faultAt(drawn: number, rates: FaultRates, method: string): FaultName | undefined {
  let left = drawn;
  for (const name of faultNames) {
    left -= rates[name] ?? 0;
    if (left < 0) return concerns(name, method) ? name : undefined;
  }
  return undefined;
}

function concerns(fault: FaultName, method: string): boolean {
  if (fault === 'lyingHead') return method === 'eth_blockNumber' || method === 'eth_getBlockByNumber';
  return !fault.endsWith('Logs') || method === 'eth_getLogs';
}
