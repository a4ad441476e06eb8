import { MultiMap } from '../lib/multimap.ts';
import { hasLog, type ChainMemory } from './chain-memory.ts';
import { isThere } from './continuity.ts';
import { MarketError } from './errors.ts';
import { blocksOf, changeBetween, type LogChange, type ToldBlock } from './log-changes.ts';
import type { ChainLog, ChainReader, Head } from './log-reader.ts';

/** The logs of a stretch of the chain as a server lists them now. */
export interface View {
  /** Before the first block of the stretch. */
  readonly base: number;
  readonly last: Head;
  readonly logs: readonly ChainLog[];
}

/** What a view changes of what was told. */
export interface WindowChange {
  readonly change: LogChange;
  /** Told blocks that are not of the chain any more. */
  readonly gone: readonly ToldBlock[];
  /** Blocks with those of their logs that were not told. */
  readonly fresh: readonly ToldBlock[];
  /** Told blocks of the chain of which the view lacks logs: the list is incomplete, and so not to be trusted. */
  readonly missing: readonly ToldBlock[];
}

/**
 * Compares the view with what was told of its stretch. That a told log is not in it proves nothing by itself: only a
 * block whose number now belongs to another hash is gone.
 * @throws MarketError CHAIN_UNREACHABLE when the chain was replaced while it was read
 */
export async function compareWindow(
  server: ChainReader,
  { memory, view }: { memory: ChainMemory; view: View },
  signal: AbortSignal,
): Promise<WindowChange> {
  const seen = await realBlocks(server, { memory, view }, signal);
  const gone: ToldBlock[] = [];
  const missing: ToldBlock[] = [];
  for (const told of memory.told) {
    if (told.number <= view.base) continue;
    const now = seen.get(told.number);
    const isStill = now?.hash === told.hash || (!now && (await isThere(server, told, view.last, signal)));
    if (!isStill) gone.push(told);
    else if (!now || told.logs.some((log) => !hasLog(now, log))) missing.push(told);
  }
  const fresh = [...seen.values()].flatMap((block) => {
    const logs = block.logs.filter((log) => !hasLog(memory.toldOf(block), log));
    return logs.length > 0 ? { ...block, logs } : [];
  });
  const left = new Set(memory.told);
  for (const block of gone) left.delete(block);
  checkOneChain([...left, ...fresh]);
  const change = changeBetween(
    gone.flatMap(({ logs }) => logs),
    fresh.flatMap(({ logs }) => logs),
  );
  return { change, gone, fresh, missing };
}

/**
 * The blocks of the view's logs by number: a server may list logs of a block that was replaced beside or instead of those
 * of the one that replaced it, or show two moments of the chain in two pages.
 */
export async function realBlocks(
  server: ChainReader,
  { memory, view }: { memory: ChainMemory; view: View },
  signal: AbortSignal,
): Promise<Map<number, ToldBlock>> {
  const hashes = new MultiMap<number, string>();
  for (const { number, hash } of memory.told) hashes.add(number, hash);
  const blocks = blocksOf(view.logs);
  for (const { number, hash } of blocks) hashes.add(number, hash);
  const real = new Map<number, ToldBlock>();
  for (const block of blocks) {
    const isSure = hashes.get(block.number).length === 1;
    if (isSure || (await isThere(server, block, view.last, signal))) real.set(block.number, block);
  }
  return real;
}

/**
 * No transaction is in two blocks of one chain: where it is, some of the blocks are of before and some of after a moment
 * in which blocks were replaced. @throws MarketError CHAIN_UNREACHABLE
 */
export function checkOneChain(blocks: readonly ToldBlock[]): void {
  const blockByTransaction = new Map<string, string>();
  for (const { hash, logs } of blocks) {
    for (const { transactionHash } of logs) {
      const other = blockByTransaction.get(transactionHash) ?? hash;
      blockByTransaction.set(transactionHash, hash);
      if (other === hash) continue;
      const message = 'Blocks were replaced while they were read';
      throw new MarketError('CHAIN_UNREACHABLE', { transactionHash }, { message });
    }
  }
}
