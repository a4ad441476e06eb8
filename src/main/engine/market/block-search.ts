import { blockAt, type ChainReader, type Head } from './log-reader.ts';

/**
 * The first block from `oldest` to `head` with that time or a later one: several blocks may share a second. The head has
 * such a time. Guesses by the times it has seen, and halves what is left after each guess, whatever they are worth.
 */
export async function firstBlockAt(
  time: number,
  { oldest, head }: { oldest: number; head: Head },
  chain: ChainReader,
  signal: AbortSignal,
): Promise<number> {
  let before: { number: number; timestamp?: number } = { number: oldest - 1 };
  let found = head;
  for (let isGuess = false; found.number - before.number > 1; isGuess = !isGuess) {
    const middle = Math.floor((before.number + found.number) / 2);
    const number = isGuess ? guess(time, before, found) : middle;
    const block = await blockAt(chain, number, signal);
    if (block.timestamp >= time) found = block;
    else before = block;
  }
  return found.number;
}

/** Where the time would be if blocks came evenly; strictly between the two. */
function guess(time: number, before: { number: number; timestamp?: number }, found: Head): number {
  const from = before.timestamp ?? time;
  const part = found.timestamp > from ? (time - from) / (found.timestamp - from) : 0.5;
  const number = before.number + Math.round(part * (found.number - before.number));
  return Math.min(found.number - 1, Math.max(before.number + 1, number));
}
