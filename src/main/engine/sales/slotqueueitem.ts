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
 * Every slot of a request, in random order; of a request with more than `limit` slots a random choice of that many.
 * @throws SlotQueueError SLOTS_OUT_OF_RANGE when it has no slot or more than 65,535
 */
export function shuffledItems(requested: RequestedSlots, { limit = MAX_SLOTS } = {}): SlotQueueItem[] {
  const { slots } = requested.ask;
  if (slots < 1n || slots > BigInt(MAX_SLOTS))
    throw new SlotQueueError('SLOTS_OUT_OF_RANGE', { slots, max: MAX_SLOTS });
  const indices = Array.from({ length: Number(slots) }, (_, index) => index);
  return shuffled(indices, limit).map((slotIndex, draw) => slotQueueItem(requested, slotIndex, draw));
}

/** A strict total order, best first: profit high, collateral low, expiry late, size small, the draw, the id. */
export function compareItems(a: SlotQueueItem, b: SlotQueueItem): number {
  return (
    descending(a.profit, b.profit) ||
    descending(b.collateral, a.collateral) ||
    descending(a.expiresAt, b.expiresAt) ||
    descending(b.slotSize, a.slotSize) ||
    descending(b.draw, a.draw) ||
    descending(b.slotId, a.slotId)
  );
}

function descending<T extends bigint | number | string>(a: T, b: T): number {
  return a > b ? -1 : a < b ? 1 : 0;
}

/** The first `count` of a Fisher–Yates shuffle with a random source nobody can guess. */
function shuffled(indices: number[], count: number): number[] {
  const drawn = Math.min(count, indices.length);
  for (let i = 0; i < drawn; i++) {
    const j = randomInt(i, indices.length);
    [indices[i], indices[j]] = [indices[j] as number, indices[i] as number];
  }
  return indices.slice(0, drawn);
}
