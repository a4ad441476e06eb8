import { randomInt } from 'node:crypto';
import { throwIfAborted } from '../lib/abort.ts';
import type { StoredSlot } from '../stores/storedslot.ts';
import { isWhole } from './slotreader.ts';

export interface VerificationOptions {
  /** Blocks taken at random, besides the first and the last. */
  readonly sampleBlocks?: number | undefined;
  readonly sampleAll?: boolean | undefined;
  readonly signal: AbortSignal;
}

/**
 * Strikes out of an open slot what its files are too short for, and which of the sampled blocks are harmed. Reads a few
 * blocks at a time.
 */
export async function verifyBlocks(
  slot: StoredSlot,
  { sampleBlocks = 64, sampleAll = false, signal }: VerificationOptions,
): Promise<void> {
  await slot.restoreSizes();
  const { steps } = slot.layout;
  const isAll = sampleAll || steps <= sampleBlocks + 2;
  const positions = isAll ? upTo(steps) : sample(steps, sampleBlocks);
  for (const few of inGroups(positions, GROUP_BLOCKS)) {
    throwIfAborted(signal);
    await slot.check(
      few.filter((position) => slot.has(position)),
      isWhole,
    );
  }
}

const GROUP_BLOCKS = 16;

function* sample(steps: number, count: number): Generator<number, void> {
  yield 0;
  for (let i = 0; i < count; i++) yield randomInt(steps);
  yield steps - 1;
}

function* upTo(end: number): Generator<number, void> {
  for (let position = 0; position < end; position++) yield position;
}

function* inGroups<T>(items: Iterable<T>, size: number): Generator<T[], void> {
  let group: T[] = [];
  for (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
