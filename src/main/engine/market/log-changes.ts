import { byPlace } from './log-pager.ts';
import type { ChainLog } from './log-reader.ts';

/** What became of the chain's logs: first `removed` are taken back, last one first, then `added` are new, in order. */
export interface LogChange {
  readonly removed: readonly ChainLog[];
  readonly added: readonly ChainLog[];
}

/** A block with logs that were told. */
export interface ToldBlock {
  readonly number: number;
  readonly hash: string;
  /** In order. */
  readonly logs: readonly ChainLog[];
}

/**
 * The change from the logs that are gone to those that are new, less what both have: a transaction whose block was
 * replaced is mostly mined again, and its logs are then the same to everybody who heard of them. The same are logs of
 * one transaction with equal topics and data; where a transaction has several of these, as many as both have are the
 * same. Where only the block's number or the place in it changed nothing is told. Where the contract put the block's
 * time into the data the log is another one.
 */
export function changeBetween(gone: readonly ChainLog[], fresh: readonly ChainLog[]): LogChange {
  const unmatched = new Map<string, ChainLog[]>();
  for (const log of gone.toSorted(byPlace)) {
    const key = contentOf(log);
    unmatched.set(key, [...(unmatched.get(key) ?? []), log]);
  }
  const added = fresh.toSorted(byPlace).filter((log) => !unmatched.get(contentOf(log))?.shift());
  return { removed: [...unmatched.values()].flat().sort(byPlace).reverse(), added };
}

/** The logs by block, in order. Of two blocks with one number both are there. */
export function blocksOf(logs: readonly ChainLog[]): ToldBlock[] {
  const blocks = new Map<string, { number: number; hash: string; logs: ChainLog[] }>();
  for (const log of logs) {
    const block = blocks.get(log.blockHash);
    if (block) block.logs.push(log);
    else blocks.set(log.blockHash, { number: log.blockNumber, hash: log.blockHash, logs: [log] });
  }
  return [...blocks.values()];
}

const contentOf = ({ transactionHash, topics, data }: ChainLog) =>
  [transactionHash, ...topics, data].join(' ').toLowerCase();
