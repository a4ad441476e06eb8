import type { SlotId } from '../contracts/ids.ts';
import { isEngineError } from '../errors.ts';
import type { OwnTransaction, Sent, TransactionPurpose } from './market.ts';
import type { Submitted } from './receipts.ts';

/** What this run sent, by slot. */
export class OwnTransactions {
  readonly #bySlot = new Map<SlotId, OwnTransaction[]>();

  of(id: SlotId): readonly OwnTransaction[] {
    return this.#bySlot.get(id) ?? [];
  }

  /** Keeps what becomes of a transaction that was sent, and answers as `mined` does. */
  async follow(
    purpose: TransactionPurpose,
    slotId: SlotId,
    { hash }: Submitted,
    mined: Promise<Sent>,
  ): Promise<Sent> {
    const sent = { purpose, slotId, transactionHash: hash, storedAtMs: Date.now() };
    this.#put({ ...sent, state: 'pending' });
    try {
      const { blockNumber, minedAt, gasCost } = await mined;
      this.#put({ ...sent, state: 'mined', blockNumber, minedAt, gasCost });
    } catch (error) {
      if (isEngineError(error) && 'blockNumber' in error.details) this.#put({ ...sent, state: 'failed' });
    }
    return mined;
  }

  #put(transaction: OwnTransaction): void {
    const others = this.of(transaction.slotId).filter(
      ({ transactionHash }) => transactionHash !== transaction.transactionHash,
    );
    this.#bySlot.set(transaction.slotId, [...others, transaction]);
  }
}
