import type { OnchainMarket } from '../market/onchain-market.ts';
import type { SlashEntry } from './entry.ts';

/**
 * The transaction that marked a proof of the slot as missing. The contract tells of it in no event; but it moves tokens
 * (to the validator, or away for good), and names the slot in its call. So the newest such moves of the marketplace are
 * looked through. Undefined when none of them names the slot: then somebody called through a contract of his own.
 */
export async function findMark(
  market: Pick<OnchainMarket, 'tokenMovesBy' | 'callOf' | 'payers' | 'block'>,
  { slotId }: Pick<SlashEntry, 'slotId'>,
  { signal }: { signal: AbortSignal },
): Promise<Pick<SlashEntry, 'at' | 'block' | 'transactionHash'> | undefined> {
  const moves = await market.tokenMovesBy(market.payers, { blocks: BLOCKS_BACK, signal });
  const blocks = new Map(moves.map(({ transactionHash, blockNumber }) => [transactionHash, blockNumber]));
  for (const [hash, number] of [...blocks].reverse().slice(0, MOST_CALLS)) {
    const call = await market.callOf(hash, { signal });
    if (!call?.toLowerCase().includes(slotId.slice(2)) || call.slice(0, 10) === FREE_SLOT) continue;
    const block = await market.block(number, { signal });
    return block && { at: block.timestamp, block: number, transactionHash: hash as `0x${string}` };
  }
  return undefined;
}

/** A miss is marked within the period after it, and noticed by the end of that one. */
const BLOCKS_BACK = 2000;
const MOST_CALLS = 60;
/** `freeSlot(bytes32)` names the slot as well. */
const FREE_SLOT = '0xa29c29a4';
