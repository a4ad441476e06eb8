import type { ChainMemory } from './chain-memory.ts';
import { blockAt, type ChainReader, type Head } from './log-reader.ts';

/** How a server's chain continues what is remembered. */
export type Continuity =
  | { readonly kind: 'continues' }
  /** It is shorter, and may be the same. */
  | { readonly kind: 'lags' }
  /** Blocks were replaced. `base` is the youngest block before the window that is still there, if any is. */
  | { readonly kind: 'replaced'; readonly base: Head | undefined };

/** Compares hashes. `target` is a block of the server's, the one up to which its logs are to be told. */
export async function continuityOf(
  server: ChainReader,
  { memory, target }: { memory: ChainMemory; target: Head },
  { isShorterAccepted, signal }: { isShorterAccepted: boolean; signal: AbortSignal },
): Promise<Continuity> {
  const { cursor } = memory;
  if (target.number >= cursor.number) {
    if (await isThere(server, cursor, target, signal)) return { kind: 'continues' };
  } else if (!isShorterAccepted) {
    const known = memory.youngestKnown(target.number);
    if (!known || (await isThere(server, known, target, signal))) return { kind: 'lags' };
  }
  for (const point of memory.pointsBeforeWindow) {
    if (point.number > target.number) continue;
    if (await isThere(server, point, target, signal)) return { kind: 'replaced', base: point };
  }
  return { kind: 'replaced', base: undefined };
}

/** Whether the block is one of the server's chain, which reaches to `head` at least. */
export async function isThere(
  server: ChainReader,
  { number, hash }: { readonly number: number; readonly hash: string },
  head: Head,
  signal: AbortSignal,
): Promise<boolean> {
  if (number > head.number) return false;
  const block = number === head.number ? head : await blockAt(server, number, signal);
  return block.hash === hash;
}
