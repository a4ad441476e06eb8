import { throwIfAborted } from '../lib/abort.ts';
import {
  blockAt,
  type BlockRange,
  type ChainLog,
  type ChainReader,
  type Head,
  type LogOptions,
} from './log-reader.ts';
import { offeredSpan, refusalOf } from './refusals.ts';

export interface LogPagerOptions {
  /** Blocks of a page at most. */
  maxSpan?: number;
  /** Logs of a page, about: what is kept in memory at a time. */
  maxLogs?: number;
}

export interface LogPage {
  readonly from: number;
  /** The last block it covers, as the server knew it before it listed the logs. */
  readonly last: Head;
  /** In chain order, each once. */
  readonly logs: readonly ChainLog[];
  /** How many entries of the server's list are no logs. */
  readonly unreadable: number;
  /** Whether the list of a single block ends where servers cut lists. */
  readonly mayBeCut: boolean;
}

export interface PageOptions extends LogOptions {
  /** A block that the server is known to have. */
  readonly head?: Head | undefined;
}

/**
 * Reads ranges of blocks in pages whose size a server accepts: halved when it refuses or falls silent, down to one block,
 * grown by half after each success, and remembered for each server. A list whose length is one that servers cut lists at
 * counts as refused. No page ends behind what the server knows.
 */
export class LogPager {
  readonly #maxSpan: number;
  readonly #maxLogs: number;
  readonly #limitsByServer = new Map<string, Limits>();

  constructor({ maxSpan = 10_000, maxLogs = 5_000 }: LogPagerOptions = {}) {
    this.#maxSpan = maxSpan;
    this.#maxLogs = maxLogs;
  }

  /** Pages in order. @throws MarketError what the server threw for a single block; CHAIN_UNREACHABLE when it lacks blocks of the range */
  async *pages(
    server: ChainReader,
    { from: first, to: last }: BlockRange,
    options: PageOptions,
  ): AsyncGenerator<LogPage> {
    const limits = this.#limitsOf(server);
    for (let from = first; from <= last;) {
      throwIfAborted(options.signal);
      const to = Math.min(last, from + limits.span - 1);
      const page = await this.#ask(server, { from, to }, options);
      if (!page) continue;
      yield page;
      from = to + 1;
    }
  }

  /** Undefined when it was too much and is to be asked again, smaller. */
  async #ask(
    server: ChainReader,
    { from, to }: BlockRange,
    { head, isTolerant, signal }: PageOptions,
  ): Promise<LogPage | undefined> {
    const last = head?.number === to ? head : await blockAt(server, to, signal);
    const limits = this.#limitsOf(server);
    const span = to - from + 1;
    try {
      const { logs, sent, unreadable } = await server.logs({ from, to }, { isTolerant, signal });
      const mayBeCut = isWhereListsAreCut(sent);
      if (mayBeCut && span > 1) {
        this.#shrink(limits, span);
        return undefined;
      }
      this.#grow(limits, span, sent);
      return { from, last, logs: inOrder(logs), unreadable, mayBeCut };
    } catch (error) {
      throwIfAborted(signal);
      const refusal = refusalOf(error);
      if (refusal === 'tooOften' || refusal === 'notYet') throw error;
      // A server may also fall silent over a range that is too much for it: the next attempt is smaller as well.
      if (refusal === undefined) {
        limits.span = halfOf(span);
        throw error;
      }
      this.#shrink(limits, span, offeredSpan(error, from));
      if (span === 1) throw error;
      return undefined;
    }
  }

  /** To half, but not below what was granted before; what is refused for one block is not refused for its size. */
  #shrink(limits: Limits, span: number, offered?: number): void {
    if (limits.granted >= span) limits.granted = 0;
    limits.ceiling = span > 1 ? Math.min(limits.ceiling, span - 1) : this.#maxSpan;
    limits.span = Math.min(limits.ceiling, offered ?? Math.max(halfOf(span), limits.granted));
    limits.pagesLeft = PAGES_UNTIL_RETRY;
  }

  /** By half, but no more than half way to what was refused. That is tried again later: it may have hung on the logs. */
  #grow(limits: Limits, span: number, sent: number): void {
    const isMoreThanRefused = span > limits.ceiling;
    limits.granted = span;
    limits.ceiling = Math.max(limits.ceiling, span);
    limits.pagesLeft = isMoreThanRefused ? 0 : limits.pagesLeft - 1;
    const more = Math.floor(span * 1.5 + 1);
    if (sent > this.#maxLogs) limits.span = Math.max(1, Math.floor((span * this.#maxLogs) / sent));
    else if (limits.ceiling === this.#maxSpan || limits.pagesLeft <= 0) {
      if (span === limits.span) limits.span = Math.min(this.#maxSpan, more);
    } else if (span === limits.span) {
      limits.span = Math.min(limits.ceiling, more, Math.ceil((span + limits.ceiling) / 2));
    }
  }

  #limitsOf({ server }: ChainReader): Limits {
    const limits = this.#limitsByServer.get(server) ?? {
      span: this.#maxSpan,
      ceiling: this.#maxSpan,
      granted: 0,
      pagesLeft: 0,
    };
    this.#limitsByServer.set(server, limits);
    return limits;
  }
}

const PAGES_UNTIL_RETRY = 50;

const halfOf = (span: number) => Math.max(1, Math.floor(span / 2));

interface Limits {
  /** Blocks of the next page. */
  span: number;
  /** Less than what was last refused. */
  ceiling: number;
  /** What was last listed. */
  granted: number;
  /** Until more than what was refused is tried. */
  pagesLeft: number;
}

/** Hundreds and powers of two. Where it is chance, asking again in two pieces costs little. */
function isWhereListsAreCut(count: number): boolean {
  return count >= 100 && (count % 100 === 0 || Number.isInteger(Math.log2(count)));
}

/** Sorted, and without what was sent twice. */
function inOrder(logs: readonly ChainLog[]): ChainLog[] {
  const sorted = logs.toSorted(byPlace);
  return sorted.filter((log, i) => {
    const before = sorted[i - 1];
    return before === undefined || byPlace(before, log) !== 0;
  });
}

/** Two blocks of the same number, of which one is not of the chain any more, are told apart. */
export function byPlace(a: ChainLog, b: ChainLog): number {
  return a.blockNumber - b.blockNumber || compareTexts(a.blockHash, b.blockHash) || a.logIndex - b.logIndex;
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
