import type { Head } from '../log-reader.ts';

export interface Lag {
  readonly blocks: number;
  readonly isTooMuch: boolean;
}

/** The heads of servers that were asked at the same time. */
export type Heads<Server> = ReadonlyMap<Server, Head>;

/**
 * The server whose head is so far ahead of all others that either it made it up or all others lag; and the one that comes
 * after it. `isOutvoted` says that several others agree against it.
 */
export function suspectAmong<Server>(
  heads: Heads<Server>,
): { suspect: Server; next: Head; isOutvoted: boolean } | undefined {
  const [first, second, third] = [...heads].toSorted(([, a], [, b]) => b.number - a.number);
  if (!first || !second || first[1].number - second[1].number <= SUSPICIOUS_BLOCKS) return undefined;
  const isOutvoted = third !== undefined && second[1].number - third[1].number <= SUSPICIOUS_BLOCKS;
  return { suspect: first[0], next: second[1], isOutvoted };
}

/**
 * How far each is behind the best. Blocks come at very different pace from chain to chain, so a lag counts when it is of
 * more than a few blocks and of more than a few seconds.
 */
export function lagsOf<Server>(heads: Heads<Server>): Map<Server, Lag> {
  const best = [...heads.values()].reduce((a, b) => (b.number > a.number ? b : a), NOWHERE);
  return new Map(
    [...heads].map(([server, head]) => {
      const blocks = best.number - head.number;
      const seconds = best.timestamp - head.timestamp;
      return [server, { blocks, isTooMuch: blocks > LAG_BLOCKS && seconds > LAG_SECONDS }];
    }),
  );
}

const NOWHERE: Head = { number: -1, hash: '0x', timestamp: 0 };
const LAG_BLOCKS = 5;
const LAG_SECONDS = 15;
const SUSPICIOUS_BLOCKS = 100;
