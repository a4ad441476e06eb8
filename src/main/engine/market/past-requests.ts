import { throwIfAborted } from '../lib/abort.ts';
import type { Logger } from '../logger.ts';
import type { EventDecoder } from './events.ts';
import { blockAt, LogPager, type ChainReader, type Head } from './log-reader.ts';
import type { StorageRequested } from './market.ts';

export interface PastRequestsModules {
  /** Reads the logs of StorageRequested. */
  chain: ChainReader;
  events: EventDecoder;
  /** There is nothing of the marketplace before this block. */
  deployedAtBlock: number;
  logger: Logger;
}

/**
 * The requests posted between two times (Unix seconds, both included), oldest first, read page by page while they are
 * taken. One whose values are hostile is left out and logged.
 */
export async function* pastStorageRequests(
  { chain, events, deployedAtBlock, logger }: PastRequestsModules,
  { from, to = Infinity }: { from: number; to?: number },
  { signal }: { signal: AbortSignal },
): AsyncGenerator<StorageRequested> {
  const head = await blockAt(chain, 'latest', signal);
  if (head.timestamp < from || head.number < deployedAtBlock) return;
  const first = await firstBlockAt(from, deployedAtBlock, head, chain, signal);
  const last =
    to >= head.timestamp ? head.number : (await firstBlockAt(to + 1, first, head, chain, signal)) - 1;
  for await (const { logs } of new LogPager(chain).pages({ from: first, to: last }, { signal })) {
    for (const log of logs) {
      throwIfAborted(signal);
      const event = events.tryDecode(log, logger);
      if (event?.name === 'StorageRequested') yield event;
    }
  }
}

/** The first block with that time or a later one: several blocks may share a second. The head has such a time. */
async function firstBlockAt(
  time: number,
  oldest: number,
  head: Head,
  chain: ChainReader,
  signal: AbortSignal,
): Promise<number> {
  let low = oldest;
  let high = head.number;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const { timestamp } = await blockAt(chain, middle, signal);
    if (timestamp >= time) high = middle;
    else low = middle + 1;
  }
  return low;
}
