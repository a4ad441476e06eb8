import { throwIfAborted } from '../lib/abort.ts';
import { retry, type RetryOptions } from '../lib/retry.ts';
import type { Logger } from '../logger.ts';
import { firstBlockAt } from './block-search.ts';
import { MarketError } from './errors.ts';
import type { EventDecoder } from './events.ts';
import { LogPager, type LogPage } from './log-pager.ts';
import { blockAt, type ChainLog, type ChainReader, type Head } from './log-reader.ts';
import type { ChainEvent, PastProgress } from './market.ts';

export interface PastEventsModules {
  /** Reads the logs of the events that are asked for. */
  chain: ChainReader;
  events: EventDecoder;
  /** There is nothing of the marketplace before this block. */
  deployedAtBlock: number;
  logger: Logger;
}

/** Times are Unix seconds; both ends are included, and the last one may be left out. */
export type PastRange =
  | { readonly from: number; readonly to?: number | undefined }
  | { readonly fromBlock: number; readonly toBlock?: number | undefined };

export interface PastEventsOptions {
  /** After each page. */
  onProgress?: ((progress: PastProgress) => void) | undefined;
  /** Attempts at a page before it is given up, and the waits between them. */
  retries?: Pick<RetryOptions, 'attempts' | 'minDelayMs' | 'maxDelayMs' | 'sleep'> | undefined;
  signal: AbortSignal;
}

/**
 * The events of the past, oldest first, read page by page while they are taken, up to the head of the moment of the call.
 * None is told twice. The youngest blocks, which may be replaced meanwhile, are read as one: all that is told of them is
 * of one chain; what replaces them later is for those to tell who follow the chain. One whose values are hostile is left
 * out and logged. @throws MarketError when a page failed as often as it is tried
 */
export async function* pastEvents(
  modules: PastEventsModules,
  range: PastRange,
  options: PastEventsOptions,
): AsyncGenerator<ChainEvent> {
  const { events, logger } = modules;
  const span = await withRetries(modules, options, (server) =>
    spanOf(server, range, modules, options.signal),
  );
  if (!span) return;
  const { first, last, settled } = span;
  const progress = { done: 0, total: last - first + 1, found: 0 };
  const reader = new PageReader(modules, options);
  for await (const { to, logs } of reader.pages({ first, last, settled })) {
    for (const log of logs) {
      throwIfAborted(options.signal);
      const event = events.tryDecode(log, logger);
      if (!event) continue;
      progress.found++;
      yield event;
    }
    progress.done = to - first + 1;
    options.onProgress?.({ ...progress });
  }
}

interface Span {
  readonly first: number;
  readonly last: number;
  /** What lies at or before it will not be replaced. */
  readonly settled: number;
}

class PageReader {
  readonly #modules: PastEventsModules;
  readonly #options: PastEventsOptions;
  readonly #pager = new LogPager();

  constructor(modules: PastEventsModules, options: PastEventsOptions) {
    this.#modules = modules;
    this.#options = options;
  }

  async *pages({ first, last, settled }: Span): AsyncGenerator<{ to: number; logs: readonly ChainLog[] }> {
    for (let from = first; from <= Math.min(last, settled);) {
      const to = Math.min(last, settled);
      const page = await this.#next({ from, to });
      yield { to: page.last.number, logs: page.logs };
      from = page.last.number + 1;
    }
    const from = Math.max(first, settled + 1);
    if (from > last) return;
    const logs = await withRetries(this.#modules, this.#options, (server, isTolerant) =>
      this.#young(server, { from, to: last }, isTolerant),
    );
    yield { to: last, logs };
  }

  /** The first page of a range. */
  async #next(range: { from: number; to: number }): Promise<LogPage> {
    return withRetries(this.#modules, this.#options, async (server, isTolerant) => {
      const { signal } = this.#options;
      for await (const page of this.#pager.pages(server, range, { isTolerant, signal })) return page;
      throw new RangeError('A range without blocks');
    });
  }

  /** The logs of blocks that may be replaced, all of one chain. */
  async #young(
    server: ChainReader,
    range: { from: number; to: number },
    isTolerant: boolean,
  ): Promise<ChainLog[]> {
    const { signal } = this.#options;
    const before = await blockAt(server, range.to, signal);
    const logs: ChainLog[] = [];
    for await (const page of this.#pager.pages(server, range, { head: before, isTolerant, signal })) {
      logs.push(...page.logs);
    }
    const after = await blockAt(server, range.to, signal);
    if (after.hash === before.hash) return logs;
    const message = 'Blocks were replaced while they were read';
    throw new MarketError('CHAIN_UNREACHABLE', { range }, { message });
  }
}

/** Undefined when there is nothing in the range. */
async function spanOf(
  server: ChainReader,
  range: PastRange,
  { deployedAtBlock }: PastEventsModules,
  signal: AbortSignal,
): Promise<Span | undefined> {
  const head = await blockAt(server, 'latest', signal);
  const ends =
    'from' in range
      ? await blocksOf(server, range, { oldest: deployedAtBlock, head }, signal)
      : { first: range.fromBlock, last: range.toBlock ?? head.number };
  const first = Math.max(ends.first, deployedAtBlock);
  const last = Math.min(ends.last, head.number);
  return first <= last ? { first, last, settled: head.number - YOUNG_BLOCKS } : undefined;
}

async function blocksOf(
  server: ChainReader,
  { from, to = Infinity }: { from: number; to?: number | undefined },
  { oldest, head }: { oldest: number; head: Head },
  signal: AbortSignal,
): Promise<{ first: number; last: number }> {
  if (head.timestamp < from || head.number < oldest) return { first: 1, last: 0 };
  const first = await firstBlockAt(from, { oldest, head }, server, signal);
  if (to >= head.timestamp) return { first, last: head.number };
  return { first, last: (await firstBlockAt(to + 1, { oldest: first, head }, server, signal)) - 1 };
}

/** Each attempt asks the server that is best then. The last one takes of a list what can be read of it. */
async function withRetries<T>(
  { chain, logger }: PastEventsModules,
  { retries, signal }: PastEventsOptions,
  work: (server: ChainReader, isTolerant: boolean) => Promise<T>,
): Promise<T> {
  const attempts = retries?.attempts ?? 5;
  const onError = (error: unknown, attempt: number) => {
    logger.debug('Past events could not be read; trying again', { attempt, error });
  };
  return retry((attempt) => work(chain.pinned(), attempt > 1 && attempt === attempts), {
    ...retries,
    attempts,
    onError,
    signal,
  });
}

/** So many blocks at the head may still be replaced. */
const YOUNG_BLOCKS = 64;
