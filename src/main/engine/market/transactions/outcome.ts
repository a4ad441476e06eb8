import type { StoredTransaction } from '../../contracts/storedtransaction.ts';
import { MarketError, type MarketErrorCode } from '../errors.ts';
import type { OwnTransaction, Sent } from '../market.ts';
import { newestVersion } from './book.ts';

/** What a caller is told of his transaction. @throws MarketError whatever else than success became of it */
export function outcomeOf(
  record: StoredTransaction | undefined,
  { isAtEnd, id }: { isAtEnd: boolean; id: string },
): Sent {
  if (!record || !isAtEnd) throw lost(record ? newestVersion(record).hash : id);
  const { inclusion, state, goneBecause, purpose, slotId, deadline } = record;
  if (state === 'gone' && goneBecause === 'late')
    throw tooLate({ purpose, slotId, deadline, gasCost: inclusion?.gasCost });
  if (!inclusion || state === 'gone') throw lost(newestVersion(record).hash);
  const { hash: transactionHash, blockNumber, minedAt, gasCost, tokensReceived, failure } = inclusion;
  if (!failure) return { transactionHash, blockNumber, minedAt, gasCost, tokensReceived };
  const { revert } = failure;
  const details = { transactionHash, blockNumber, gasCost, ...(revert !== undefined && { revert }) };
  const message =
    revert === undefined ? 'The transaction failed on the chain' : `The contract refused: ${revert}`;
  throw new MarketError(failure.code as MarketErrorCode, details, { message });
}

/** As the market tells it; undefined for what is about no slot. */
export function ownTransaction(record: StoredTransaction): OwnTransaction | undefined {
  const { purpose, slotId, state, storedAtMs, inclusion } = record;
  if (purpose === 'filler' || slotId === undefined) return undefined;
  const transactionHash = inclusion?.hash ?? newestVersion(record).hash;
  const sent = { purpose, slotId, transactionHash, state, storedAtMs };
  if (!inclusion) return sent;
  const { minedAt, blockNumber, gasCost, tokensReceived } = inclusion;
  return { ...sent, minedAt, blockNumber, gasCost, tokensReceived };
}

/** With the figures, so that it can be said how late it was. */
export function tooLate(figures: object): MarketError {
  const message = 'The transaction could not be mined in time; it is not sent any more';
  return new MarketError('TOO_LATE', figures, { message });
}

function lost(transactionHash: string): MarketError {
  const message = 'The transaction was sent and not seen on the chain in time';
  return new MarketError('TRANSACTION_LOST', { transactionHash }, { message });
}
