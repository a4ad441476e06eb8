import type { StoredTransaction } from '../contracts/storedtransaction.ts';
import type { GasEntry } from './entry.ts';

/** What a transaction cost; undefined as long as it is not mined. Of one that reverted, too. */
export function gasEntry(record: StoredTransaction): GasEntry | undefined {
  const { id, inclusion, purpose, slotId, requestId, slotIndex } = record;
  if (!inclusion) return undefined;
  return {
    type: 'gas',
    id: gasId(id),
    at: inclusion.minedAt,
    block: inclusion.blockNumber,
    transactionHash: inclusion.hash as `0x${string}`,
    slotId,
    requestId,
    slotIndex,
    amount: inclusion.gasCost,
    purpose,
    isFailed: inclusion.failure !== undefined,
  };
}

/** One nonce is one entry, whichever of its versions is mined. */
export const gasId = (transactionId: string): string => `gas-${transactionId.slice(2)}`;
