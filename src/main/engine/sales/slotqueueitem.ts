import { randomInt } from 'node:crypto';
import { slotIdOf, type RequestId, type SlotId } from '../contracts/ids.ts';
import { pricePerSlot, type StorageAsk } from '../contracts/requests.ts';
import { SlotQueueError } from './errors.ts';

/** A slot the node might fill, with what decides how much it wants it. Its identity is the slot id. */
export interface SlotQueueItem {
  readonly slotId: SlotId;
  readonly requestId: RequestId;
  readonly slotIndex: number;
  /** Bytes. */
  readonly slotSize: bigint;
  /** Seconds. */
  readonly duration: bigint;
  readonly pricePerBytePerSecond: bigint;
  /** Tokens for the slot over its whole duration. */
  readonly profit: bigint;
  /** Tokens to put in. */
  readonly collateral: bigint;
  /** Unix second after which it can no longer be filled. */
  readonly expiresAt: number;
  /** Its place in the shuffle of its request: providers shall not all go for the same slot. */
  readonly draw: number;
}

export interface RequestedSlots {
  readonly requestId: RequestId;
  readonly ask: StorageAsk;
  /** Tokens per slot. */
  readonly collateral: bigint;
  /** Unix second. */
  readonly expiresAt: number;
}

/** The most slots a request may have: the index is a 16-bit number in the queue's order. */
export const MAX_SLOTS = 65_535;

export function slotQueueItem(requested: RequestedSlots, slotIndex: number, draw = 0): SlotQueueItem {
  const { requestId, ask, collateral, expiresAt } = requested;
  return {
    slotId: slotIdOf(requestId, slotIndex),
    requestId,
    slotIndex,
    slotSize: ask.slotSize,
    duration: ask.duration,
    pricePerBytePerSecond: ask.pricePerBytePerSecond,
    profit: pricePerSlot(ask),
    collateral,
    expiresAt,
    draw,
  };
}

/**
 * Every slot of a request but those named, in random order; of very many a random choice of `limit`.
 * @throws SlotQueueError SLOTS_OUT_OF_RANGE when it has no slot or more than 65,535
 */
export function shuffledItems(
  requested: RequestedSlots,
  { limit = MAX_SLOTS, without }: { limit?: number; without?: ReadonlySet<number> } = {},
): SlotQueueItem[] {
  const { slots } = requested.ask;
  if (slots < 1n || slots > BigInt(MAX_SLOTS))
    throw new SlotQueueError('SLOTS_OUT_OF_RANGE', { slots, max: MAX_SLOTS });
  const all = Array.from({ length: Number(slots) }, (_, index) => index);
  const indices = without?.size ? all.filter((index) => !without.has(index)) : all;
  return shuffled(indices, limit).map((slotIndex, draw) => slotQueueItem(requested, slotIndex, draw));
}

/** `expired`: it can no longer be filled. `tooSlow`: it could not be fetched before, at the speed measured. */
export type Hopelessness = 'expired' | 'tooSlow';

/** Why nothing can come of an item any more; undefined when something can. */
export function hopelessness(
  { expiresAt, slotSize }: SlotQueueItem,
  now: number,
  speed?: { secondsFor(bytes: bigint): number | undefined },
): Hopelessness | undefined {
  if (expiresAt < now) return 'expired';
  const seconds = speed?.secondsFor(slotSize);
  return seconds !== undefined && now + seconds > expiresAt ? 'tooSlow' : undefined;
}

/** A strict total order, best first: profit high, collateral low, expiry late, size small, the draw, the id. */
export function compareItems(a: SlotQueueItem, b: SlotQueueItem): number {
  return (
    byAmount(b.profit, a.profit) ||
    byAmount(a.collateral, b.collateral) ||
    b.expiresAt - a.expiresAt ||
    byAmount(a.slotSize, b.slotSize) ||
    a.draw - b.draw ||
    byText(a.slotId, b.slotId)
  );
}

const byAmount = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The first `count` of a Fisher–Yates shuffle with a random source nobody can guess. */
function shuffled(indices: number[], count: number): number[] {
  const drawn = Math.min(count, indices.length);
  for (let i = 0; i < drawn; i++) {
    const j = randomInt(i, indices.length);
    [indices[i], indices[j]] = [indices[j] as number, indices[i] as number];
  }
  return indices.slice(0, drawn);
}
