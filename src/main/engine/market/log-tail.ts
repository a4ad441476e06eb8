import type { Emitter } from '../lib/emitter.ts';
import type { Logger } from '../logger.ts';
import { firstBlockAt } from './block-search.ts';
import { ChainMemory, type Position, type PositionChange } from './chain-memory.ts';
import { continuityOf } from './continuity.ts';
import { MarketError } from './errors.ts';
import type { LogChange, ToldBlock } from './log-changes.ts';
import { LogPager, type LogPage } from './log-pager.ts';
import { blockAt, type ChainLog, type ChainReader, type Head } from './log-reader.ts';
import { checkOneChain, compareWindow, realBlocks } from './told-window.ts';

/** Remembers where a follower is, and what it told of the youngest blocks. */
export interface CursorStore {
  load(): Promise<StoredPosition | undefined>;
  save(change: PositionChange): Promise<void>;
}

export type StoredPosition =
  | { readonly kind: 'position'; readonly position: Position; readonly told: readonly ToldBlock[] }
  /** As earlier versions stored it: the last block whose logs were told. */
  | { readonly kind: 'block'; readonly block: number }
  /** There was one, and it cannot be read. */
  | { readonly kind: 'damaged' };

/** How far a follower is that has much to catch up with. */
export interface FollowProgress {
  readonly from: number;
  readonly to: number;
  readonly at: number;
}

export interface LogTailModules {
  readonly cursors: CursorStore;
  readonly logger: Logger;
  readonly logs: Emitter<LogChange>;
  readonly progress: Emitter<FollowProgress>;
}

export interface LogTailOptions {
  readonly confirmations: number;
  readonly overlap: number;
  readonly overlapSeconds: number;
  readonly deployedAtBlock: number;
  readonly lookBackSeconds: number;
  readonly nowMs: () => number;
}

export interface ReadOptions {
  /** Goes on with what a server's lists hold though they are not right, instead of throwing. */
  readonly isTolerant: boolean;
  /** Takes a chain that is shorter than it was as it is, instead of waiting until it grows. */
  readonly isShorterAccepted: boolean;
  /** Told of the head, when the chain is not behind what was read of it. */
  readonly onHead: (head: Head) => void;
  readonly signal: AbortSignal;
}

export type ReadOutcome =
  | { readonly kind: 'lags' }
  | { readonly kind: 'read'; readonly isAtHead: boolean; readonly isFlawed: boolean };

/** The end of a chain's logs as a follower reads it: what is new, what was replaced, and how far that is told. */
export class LogTail {
  readonly #modules: LogTailModules;
  readonly #options: LogTailOptions;
  readonly #pager = new LogPager();
  readonly #memory: ChainMemory;
  #savedAtMs = -Infinity;
  #isFlawed = false;

  /** Goes on where the stored position says. @throws MarketError when the chain does not answer */
  static async open(
    modules: LogTailModules,
    server: ChainReader,
    { signal, ...options }: LogTailOptions & { signal: AbortSignal },
  ): Promise<{ tail: LogTail; head: Head }> {
    const [stored, head] = await Promise.all([modules.cursors.load(), blockAt(server, 'latest', signal)]);
    const tail =
      stored?.kind === 'position'
        ? new LogTail(modules, stored, options)
        : await beginning(server, { modules, stored, head }, options, signal);
    await tail.save();
    return { tail, head };
  }

  constructor(
    modules: LogTailModules,
    { position, told }: { position: Position; told: readonly ToldBlock[] },
    options: LogTailOptions,
  ) {
    this.#modules = modules;
    this.#options = options;
    this.#memory = new ChainMemory(position, told, options);
  }

  /**
   * Tells what the server has and was not told, or the beginning of it where that is much.
   * @throws MarketError; nothing is told then that is not remembered
   */
  async read(
    server: ChainReader,
    { isTolerant, isShorterAccepted, onHead, signal }: ReadOptions,
  ): Promise<ReadOutcome> {
    const memory = this.#memory;
    const head = await blockAt(server, 'latest', signal);
    const target = await confirmed(server, head, this.#options.confirmations, signal);
    const continuity = await continuityOf(server, { memory, target }, { isShorterAccepted, signal });
    if (continuity.kind === 'lags') return continuity;
    onHead(head);
    this.#isFlawed = false;
    const base = continuity.kind === 'replaced' ? continuity.base : undefined;
    if (continuity.kind === 'replaced' && (!base || !this.#isNear(base))) {
      await this.#startOver(base ?? (await this.#safeStart(server, target, signal)));
    } else {
      await this.#readWindow(server, { target, base }, { isTolerant, signal });
    }
    const isAtHead = await this.#catchUp(server, target, { isTolerant, signal });
    return { kind: 'read', isAtHead, isFlawed: this.#isFlawed };
  }

  /** A position that was not saved makes the next start read and tell more than it needs; nothing is lost. */
  async save(): Promise<void> {
    const memory = this.#memory;
    try {
      await this.#modules.cursors.save(memory.changes());
      memory.saved();
    } catch (error) {
      this.#modules.logger.warn('The position on the chain could not be saved', {
        block: memory.cursor.number,
        error,
      });
    }
    this.#savedAtMs = this.#options.nowMs();
  }

  /** The window and, for what moved out of it, as much behind it. `base` is given when blocks were replaced. */
  async #readWindow(
    server: ChainReader,
    { target, base }: { target: Head; base: Head | undefined },
    { isTolerant, signal }: { isTolerant: boolean; signal: AbortSignal },
  ): Promise<void> {
    const memory = this.#memory;
    const start = base?.number ?? memory.windowStart;
    const range = {
      from: start + 1,
      to: Math.min(target.number, memory.cursor.number + this.#options.overlap),
    };
    const logs: ChainLog[] = [];
    let last = target;
    for await (const page of this.#pager.pages(server, range, { head: target, isTolerant, signal })) {
      this.#check(page);
      logs.push(...page.logs);
      last = page.last;
    }
    const view = { base: start, last, logs };
    const { change, gone, fresh, missing } = await compareWindow(server, { memory, view }, signal);
    this.#checkWhole(server, missing, isTolerant);
    if (base) memory.replacedAfter(base);
    memory.drop(gone);
    for (const block of fresh) memory.tell(block);
    memory.advance(last);
    if (base)
      this.#modules.logger.notice('Blocks of the chain were replaced', {
        after: base.number,
        gone: gone.length,
      });
    if (change.removed.length + change.added.length > 0) this.#modules.logs.emit(change);
    await this.#saveIfDue(gone.length + fresh.length > 0 || base !== undefined);
  }

  /** Whether it came to the target. */
  async #catchUp(
    server: ChainReader,
    target: Head,
    { isTolerant, signal }: { isTolerant: boolean; signal: AbortSignal },
  ): Promise<boolean> {
    const memory = this.#memory;
    const from = memory.cursor.number;
    const { overlap } = this.#options;
    const settled = target.number - HISTORY * overlap;
    let pages = 0;
    for (const to of [settled, target.number - overlap, target.number]) {
      const range = { from: memory.cursor.number + 1, to };
      for await (const page of this.#pager.pages(server, range, { head: target, isTolerant, signal })) {
        this.#check(page);
        const view = { base: page.from - 1, last: page.last, logs: page.logs };
        const blocks = [...(await realBlocks(server, { memory, view }, signal)).values()];
        checkOneChain([...memory.told, ...blocks]);
        const isSettled = page.last.number <= settled;
        if (!isSettled) for (const block of blocks) memory.tell(block);
        memory.advance(page.last, { isSettled });
        const added = blocks.flatMap(({ logs }) => logs);
        if (added.length > 0) this.#modules.logs.emit({ removed: [], added });
        await this.#saveIfDue(true);
        this.#modules.progress.emit({ from, to: target.number, at: page.last.number });
        if (++pages === MOST_PAGES) return memory.cursor.number >= target.number;
      }
    }
    return true;
  }

  /** All that is remembered is taken back, and told anew where it is still there. */
  async #startOver(base: Head): Promise<void> {
    const memory = this.#memory;
    const gone = memory.told.filter(({ number }) => number > base.number);
    this.#modules.logger.warn(
      'The chain was replaced farther back than it is remembered; following from there',
      {
        lastBlock: memory.cursor.number,
        from: base.number,
      },
    );
    memory.drop(gone);
    memory.replacedAfter(base);
    const removed = gone.flatMap(({ logs }) => logs).reverse();
    if (removed.length > 0) this.#modules.logs.emit({ removed, added: [] });
    await this.save();
  }

  #isNear(base: Head): boolean {
    const { windowStart, cursor } = this.#memory;
    return base.number >= windowStart || cursor.number - base.number <= 2 * HISTORY * this.#options.overlap;
  }

  async #safeStart(server: ChainReader, head: Head, signal: AbortSignal): Promise<Head> {
    return blockAt(server, await safeStart(server, head, this.#options, signal), signal);
  }

  #check({ last, unreadable, mayBeCut }: LogPage): void {
    if (unreadable > 0) this.#isFlawed = true;
    if (mayBeCut && last.number > this.#memory.cursor.number) {
      this.#modules.logger.warn('The server may have cut the list of logs of a block', {
        block: last.number,
      });
    }
  }

  /** @throws MarketError HOSTILE_VALUE unless it is tolerated */
  #checkWhole(server: ChainReader, missing: readonly ToldBlock[], isTolerant: boolean): void {
    if (missing.length === 0) return;
    this.#isFlawed = true;
    if (isTolerant) return;
    const blocks = missing.slice(0, 10).map(({ number }) => number);
    const message = 'The server left out logs that were listed before';
    server.fault(message);
    throw new MarketError('HOSTILE_VALUE', { what: 'logs', blocks }, { message });
  }

  async #saveIfDue(isChanged: boolean): Promise<void> {
    if (isChanged || this.#options.nowMs() - this.#savedAtMs >= SAVE_MS) await this.save();
  }
}

/** In overlaps: what lies so far behind the head is settled, and as much is known of the chain at the beginning. */
const HISTORY = 4;
/** Then the head is looked at again. */
const MOST_PAGES = 20;
/** As long as nothing is told a position is saved no more often. */
const SAVE_MS = 60_000;

/** Where there is no stored position, or none that can be gone on from. */
async function beginning(
  server: ChainReader,
  { modules, stored, head }: { modules: LogTailModules; stored: StoredPosition | undefined; head: Head },
  options: LogTailOptions,
  signal: AbortSignal,
): Promise<LogTail> {
  const { number: newest } = await confirmed(server, head, options.confirmations, signal);
  const block = stored?.kind === 'block' ? stored.block : newest;
  const isLost = stored?.kind === 'damaged' || block > head.number;
  if (isLost)
    modules.logger.warn('It is not known how far the chain was followed; telling its last events again');
  const floor = isLost ? await safeStart(server, head, options, signal) : block;
  const numbers = new Set([Math.max(0, floor - HISTORY * options.overlap), floor]);
  const points: Head[] = [];
  for (const number of numbers) points.push(await blockAt(server, number, signal));
  return new LogTail(modules, { position: { floor, points }, told: [] }, options);
}

/** The last block before those whose logs are of use. */
async function safeStart(
  server: ChainReader,
  head: Head,
  { deployedAtBlock, lookBackSeconds }: Pick<LogTailOptions, 'deployedAtBlock' | 'lookBackSeconds'>,
  signal: AbortSignal,
): Promise<number> {
  const oldest = Math.min(deployedAtBlock, head.number);
  const time = head.timestamp - lookBackSeconds;
  return Math.max(0, (await firstBlockAt(time, { oldest, head }, server, signal)) - 1);
}

async function confirmed(
  server: ChainReader,
  head: Head,
  confirmations: number,
  signal: AbortSignal,
): Promise<Head> {
  return confirmations === 0 ? head : blockAt(server, Math.max(0, head.number - confirmations), signal);
}
